"""Options that several commands share, and the settings they lead to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from trend_agent.cli.lines import complain
from trend_agent.errors import Rejected
from trend_agent.items import EARLIEST, utc

if TYPE_CHECKING:
    from trend_agent.settings import Settings

RecordsFile = Annotated[
    str | None,
    typer.Option(
        "--records",
        metavar="FILE|ADDRESS",
        help="The records' file or address; TREND_RECORDS says it too.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON in place of a table.")]
Top = Annotated[int, typer.Option("--top", min=1, max=1000, help="How many trends.")]
Embedder = Annotated[
    str | None,
    typer.Option(
        "--embedder",
        metavar="NAME",
        help="lexical, onnx:FOLDER or https://HOST/PATH#MODEL; TREND_EMBEDDER says it too.",
        show_default=False,
    ),
]
HorizonName = Annotated[
    str | None,
    typer.Option(
        "--horizon",
        help="What counts as now: breaking, day or week; TREND_HORIZON says it too.",
        show_default=False,
    ),
]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        help="Also write the list with all it takes to verify it, as JSON Lines.",
        show_default=False,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Answer as of this moment, ISO 8601, UTC where it has no zone.", show_default=False
    ),
]


def settings_for(records: str | None = None) -> Settings:
    """The settings, with the records named on the command line; logging is set up by them."""
    from trend_agent.observability.log import configure
    from trend_agent.settings import load, misspelt

    settings = load()
    for given, meant in misspelt().items():
        complain(f"{given} is no setting; {meant} is")
    configure(settings.log_level, form=settings.log_form)
    if records is None:
        return settings
    address = records if "://" in records else f"sqlite:///{quote(records)}"
    settings = settings.model_copy(update={"records": address})
    settings.records_path()
    return settings


def at_pace(settings: Settings, horizon: str | None) -> Settings:
    """The settings with the horizon named on the command line."""
    from trend_agent.processing.rank import RankSettings

    return settings.model_copy(update={"horizon": RankSettings.of(horizon).horizon}) if horizon else settings


def moment(text: str | None, option: str = "--as-of") -> datetime | None:
    if text is None:
        return None
    try:
        found = utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Rejected(f"{option} wants a moment like 2026-03-01T12:00, found {text!r}") from None
    if found < EARLIEST:
        raise Rejected(f"{option} wants a moment after {EARLIEST:%Y-%m-%d}, found {text!r}")
    return found
