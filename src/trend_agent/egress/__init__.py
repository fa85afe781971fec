"""The only door out: every outgoing connection of the program is opened here, its address checked."""

from trend_agent.egress.addresses import AddressPolicy, NamedOrigin
from trend_agent.egress.answers import Explain, Gone, Response
from trend_agent.egress.http import Http, Limits

__all__ = ["AddressPolicy", "Explain", "Gone", "Http", "Limits", "NamedOrigin", "Response"]
