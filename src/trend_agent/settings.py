"""Every knob, once. Only app.py and cli look; each is set as TREND_<NAME> or in a file `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from trend_agent.errors import Misconfigured


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="TREND_", env_file=".env", frozen=True, use_attribute_docstrings=True, extra="ignore"
    )

    records: str = "sqlite:///.trend/records.sqlite3"
    """Where the records are kept: `sqlite:///PATH`, relative to the working directory or absolute (four slashes)."""

    timeseries: str = "records:"
    """Where numbers over time are kept: `records:` or `influx://USER:PASSWORD@HOST:8086/DATABASE`."""

    queue: str = "records:"
    """Where work waits: `records:`, `amqp://USER:PASSWORD@HOST:5672/` or `redis://:PASSWORD@HOST:6379/0`."""

    cache: str = "memory:"
    """Where answers are kept for a while: `memory:` or `redis://:PASSWORD@HOST:6379/0`."""

    objects: str = "folder:.trend/objects"
    """Where captures, exports and backups lie: `folder:PATH`, `s3:///PREFIX` or `s3+https://KEY:SECRET@HOST/PREFIX`."""

    host: str = "127.0.0.1"
    """The address the API and the pages are served on."""

    port: int = Field(default=8765, ge=1, le=65535)
    """The port the API and the pages are served on."""

    sources: Path | None = None
    """A TOML file with the sources to collect; without it the built-in list, which needs no key."""

    every: float = Field(default=900, ge=60)
    """Seconds between two collections of one source, where it does not ask for more."""

    batch: int = Field(default=500, ge=1, le=10_000)
    """Items that become true in one transaction."""

    window_hours: float = Field(default=72, gt=0, le=24 * 60)
    """How far back ranking looks, in hours."""

    top: int = Field(default=100, ge=1, le=1000)
    """How many trends a published list holds."""

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
    `qdrant+https://HOST:PORT` for a Qdrant server; `none`."""

    vectors_key: SecretStr = SecretStr("")
    """The key of the Qdrant server, where it wants one."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe events that are logged."""

    log_form: Literal["auto", "json", "text"] = "auto"
    """How logs are written: JSON lines, text, or by whether stderr is a terminal."""

    def records_path(self) -> Path:
        """The file of the records. `Misconfigured` for any other kind of address."""
        address = urlsplit(self.records)
        if address.scheme != "sqlite" or not address.path[1:]:
            raise Misconfigured(
                f"TREND_RECORDS should be sqlite:///PATH, found {_without_password(self.records)!r}"
            )
        return Path(unquote(address.path[1:]))

    def wanted_languages(self) -> frozenset[str]:
        return frozenset(code.strip().lower() for code in self.languages.split(",") if code.strip())


def _without_password(address: str) -> str:
    head, at, tail = address.rpartition("@")
    return f"{head.split('//')[0]}//…@{tail}" if at else address


def load() -> Settings:
    """The settings of this process. `Misconfigured` names each that is wrong."""
    try:
        return Settings()
    except ValidationError as fault:
        wrong = "; ".join(
            f"TREND_{'_'.join(map(str, e['loc'])).upper()}: {e['msg'].lower()}" for e in fault.errors()
        )
        raise Misconfigured(wrong) from None
