"""What the API and the pages read: one desk, where everything they show is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, cast

from fastapi import Depends, HTTPException, Request

from trend_agent.items import Correction, Trend
from trend_agent.processing.rank.change import Change
from trend_agent.processing.saying import Merge, Pin, Split, Undo, Unpin
from trend_agent.processing.search import Index
from trend_agent.sources.choosing import Choosing
from trend_agent.storage import Listed, Records


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader should know before reading on, such as a source that fails.

    `source` names the source it is about, and is empty where it is about all that is shown.
    """

    words: str
    level: Literal["note", "fault"] = "note"
    source: str = ""


class Desk(Protocol):
    """Answers what is asked; it is given to the application when that is made."""

    @property
    def records(self) -> Records:
        """Those that are shown."""
        ...

    @property
    def collected(self) -> Records:
        """Those that sources are collected into: others than are shown while a made-up world stands in for them."""
        ...

    @property
    def index(self) -> Index | None:
        """The index of the records' items by their vectors; None while there is none open."""
        ...

    async def trends(self, limit: int, as_of: datetime | None) -> Sequence[Trend]:
        """The list published last or, with `as_of`, the one computed for that very moment; best first."""
        ...

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        """A part of the list published last, or of that which was by a moment, ready to be sent; nothing where none
        of the minutes before that moment is kept."""
        ...

    async def export(self, limit: int, as_of: datetime) -> Sequence[Mapping[str, Any]]:
        """The list of a moment with all it takes to compute its scores again; see `processing/rank/export.py`."""
        ...

    async def changes(self, topic: str, at: datetime) -> tuple[Change | None, Change | None]:
        """The smallest changes that would lift a topic above the one before it, and drop it below the one after."""
        ...

    def notices(self) -> Sequence[Notice]: ...

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        """Whether requests can be answered, and by part how it is, in words."""
        ...


class Hands(Protocol):
    """Changes the world that the desk shows; given to the application by whoever owns the records."""

    @property
    def sources(self) -> Choosing:
        """Which sources there are, and what is chosen of them. `Conflict` where nothing is collected."""
        ...

    async def correct(self, asked: Merge | Split | Pin | Unpin | Undo, *, by: str) -> Correction:
        """Put topics right; the list is made anew soon after. `Missing`, `Conflict` and Rejected as
        `processing/corrections.py` has them."""
        ...

    async def collect(self, names: Sequence[str], *, by: str) -> int:
        """Visit some sources now, or all of them; the number of the run that does. `Conflict` while one does."""
        ...

    async def clear_cache(self) -> None:
        """Forget every answer that is kept."""
        ...


def _desk(request: Request) -> Desk:
    return cast(Desk, request.app.state.desk)


AtDesk = Annotated[Desk, Depends(_desk)]
"""The application's desk, as a parameter of a route."""

NO_HANDS = "nothing can be changed by way of this process, which only reads"


def _hands(request: Request) -> Hands:
    found = request.app.state.hands
    if found is None:
        raise HTTPException(503, NO_HANDS)
    return cast(Hands, found)


def _may_have(request: Request) -> Hands | None:
    return cast("Hands | None", request.app.state.hands)


AtHands = Annotated[Hands, Depends(_hands)]
"""The application's hands, as a parameter of a route; 503 where this process has none."""


def _site(request: Request) -> str:
    return str(request.app.state.site or request.base_url).rstrip("/")


Site = Annotated[str, Depends(_site)]
"""Where this installation is reached, without a slash behind it: as the settings say, or else as it was just now."""

IfHands = Annotated[Hands | None, Depends(_may_have)]
"""The same for a route that can do without."""
