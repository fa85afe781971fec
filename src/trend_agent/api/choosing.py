"""Which trends of a list are wanted: what its filters say, for every way of reading it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from trend_agent.api.parameters import Languages, Sources, States
from trend_agent.items import Trend, TrendState


@dataclass(frozen=True, slots=True)
class Chosen:
    """Filters of one name widen the choice, filters of different names narrow it; an empty one takes everything."""

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    states: tuple[TrendState, ...] = ()

    def lets(self, trend: Trend) -> bool:
        return (
            (not self.sources or not set(self.sources).isdisjoint(trend.sources))
            and (not self.languages or not set(self.languages).isdisjoint(trend.languages))
            and (not self.states or trend.state in self.states)
        )

    def chosen(self, trends: Iterable[Trend]) -> list[Trend]:
        return [trend for trend in trends if self.lets(trend)]


EVERY = Chosen()


def _chosen(
    source: Sources = [],  # noqa: B006
    lang: Languages = [],  # noqa: B006
    state: States = [],  # noqa: B006
) -> Chosen:
    return Chosen(tuple(source), tuple(lang), tuple(state))


AsChosen = Annotated[Chosen, Depends(_chosen)]
"""The filters of a request, as a parameter of a route."""
