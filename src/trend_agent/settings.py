"""Every knob, once. Only app.py and cli look; each is set as TREND_<NAME> or in a file `.env`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from trend_agent.errors import Misconfigured
from trend_agent.items import digest
from trend_agent.storage import Keep, Kind

POSTGRES = ("postgresql", "postgres")


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="TREND_", env_file=".env", frozen=True, use_attribute_docstrings=True, extra="ignore"
    )

    records: str = "sqlite:///.trend/records.sqlite3"
    """Where the records are kept: `sqlite:///PATH`, relative to the working directory or absolute (four slashes);
    or `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`."""

    statement_seconds: float = Field(default=60, ge=1, le=3600)
    """Seconds after which a transaction on PostgreSQL is given up; upkeep such as an upgrade has no limit."""

    timeseries: str = "records:"
    """Where numbers over time are kept: `records:` or `influx://USER:PASSWORD@HOST:8086/DATABASE`."""

    queue: str = "records:"
    """Where work waits: `records:`, `amqp://USER:PASSWORD@HOST:5672/` or `redis://:PASSWORD@HOST:6379/0`."""

    broker: str = ""
    """Who carries jobs to workers: `amqp://USER:PASSWORD@HOST:5672/` or `redis://:PASSWORD@HOST:6379/0`; without one
    they are done in this process."""

    board: str = ""
    """The Redis on which workers tell how jobs stand, `redis://:PASSWORD@HOST:6379/0`; the broker if it is one."""

    job_seconds: float = Field(default=120, ge=1, le=24 * 3600)
    """Seconds after which a job is ended together with the process that does it."""

    cache: str = "memory:"
    """Where answers are kept for a while: `memory:` or `redis://:PASSWORD@HOST:6379/0`."""

    objects: str = "folder:.trend/objects"
    """Where captures, exports and backups lie: `folder:PATH`, `s3:///PREFIX` or `s3+https://KEY:SECRET@HOST/PREFIX`."""

    workflows: str = ""
    """Where executions of workflows are remembered: `sqlite:///PATH` or `postgresql://…`; empty is a file beside the
    records, or a schema of its own in their PostgreSQL."""

    executor: str = Field(default="local", pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    """The name of this process among those that run workflows at one place: a pod's name, say."""

    host: str = "127.0.0.1"
    """The address the API and the pages are served on."""

    port: int = Field(default=8765, ge=1, le=65535)
    """The port the API and the pages are served on."""

    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+(/\S*)?)?$")
    """The address under which others reach this installation: hubs push changes of feeds to it, and its own feeds
    name it in their links. Empty: no hub does, and links are made of the address that was asked."""

    streams: int = Field(default=2_000, ge=1, le=100_000)
    """How many may follow what changes at a time, by events or by a WebSocket."""

    streams_per_address: int = Field(default=100, ge=1, le=100_000)
    """How many of them may come from one address."""

    anonymous: Literal["auto", "read", "none"] = "auto"
    """What who shows no key may do: `read`, or `none`; `auto` is `read` where only this machine can reach us."""

    rate: str = "6000/minute"
    """How often one key, or one address without a key, may ask: like `6000/minute`, `20/second`, or `none`."""

    rate_writes: str = "300/minute"
    """How often of that it may ask for something to be changed."""

    rates: str = "memory:"
    """Where requests are counted: `memory:`, each process for itself, or `redis://:PASSWORD@HOST:6379/0` for all."""

    trusted_proxies: str = ""
    """Addresses or networks, with commas between, whose `X-Forwarded-For` is believed."""

    origins: str = ""
    """Origins, with commas between, whose pages may read answers, like `https://example.org`; or `*`."""

    body_bytes: int = Field(default=1 << 20, ge=1 << 10, le=1 << 30)
    """The largest body of a request, in bytes."""

    request_seconds: float = Field(default=60, ge=1, le=3600)
    """Seconds after which a request whose answer has not begun is given up."""

    drain_seconds: float = Field(default=0, ge=0, le=300)
    """Seconds between being told to stop and stopping, in which `/readyz` already says no: for balancers of load."""

    log_requests: Literal["all", "some", "none"] = "some"
    """Which requests are logged; `some` are those that change something, fail or take over a second."""

    oidc: str = Field(default="", pattern=r"^(https?://[^/\s]+(/\S*)?)?$")
    """The issuer of OpenID Connect that knows the people here, like `https://login.example.org/realms/desk`."""

    oidc_client: str = "trend-agent"
    """The name we are known by to that issuer."""

    oidc_secret: SecretStr = SecretStr("")
    """The secret we share with that issuer, where it wants one."""

    oidc_scope: Literal["read", "write", "admin"] = "read"
    """What those may do whom it knows."""

    oidc_admins: str = ""
    """Verified e-mail addresses, with commas between, of those who may administrate."""

    sources: Path | None = None
    """A TOML file with the sources to collect; without it the built-in list, which needs no key."""

    every: float = Field(default=900, ge=60)
    """Seconds between two collections of one source, where it does not ask for more."""

    contact: str = Field(default="", max_length=200, pattern=r"^[!-'*-~]*$")
    """A page or an e-mail address of yours, told to those we ask; without blanks and brackets."""

    batch: int = Field(default=500, ge=1, le=10_000)
    """Items that become true in one transaction."""

    window_hours: float = Field(default=168, gt=0, le=24 * 60)
    """How far back ranking looks, in hours: what is usual is learned from as much."""

    horizon: Literal["breaking", "day", "week"] = "breaking"
    """What counts as now: the last 3 hours, the last 6 or the last day; items fade accordingly."""

    false_alarms_per_day: float = Field(default=2, gt=0, le=1000)
    """The dial: how many rises a day may be called alarms by chance, in the whole stream."""

    top: int = Field(default=100, ge=1, le=1000)
    """How many trends a published list holds."""

    keep_lists_days: float = Field(default=0, ge=0)
    """Days that published lists of trends are kept; 0 keeps them for ever, as it does for each kind below."""

    keep_moments_days: float = Field(default=30, ge=0)
    """Days that the first list of every five minutes is kept whole; a moment of which none is kept is computed."""

    keep_runs_days: float = Field(default=0, ge=0)
    """Days that ended runs and visits to sources are kept."""

    keep_buckets_days: float = Field(default=0, ge=0)
    """Days that a topic's counts per quarter of an hour are kept."""

    keep_bodies_days: float = Field(default=0, ge=0)
    """Days that items keep their bodies; older ones are cut to titles, and no past that rests on them is answered."""

    keep_alerts_days: float = Field(default=90, ge=0)
    """Days that alerts of watches are kept; 0 keeps them for ever."""

    languages: str = ""
    """Languages to keep, as ISO 639-1 codes with commas between; empty keeps all."""

    embedder: str = "lexical"
    """What texts are compared by: `lexical`; `onnx:FOLDER` or `onnx:OWNER/MODEL` for a sentence encoder in this
    process; `https://HOST/PATH#MODEL` for an endpoint that speaks OpenAI's embeddings."""

    embedder_key: SecretStr = SecretStr("")
    """The key of the embedding endpoint, where it wants one."""

    embedder_threads: int = Field(default=1, ge=1, le=64)
    """Threads within one run of the sentence encoder."""

    vectors: str = "edge"
    """Where vectors are kept: `edge`, a folder beside the records; `edge:///FOLDER`; `qdrant+http://HOST:PORT` or
    `qdrant+https://HOST:PORT` for a Qdrant server; `postgresql://…`, with the extension pgvector; `none`."""

    vectors_key: SecretStr = SecretStr("")
    """The key of the Qdrant server, where it wants one."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe events that are logged."""

    log_form: Literal["auto", "json", "text"] = "auto"
    """How logs are written: JSON lines, text, or by whether stderr is a terminal."""

    def open_to_readers(self) -> bool:
        """Whether reading needs no key."""
        alone = loopback(self.host) and not self.public_url and not self.trusted_proxies
        return self.anonymous == "read" or (self.anonymous == "auto" and alone)

    def proxies(self) -> list[IPv4Network | IPv6Network]:
        """The networks of trusted proxies. `Misconfigured` names one that is none."""
        try:
            return [ip_network(name) for name in listed(self.trusted_proxies)]
        except ValueError as fault:
            raise Misconfigured(f"TREND_TRUSTED_PROXIES: {fault}") from None

    def reading_origins(self) -> list[str]:
        """The origins whose pages may read answers. `Misconfigured` names one that is none."""
        found = listed(self.origins)
        for origin in found:
            if origin != "*" and not re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", origin):
                raise Misconfigured(
                    f"TREND_ORIGINS should be like https://example.org, in small letters, found {origin!r}"
                )
        return found

    def records_path(self) -> Path | None:
        """The file of the records, or None where they are on PostgreSQL. `Misconfigured` for anything else."""
        try:
            address = urlsplit(self.records)
            if address.scheme in POSTGRES and address.port != 0:
                return None
        except ValueError as fault:
            raise Misconfigured(f"TREND_RECORDS is no address: {fault}") from fault
        if address.scheme != "sqlite" or not address.path[1:]:
            raise Misconfigured(
                "TREND_RECORDS should be sqlite:///PATH or postgresql://USER@HOST/DATABASE, "
                f"found {_without_password(self.records)!r}"
            )
        return Path(unquote(address.path[1:]))

    def beside_records(self, suffix: str) -> Path:
        """A file or folder of this machine for what belongs to the records and can be made anew from them."""
        path = self.records_path() or Path(".trend") / digest(self.records_name())
        return path.with_suffix(suffix)

    def workflows_address(self) -> str:
        """Where executions are remembered."""
        if self.workflows:
            return self.workflows
        path = self.records_path()
        if path is not None:
            return f"sqlite:///{quote(str(path.absolute().with_suffix('.workflows.sqlite3')))}"
        parts = urlsplit(self.records)
        rest = dict(parse_qsl(parts.query))
        schema = rest.get("search_path", "").split(",")[0].strip().lower()
        rest["search_path"] = f"{schema}_workflows"[-63:] if schema else "workflows"
        return urlunsplit(parts._replace(query=urlencode(rest)))

    def records_name(self) -> str:
        """Where the records are, as it may be shown."""
        return str(self.records_path() or _without_password(self.records))

    def kept(self, now: datetime) -> Keep:
        """From when on each kind is kept. `Misconfigured` where ranking looks back further than that."""
        if 0 < self.keep_bodies_days * 24 < self.window_hours + 24:
            raise Misconfigured(
                f"TREND_KEEP_BODIES_DAYS should exceed TREND_WINDOW_HOURS, {self.window_hours:g} hours, by a day, "
                f"found {self.keep_bodies_days:g}"
            )
        days: dict[Kind, float] = {
            "lists": self.keep_lists_days,
            "moments": self.keep_moments_days,
            "runs": self.keep_runs_days,
            "buckets": self.keep_buckets_days,
            "bodies": self.keep_bodies_days,
        }
        return {kind: now - timedelta(days=n) for kind, n in days.items() if n}

    def wanted_languages(self) -> frozenset[str]:
        codes = [code.lower() for code in listed(self.languages)]
        if wrong := [code for code in codes if not re.fullmatch("[a-z]{2,3}", code)]:
            raise Misconfigured(f"TREND_LANGUAGES should be codes like en,de, found {wrong[0]!r}")
        return frozenset(codes)


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a source with the value of a variable wherever `${NAME}` stands, so that keys need not be written
    down elsewhere. `Misconfigured` names a variable that is not set, neither in the environment nor in `.env`."""
    return {name: _filled(value) if isinstance(value, str) else value for name, value in given.items()}


def _filled(text: str) -> str:
    def value(found: re.Match[str]) -> str:
        known = {**dotenv_values(".env"), **os.environ}  # noqa: TID251  # this is the place that does
        if not known.get(found[1]):
            raise Misconfigured(f"the variable {found[1]!r} that a source names is not set")
        return str(known[found[1]])

    return VARIABLE.sub(value, text)


def _without_password(address: str) -> str:
    head, at, tail = address.partition("?")[0].rpartition("@")
    return f"{head.split('//')[0]}//…@{tail}" if at else tail


ALIKE = 0.7
"""How alike a variable's name has to be to a setting's to be taken for one misspelt. Kubernetes and others set
variables that begin as ours do, so one that resembles no setting is left alone."""


def misspelt() -> dict[str, str]:
    """The variables, in the environment and in `.env`, that look like a setting misspelt, each with that setting."""
    names = {f"TREND_{name.upper()}": name.upper() for name in Settings.model_fields}
    there = {*dotenv_values(".env"), *os.environ}  # noqa: TID251  # this is the place that does
    found = {}
    for given in sorted({name.upper() for name in there} - names.keys()):
        head, _, name = given.partition("_")
        if head == "TREND" and (near := get_close_matches(name, names.values(), 1, ALIKE)):
            found[given] = f"TREND_{near[0]}"
    return found


def load() -> Settings:
    """The settings of this process. `Misconfigured` names each that is wrong."""
    try:
        return Settings()
    except ValidationError as fault:
        wrong = "; ".join(
            f"TREND_{'_'.join(map(str, e['loc'])).upper()}: {e['msg'].lower()}" for e in fault.errors()
        )
        raise Misconfigured(wrong) from None
