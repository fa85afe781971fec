"""The surprise of very many series at one moment, from their counts alone and without a memory kept.

The recursion is that of `surprise.py`; what differs is how far back it begins. Evidence older than `memory` bins
has leaked away or met its ceiling, so the walk starts there, and a series without an item since is at rest. Nothing
is carried from call to call: the answer depends on the counts, the tide and the settings only, so that it comes out
the same however often membership was corrected in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trend_agent.processing.detect.evidence import Array
from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.state import State, step

Numbers = np.ndarray[Any, np.dtype[np.int64]]

BLOCK = 2048
"""Series walked together: their columns stay in the processor's cache."""
REST = 0.0
"""Log evidence, and surprise, of a series that brought nothing within the memory."""


@dataclass(frozen=True, slots=True)
class Sparse:
    """Counts of many series by bin, zeros left out: row k says that `owner[k]` got `weight[k]` in `bin[k]`.

    Rows are in order of owner. Bins are counted from the beginning of what is known; `bins` is their number, so
    that the last one ends at the moment asked for. `size` is the number of series; each has a row at least.
    """

    owner: Numbers
    bin: Numbers
    weight: Array
    size: int
    bins: int
    starts: Numbers = field(init=False, repr=False)
    """The first row of each series, and one beyond the last."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", np.searchsorted(self.owner, np.arange(self.size + 1)))

    @property
    def born(self) -> Numbers:
        """Per series the bin of its first item."""
        return np.asarray(np.minimum.reduceat(self.bin, self.starts[:-1]), np.int64)

    def until(self, bins: int) -> Sparse:
        """What was known after the first `bins` bins: the series that had an item by then, in their order."""
        early = self.bin < bins
        _, owner = np.unique(self.owner[early], return_inverse=True)
        return Sparse(owner, self.bin[early], self.weight[early], int(owner.max(initial=-1)) + 1, bins)

    def taken(self, series: Numbers) -> Sparse:
        """These series alone, numbered in the order given."""
        lengths = self.starts[series + 1] - self.starts[series]
        rows = np.repeat(self.starts[series] - np.append(0, lengths.cumsum()[:-1]), lengths) + np.arange(
            lengths.sum()
        )
        owner = np.repeat(np.arange(series.size), lengths)
        return Sparse(owner, self.bin[rows], self.weight[rows], int(series.size), self.bins)


@dataclass(frozen=True, slots=True)
class Surprises:
    """Per series its surprise now, and the highest of each day within the memory: days × series, oldest first.

    Days are counted back from the moment. A series that was at rest or not born yet has REST.
    """

    now: Array
    highest: Array
    born: Numbers


def surprises(series: Sparse, tide: Array, settings: DetectSettings, memory: int) -> Surprises:
    """The surprise of every series after the last bin; `tide` has one factor for each bin.

    `memory` is in bins, a whole number of days.
    """
    days = memory // settings.bins_per_day
    now, highest, born = np.full(series.size, REST), np.full((days, series.size), REST), series.born
    last = np.maximum.reduceat(series.bin, series.starts[:-1])
    begin = np.maximum(born, series.bins - memory)
    awake = np.nonzero(last >= series.bins - memory)[0]
    awake = awake[np.argsort(begin[awake], kind="stable")]
    for place in range(0, awake.size, BLOCK):
        block = awake[place : place + BLOCK]
        now[block], highest[:, block] = _walk(series.taken(block), tide, settings, int(begin[block[0]]), days)
    return Surprises(now, highest, born)


def states(series: Sparse, tide: Array, settings: DetectSettings, memory: int) -> State:
    """The full state after the last bin, with the rise it is in; the same walk with all that receipts need."""
    state = State.blank(0, settings)
    for state in _stepped(series, tide, settings, memory):  # noqa: B007
        pass
    return state


def histories(series: Sparse, tide: Array, settings: DetectSettings, memory: int) -> Array:
    """The surprise of few series after each bin of the memory: series × bins."""
    return np.stack([state.surprise for state in _stepped(series, tide, settings, memory)], axis=1)


def _stepped(series: Sparse, tide: Array, settings: DetectSettings, memory: int) -> Iterator[State]:
    """The state after each bin of the memory, the same object each time."""
    first = max(0, series.bins - memory)
    counts, items = _counts(series, first, settings)
    state = State.blank(series.size, settings)
    state.born = series.born
    state.evidence[:, state.born < first] = REST
    state.items = items
    state.exposure = _Exposure(tide, state.born, settings).at(first - 1)
    for now in range(first, series.bins):
        before = now - settings.lag
        step(
            state,
            now,
            count=counts[settings.lag + now - first],
            tide=float(tide[now]),
            left_lag=counts[now - first],
            tide_at_lag=float(tide[before]) if before >= 0 else 0.0,
            settings=settings,
        )
        yield state


def _counts(series: Sparse, first: int, settings: DetectSettings) -> tuple[Array, Array]:
    """Counts as bins × series from one lag before `first`, and the decayed items up to then."""
    begin = first - settings.lag
    width = series.bins - begin
    inside = series.bin >= begin
    flat = (series.bin[inside] - begin) * series.size + series.owner[inside]
    counts = np.bincount(flat, weights=series.weight[inside], minlength=width * series.size).astype(
        np.float64
    )
    old = ~inside
    decayed = series.weight[old] * settings.keep ** (begin - 1 - series.bin[old])
    items = np.bincount(series.owner[old], weights=decayed, minlength=series.size).astype(np.float64)
    return counts.reshape(width, series.size), items


class _Exposure:
    """Decayed tide from each series' birth to one lag before a bin, in closed form.

    With E(t) = Σ_{u ≤ t} tide_u keep^(t−u), a series born in b has E(t) − keep^(t−b+1) E(b−1).
    """

    def __init__(self, tide: Array, born: Numbers, settings: DetectSettings) -> None:
        total, sums = 0.0, [0.0]
        for factor in tide.tolist():
            total = settings.keep * total + factor
            sums.append(total)
        self.sums, self.settings = np.array(sums), settings
        self.before = self.sums[born] * settings.keep ** -(born.astype(np.float64))

    def at(self, bin_index: int) -> Array:
        """What `State.exposure` is after this bin."""
        end = bin_index - self.settings.lag + 1
        if end <= 0:
            return np.zeros(self.before.size)
        found: Array = np.maximum(0.0, self.sums[end] - self.before * self.settings.keep**end)
        return found


def _walk(
    series: Sparse, tide: Array, settings: DetectSettings, first: int, days: int
) -> tuple[Array, Array]:
    """The recursion in odds in place of logs: surprise after the last bin, and the highest of each day."""
    counts, items = _counts(series, first, settings)
    born, lag = series.born, settings.lag
    exposure = _Exposure(tide, born, settings)
    newborn, youngest = np.exp(settings.floor), int(born.max())
    held = np.where(born < first, np.exp(REST), newborn)
    odds = np.stack([held] * len(settings.gains)).astype(np.float64)
    highest = np.full((days, series.size), 10.0**REST)
    for now in range(first, series.bins):
        items *= settings.keep
        items += counts[now - first]
        some = items + settings.prior_items
        usual: Array = (some + np.sqrt(some)) / (exposure.at(now) + settings.prior_bins) * tide[now]
        _take_in(odds, counts[lag + now - first], usual, settings)
        if now < youngest:
            odds[:, born > now] = newborn
        total = odds.sum(axis=0)
        day = highest[days - 1 - (series.bins - 1 - now) // settings.bins_per_day]
        np.maximum(day, total, out=day)
    return np.log10(odds.sum(axis=0)), np.log10(highest)


def _take_in(odds: Array, count: Array, usual: Array, settings: DetectSettings) -> None:
    """One bin of `gather(log_ratio(…))` for every gain, in place; gammas are taken only where something came."""
    from scipy.special import gammaln

    spread, ceiling = settings.spread, np.exp(settings.ceiling)
    per_item = np.log1p(spread) / spread
    seen = np.nonzero(count)[0]
    x, before = count[seen], usual[seen] / spread
    common = gammaln(before) - gammaln(x + before)
    for gain, row in zip(settings.gains, odds, strict=True):
        more = np.maximum((gain - 1.0) * usual, settings.smallest_rise_per_bin)
        after = before + more[seen] / spread
        ratio = -per_item * more
        ratio[seen] += common + gammaln(x + after) - gammaln(after)
        risen = (1.0 + row**settings.leak) * np.exp(ratio)
        np.minimum(risen, ceiling, out=row)
