"""A stretch of the log that goes through the stages one stage at a time, where the pipeline goes batch by batch.

Stages do not see how the log is cut and speak to each other through the batch alone, so that both ways end the same.
Until it is settled a span lives in memory; each of its batches becomes true in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from trend_agent.errors import Missing
from trend_agent.processing.batch import Batch
from trend_agent.processing.pipeline import Pipeline

Bounds = tuple[int, int]
"""Places of the log: behind the first, up to the second."""


class Span:
    """Arrivals of `pipeline`'s log that have passed its first `passed` stages. One pipeline carries one span."""

    def __init__(self, pipeline: Pipeline, batches: Sequence[Batch], bounds: Bounds) -> None:
        self.pipeline = pipeline
        self.batches = batches
        self.bounds = bounds
        self.passed = 0

    @classmethod
    async def taken(cls, pipeline: Pipeline, *, most: int, bounds: Bounds | None = None) -> Self:
        """What waits, `most` items at most; or what still waits of a span that was taken before."""
        await pipeline.ready()
        settled = await pipeline.records.settled_until()
        after, until = bounds or (settled, None)
        arrivals = await pipeline.records.pending(most, after=max(after, settled), until=until)
        size = pipeline.size
        batches = [await pipeline.batch(arrivals[at : at + size]) for at in range(0, len(arrivals), size)]
        return cls(pipeline, batches, bounds or (after, arrivals[-1].seq if arrivals else after))

    async def through(self, name: str) -> None:
        """Send it through the stages up to the one called `name`; what it has passed it does not pass again."""
        stages = self.pipeline.stages
        wanted = next((n for n, stage in enumerate(stages, 1) if stage.name == name), 0)
        if not wanted:
            raise Missing(f"no stage called {name!r}; there are {', '.join(s.name for s in stages)}")
        for stage in stages[self.passed : wanted]:
            for batch in self.batches:
                await self.pipeline.sent(batch, [stage])
        self.passed = max(self.passed, wanted)

    async def settle(self, told: Callable[[int], None] = lambda _: None) -> int:
        """Make it true, batch by batch; `told` how many items are. It must have passed every stage."""
        done = 0
        for batch in self.batches:
            await self.pipeline.settle(batch, last=batch is self.batches[-1])
            done += len(batch.arrivals)
            told(done)
        return done

    def leave(self) -> None:
        """Give it up: what the stages saw of it has not happened."""
        if self.passed and self.batches:
            self.pipeline.lose_place()

    @property
    def size(self) -> int:
        return sum(len(batch.arrivals) for batch in self.batches)

    def verdicts(self) -> Mapping[str, int]:
        """How many items have what fate so far."""
        return Counter(fate.verdict for batch in self.batches for fate in batch.fates.values())

    def languages(self) -> Mapping[str, int]:
        return Counter(item.lang for batch in self.batches for item in batch.items if item.lang)
