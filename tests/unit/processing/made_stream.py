"""Made streams for the tests of ranking: facts by topic, source and hours before noon."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from trend_agent.items import Item
from trend_agent.processing.rank import Ranker, RankSettings, Standing
from trend_agent.storage import Fact


@dataclass
class Stream:
    """Facts in log order; `hours` are how long before noon an item was published, `late` how much later it was
    seen."""

    noon: datetime
    facts: list[Fact] = field(default_factory=list)

    def add(
        self,
        topic: str,
        source: str,
        hours: float,
        *,
        late: float = 0.0,
        copy_of: str | None = None,
        **fields: Any,
    ) -> Item:
        published = self.noon - timedelta(hours=hours)
        seen = published + timedelta(hours=late)
        seq = len(self.facts) + 1
        item = Item(f"i{seq}", source, fields.pop("title", f"title {topic}"), seen, published_at=published)
        item = replace(item, **fields)
        self.facts.append(Fact(seq, item, topic, copy_of))
        return item

    def newsroom(self, *, sources: int = 20, topics: int = 60, days: float = 4, seed: int = 1) -> None:
        """Sources that publish one item an hour each, day and night, on topics that live for days."""
        chance = Random(seed)
        for source in range(sources):
            for hour in range(int(days * 24)):
                hours = days * 24 - hour - chance.random()
                self.add(f"t{chance.randrange(topics):02}", f"s{source:02}", max(hours, 0.05))
        self.facts.sort(key=lambda fact: (fact.item.seen_at, fact.item.id))
        self.facts = [replace(fact, seq=seq) for seq, fact in enumerate(self.facts, 1)]

    def ranked(self, settings: RankSettings | None = None) -> list[Standing]:
        return Ranker(settings)(self.facts, self.noon)

    def standing(self, topic: str, settings: RankSettings | None = None) -> Standing:
        return next(s for s in self.ranked(settings) if s.topic == topic)


def inputs(standing: Standing, term: str) -> dict[str, Any]:
    return dict(next(t.inputs for t in standing.receipt.terms if t.name == term))
