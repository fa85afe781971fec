"""The paper that goes through the stages: each reads what the ones before it wrote and adds its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from trend_agent.items import Correction, Fate, Item, Lineage, Membership
from trend_agent.processing.cluster.terms import Reading
from trend_agent.storage import Arrival, Settled
from trend_agent.text.embedding import Vector

if TYPE_CHECKING:
    from trend_agent.processing.dedupe.known import Arrival as Prepared


@dataclass(slots=True)
class Batch:
    """Arrivals in log order on their way to their fates.

    `items` are those still in the running, copies included; `readings` and `vectors` are by item id. `fates` is
    complete at the end: what no stage took out is kept. `vectors` are an encoder's; without one there are none.
    `corrected` is the last correction that the stages had heard of. `passed` names stages whose work was done
    elsewhere; `prepared` and `readings`, by item id, may be there before the stages that use them come.
    """

    arrivals: Sequence[Arrival]
    items: list[Item] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    vectors: dict[str, Vector] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()
    memberships: list[Membership] = field(default_factory=list)
    lineage: list[Lineage] = field(default_factory=list)
    corrected: int = 0

    def originals(self) -> list[Item]:
        """The items that copy no other."""
        return [item for item in self.items if item.id not in self.fates]

    def settled(self, states: dict[str, bytes]) -> Settled:
        """Everything the batch made true, one fate for each arrival."""
        for item in self.items:
            if item.id not in self.fates:
                self.fates[item.id] = Fate(item.id, "kept", item.seen_at)
        return Settled(
            last_seq=self.arrivals[-1].seq,
            fates=[self.fates[a.item.id] for a in self.arrivals],
            items=self.items,
            addresses=self.addresses,
            memberships=self.memberships,
            lineage=self.lineage,
            states=states,
            corrected=self.corrected,
        )


class Stage(Protocol):
    """One step of the pipeline. `name` is a noun of the log; the same batch gives the same result."""

    name: str

    def __call__(self, batch: Batch) -> None: ...


@runtime_checkable
class Remembering(Protocol):
    """A stage whose answers depend on what came before. Its state can be written down and taken up again."""

    name: str

    def dump(self) -> bytes: ...

    def load(self, state: bytes) -> None: ...

    def forget(self) -> None:
        """Start from nothing."""
        ...


@runtime_checkable
class Correctable(Protocol):
    """A stage that people can correct."""

    def correct(self, correction: Correction) -> None:
        """Obey from the next item on. A correction has its place in the log, behind which each run of it tells it."""
        ...
