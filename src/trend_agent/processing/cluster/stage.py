"""Cluster, as a stage: originals get their topic from the clusterer, copies that of what they copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trend_agent.items import Correction
from trend_agent.processing.cluster.clusterer import Clusterer
from trend_agent.processing.cluster.identity import Clustered
from trend_agent.processing.cluster.settings import ClusterSettings

if TYPE_CHECKING:
    from trend_agent.processing.batch import Batch


class Cluster:
    """Gives every original a topic. A copy follows its original wherever that goes; the records see to it."""

    name = "cluster"
    pending: Clustered
    """What corrections changed since the last batch, beyond what they say themselves."""

    def __init__(self, settings: ClusterSettings | None = None) -> None:
        self.settings = settings or ClusterSettings()
        self.forget()

    def __call__(self, batch: Batch) -> None:
        for made in (self.pending, self.clusterer.add(batch.originals(), readings=batch.readings)):
            batch.memberships += made.memberships
            batch.lineage += made.lineage
        self.pending = Clustered()

    def correct(self, correction: Correction) -> None:
        made = self.clusterer.correct(correction)
        self.pending.memberships.extend(made.memberships)
        self.pending.lineage.extend(made.lineage)

    def dump(self) -> bytes:
        return self.clusterer.dump()

    def load(self, state: bytes) -> None:
        self.clusterer = Clusterer.load(state, self.settings)
        self.pending = Clustered()

    def forget(self) -> None:
        self.clusterer = Clusterer(self.settings)
        self.pending = Clustered()
