"""Read: all that can be told from an arrival alone, by any process, before the stages that remember get to see it.

This is `normalise`, `language` and the beginnings of `dedupe` and `cluster`. What one arrival gives depends on no
other and on no state, so it may be read anywhere and as often as one likes; `processing/wire.py` carries it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from trend_agent.items import EARLIEST, Fate, Item
from trend_agent.processing.batch import Batch
from trend_agent.processing.cluster.terms import Reading, read
from trend_agent.processing.dedupe.known import Arrival as Prepared
from trend_agent.processing.dedupe.prepare import prepare
from trend_agent.processing.language import DetectLanguage
from trend_agent.processing.normalise import Normalise
from trend_agent.storage import Arrival
from trend_agent.text.language import LanguageDetector

READ = frozenset((Normalise.name, DetectLanguage.name))
"""The stages that a batch of pages has behind it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an arrival says: the clean item, the address to find it by, and what it is compared by as a copy and as
    a member of a topic. Where `fate` is given the item goes no further and has nothing of that."""

    item: Item
    fate: Fate | None = None
    address: str = ""
    prepared: Prepared | None = None
    reading: Reading | None = None


class Reader:
    """Reads arrivals; `wanted` languages are kept, all where none is named."""

    def __init__(self, detector: LanguageDetector | None = None, *, wanted: Collection[str] = ()) -> None:
        self.stages = (Normalise(), DetectLanguage(detector, wanted=wanted))

    def warm(self) -> None:
        """Load what reading needs, some 3 s of work, by reading what two detectors have to be asked about."""
        self([Arrival(Item("warm", "warm", "la casa de via", EARLIEST))])

    def __call__(self, arrivals: Sequence[Arrival]) -> list[Page]:
        """A page for each arrival, in their order."""
        batch = Batch(arrivals)
        for stage in self.stages:
            stage(batch)
        prepared = dict(zip((item.id for item in batch.items), prepare(batch.items), strict=True))
        items = {item.id: item for item in batch.items}
        return [
            Page(arrival.item, fate)
            if (fate := batch.fates.get(arrival.item.id))
            else _page(items[arrival.item.id], batch.addresses, prepared)
            for arrival in arrivals
        ]


def _page(item: Item, addresses: Mapping[str, str], prepared: Mapping[str, Prepared]) -> Page:
    return Page(item, None, addresses.get(item.id, ""), prepared[item.id], read(item.title, item.lang))


def lay_out(batch: Batch, pages: Mapping[str, Page]) -> None:
    """Put the pages of a batch's arrivals, by item id, where the stages would have written what they say."""
    batch.passed = READ
    for page in (pages[arrival.item.id] for arrival in batch.arrivals):
        if page.fate:
            batch.fates[page.item.id] = page.fate
        elif page.prepared and page.reading:
            batch.items.append(page.item)
            batch.prepared[page.item.id] = page.prepared
            batch.readings[page.item.id] = page.reading
            if page.address:
                batch.addresses[page.item.id] = page.address
