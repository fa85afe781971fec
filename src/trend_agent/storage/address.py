"""Addresses of backends, as the settings name them, read once; what is shown of them has no password."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from trend_agent.errors import Misconfigured

LOCAL = {"records", "memory", "folder", "s3"}
"""Schemes that name no host."""


@dataclass(frozen=True, slots=True)
class Address:
    """`setting` is the knob it came from, which a complaint about it names."""

    scheme: str
    setting: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.host:
            return f"{self.scheme}:{self.path}"
        port = f":{self.port}" if self.port else ""
        path = f"/{self.path}" if self.path else ""
        return f"{self.scheme}://{self.host}{port}{path}"

    def known(self, options: Iterable[str]) -> Mapping[str, str]:
        """The options, or Misconfigured if any is none of these."""
        names = sorted(options)
        for name in self.options:
            if name not in names:
                expected = ", ".join(names) or "none"
                raise Misconfigured(
                    f"{self.setting}: no option {name!r} at {str(self)!r}; expected {expected}"
                )
        return self.options

    def number(self, name: str, otherwise: float) -> float:
        """An option that is a number above zero."""
        text = self.options.get(name, str(otherwise))
        try:
            found = float(text)
        except ValueError:
            found = 0
        if found <= 0:
            raise Misconfigured(f"{self.setting}: {name} should be a number above 0, found {text!r}")
        return found


def parsed(text: str, *, setting: str) -> Address:
    """The parts of an address. Misconfigured where it cannot be one; its text is not shown, as it may hold a
    password."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Misconfigured(
            f"{setting} is no address: its host or port cannot be read; in a password, / : @ # ? are written as %XX"
        ) from None
    if not parts.scheme or (not host and parts.scheme not in LOCAL):
        raise Misconfigured(
            f"{setting} should be like SCHEME://HOST:PORT or SCHEME:, found no host or scheme"
        )
    return Address(
        scheme=parts.scheme,
        setting=setting,
        host=host,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        path=unquote(parts.path.removeprefix("/") if host else parts.path),
        options=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )


@contextmanager
def extra(name: str, address: Address) -> Iterator[None]:
    """Around the import of an adapter: a driver that is not installed is a matter of one `pip install`."""
    try:
        yield
    except ModuleNotFoundError as fault:
        if (fault.name or "").startswith("trend_agent"):
            raise
        raise Misconfigured(
            f"{address.setting} names {address.scheme}:, for which {fault.name!r} is not installed: "
            f"pip install 'trend-agent[{name}]'"
        ) from None
