"""What somebody may say of topics from outside, as it is written in a request; `corrections.py` does it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from trend_agent.items import Correction
from trend_agent.processing.corrections import Corrector

Id = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
LARGEST = 2**53
"""No larger number of a correction can be written in JSON for every reader."""


def _whole(value: object) -> object:
    """A number may be written as 3.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Merge(_Asked):
    """These topics are about one thing: all of them go into the first."""

    kind: Literal["merge"]
    topics: list[Id] = Field(min_length=2, max_length=50, description="ids of topics; the first goes on")

    async def said(self, corrector: Corrector) -> Correction:
        return await corrector.merge(self.topics)


class Split(_Asked):
    """These items of a topic are about something else: they get a topic of their own."""

    kind: Literal["split"]
    topic: Id = Field(description="the topic they are in")
    items: list[Id] = Field(min_length=1, max_length=500, description="ids of the items that leave it")

    async def said(self, corrector: Corrector) -> Correction:
        return await corrector.split(self.topic, self.items)


class Pin(_Asked):
    """An item belongs to a topic, wherever it is now."""

    kind: Literal["pin"]
    item: Id = Field(description="the item")
    topic: Id = Field(description="the topic it belongs to")

    async def said(self, corrector: Corrector) -> Correction:
        return await corrector.pin(self.item, self.topic)


class Unpin(_Asked):
    """The last pin of an item is taken back."""

    kind: Literal["unpin"]
    item: Id = Field(description="the item")

    async def said(self, corrector: Corrector) -> Correction:
        return await corrector.unpin(self.item)


class Undo(_Asked):
    """A correction is taken back: it is no longer obeyed, and what it moved goes back as far as it is still there."""

    kind: Literal["undo"]
    correction: Annotated[int, Field(ge=1, lt=LARGEST), BeforeValidator(_whole)] = Field(
        description="the correction's number"
    )

    async def said(self, corrector: Corrector) -> Correction:
        return await corrector.undo(self.correction)


Asked = Annotated[Merge | Split | Pin | Unpin | Undo, Field(discriminator="kind")]
