"""`trend up` for which one range of this machine is the public internet, so that tests can publish there."""

from __future__ import annotations

import asyncio
import sys
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from trend_agent.cli.options import settings_for
from trend_agent.cli.welcome import welcome
from trend_agent.egress import AddressPolicy
from trend_agent.service import bring_up
from trend_agent.workflow.alongside import alongside

PUBLIC = IPv4Network("127.0.1.0/24")
NEARBY = (sys.executable, __file__)
"""The command that runs this."""


class Nearby(AddressPolicy):
    def reachable(self, address: IPv4Address | IPv6Address) -> bool:
        return address in PUBLIC

    def port(self, number: int | None) -> bool:
        return number is not None


if __name__ == "__main__":
    found = settings_for()
    asyncio.run(bring_up(found, welcome=welcome(found), workflows=alongside, policy=Nearby()))
