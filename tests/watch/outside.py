"""No test leaves this machine: an audit hook on every connection, in the tests and in the programs they start.

Python tells the hook before a connection is made, whatever library makes it. It refuses all that is not loopback,
and the canaries: addresses of this machine that stand for what must never be reached. A refusal that somebody
swallows is written down and fails the test all the same.
"""

import sys
from typing import Any

CANARIES = "127.0.2."
"""How the addresses begin that stand for private ones."""

BREACHES = "TREND_TEST_BREACHES"
"""Names the file in which a program that a test started writes down what it reached for."""

NAMES = {"", "localhost", "localhost.", "0.0.0.0", "::"}
NOWHERE = (".invalid", ".example")
"""Names that exist nowhere: looking them up finds nothing."""

breaches: list[str] = []
connected: list[str] = []
"""The addresses connected to, newest last."""

notes = ""
"""Where a program that is no test itself writes its breaches down."""


def watch(event: str, details: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(details[-1], tuple):
        host = str(details[-1][0]).partition("%")[0]
        connected.append(host)
        if not loopback(host) or host.startswith(CANARIES):
            refuse(host)
    elif event == "socket.getaddrinfo" and not known(details[0]):
        refuse(str(details[0]))


def loopback(host: str) -> bool:
    if host in NAMES:
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def known(name: object) -> bool:
    """Whether a lookup stays here: numbers, this machine, names that are nowhere."""
    host = name.decode() if isinstance(name, bytes) else str(name or "")
    return host in NAMES or host.endswith(NOWHERE) or host.replace(".", "").isdecimal() or ":" in host


def refuse(host: str) -> None:
    breaches.append(host)
    if notes:
        with open(notes, "a", encoding="utf-8") as file:  # noqa: PTH123  # without an import of its own
            file.write(f"{host}\n")
    raise RuntimeError(f"a test reached for {host!r}")


def install() -> None:
    sys.addaudithook(watch)
