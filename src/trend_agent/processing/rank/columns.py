"""Facts as columns: what ranking needs to know of each item, one array per property."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, repeat
from typing import Any, Self

import numpy as np

from trend_agent.processing.rank.lines import Line, Lines
from trend_agent.processing.rank.order import by

Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

NOBODY = -1
"""Code of an author, an agency or an original that is not known."""
FEW = 50
"""New topics that are put between the others one by one; to sort them all is quicker for more."""


class Names(dict[str, int]):
    """Numbers names in the order they are first met; no name is NOBODY."""

    def __missing__(self, name: str) -> int:
        if not name:
            return NOBODY
        self[name] = code = len(self)
        return code


@dataclass(slots=True)
class Columns:
    """Items in the order of their topics' ids, and within each in log order. Codes number the names beside them."""

    seq: Codes
    row: Codes
    """Where an item's id stands in `named`."""
    named: Sequence[str]
    topic: Codes
    source: Codes
    family: Codes
    voice: Codes
    """Who speaks: the family, its agency where it prints one's report, or the voice of what it copies."""
    author: Codes
    wire: Codes
    seen: Floats
    published: Floats
    copy: Flags
    engagement: Floats
    topics: Sequence[str]
    sources: Sequence[str]
    families: Sequence[str]
    starts: Codes = field(init=False)
    """First row of each topic, and one beyond the last."""

    def __post_init__(self) -> None:
        self.starts = np.searchsorted(self.topic, np.arange(len(self.topics) + 1))

    @property
    def size(self) -> int:
        return len(self.topics)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Columns:
        """Columns of lines in any order."""
        table = Table()
        table.add(sorted(lines, key=lambda line: line.seq))
        return table.columns(-np.inf, np.inf)

    def ids(self, rows: Codes | slice) -> list[str]:
        return [self.named[row] for row in self.row[rows].tolist()]

    def rows(self, topic: int) -> slice:
        return slice(int(self.starts[topic]), int(self.starts[topic + 1]))

    def without(self, rows: Codes) -> Columns:
        """The columns as they would be if these rows were missing; a topic that keeps none is gone."""
        kept = np.setdiff1d(np.arange(self.seq.size), rows)
        return self._of(kept, self.topic[kept])

    def doubled(self, rows: Codes) -> Columns:
        """The columns as they would be if what these rows say had been said once more at the same moments, each time
        by someone who is not known otherwise."""
        every = np.concatenate([np.arange(self.seq.size), rows])
        every = every[np.lexsort((self.seq[every], self.topic[every]))]
        again = np.nonzero(np.diff(every, prepend=-1) == 0)[0]
        more = self._of(every, self.topic[every])
        strangers = np.arange(again.size)
        for codes in (more.source, more.family, more.voice):
            codes[again] = int(codes.max(initial=0)) + 1 + strangers
        more.author[again] = more.wire[again] = NOBODY
        more.copy[again], more.engagement[again] = False, np.nan
        unknown = [f"stranger {n}" for n in strangers.tolist()]
        more.sources = [*more.sources, *[""] * (int(more.source.max()) + 1 - len(more.sources))]
        more.families = [*more.families, *unknown]
        return more

    def _of(self, rows: Codes, topic: Codes) -> Columns:
        """Some rows in the order given, which is that of their topics."""
        used, place = np.unique(topic, return_inverse=True)
        return Columns(
            seq=self.seq[rows],
            row=self.row[rows],
            named=self.named,
            topic=place,
            source=self.source[rows],
            family=self.family[rows],
            voice=self.voice[rows],
            author=self.author[rows],
            wire=self.wire[rows],
            seen=self.seen[rows],
            published=self.published[rows],
            copy=self.copy[rows],
            engagement=self.engagement[rows],
            topics=[self.topics[code] for code in used.tolist()],
            sources=self.sources,
            families=self.families,
        )

    def totals(self, values: Floats) -> Floats:
        """Sums per topic of one value per item."""
        return np.bincount(self.topic, weights=values, minlength=self.size).astype(np.float64)

    def least(self, values: Floats) -> Floats:
        return np.asarray(np.minimum.reduceat(values, self.starts[:-1]))

    def most(self, values: Floats) -> Floats:
        return np.asarray(np.maximum.reduceat(values, self.starts[:-1]))


@dataclass(slots=True)
class _Coded:
    """Lines as arrays, in the order they were added."""

    seq: Codes
    topic: Codes
    source: Codes
    family: Codes
    voice: Codes
    author: Codes
    wire: Codes
    original: Codes
    original_row: Codes
    bearer: Codes
    seen: Floats
    published: Floats
    engagement: Floats

    def extended(self, more: Self) -> Self:
        pairs = ((getattr(self, name), getattr(more, name)) for name in self.__slots__)
        return type(self)(*(np.concatenate(pair) for pair in pairs))


class Table:
    """Lines that grow as the log does and change topics as memberships do; columns of any stretch of them.

    Codes depend on what was added before, the columns do not: nothing computed from them looks at a code's size.
    """

    def __init__(self) -> None:
        self.topics, self.sources, self.families, self.voices = Names(), Names(), Names(), Names()
        self.authors, self.wires, self.originals = Names(), Names(), Names()
        self.row_of: dict[str, int] = {}
        self.named: list[str] = []
        self.ranked: list[str] = []
        self.place = np.empty(0, np.int64)
        self.coded: _Coded | None = None

    def __len__(self) -> int:
        return len(self.row_of)

    def add(self, lines: Sequence[Line]) -> None:
        """Take in lines, in log order; an original comes before its copies."""
        self.extend(Lines.of(lines))

    def extend(self, lines: Lines) -> None:
        """The same of lines by their properties."""
        if not lines.seq:
            return
        start = len(self)
        self.named += lines.id
        self.row_of.update(zip(lines.id, count(start), strict=False))
        more = self._coded(lines)
        self.coded = self.coded.extended(more) if self.coded else more

    def _coded(self, lines: Lines) -> _Coded:
        voices = (
            f"wire {wire}" if wire else f"of {house}"
            for wire, house in zip(lines.wire, lines.family, strict=True)
        )
        return _Coded(
            seq=_codes(lines.seq),
            topic=_codes(map(self.topics.__getitem__, lines.topic)),
            source=_codes(self.sources[name or " "] for name in lines.source),
            family=_codes(self.families[name or " "] for name in lines.family),
            voice=_codes(map(self.voices.__getitem__, voices)),
            author=_codes(map(self.authors.__getitem__, lines.author)),
            wire=_codes(map(self.wires.__getitem__, lines.wire)),
            original=_codes(map(self.originals.__getitem__, lines.original)),
            original_row=_codes(map(self.row_of.get, lines.original, repeat(NOBODY))),
            bearer=_codes(lines.bearer),
            seen=np.asarray(lines.seen, np.float64),
            published=np.asarray(lines.published, np.float64),
            engagement=np.asarray(lines.engagement, np.float64),
        )

    def move(self, moves: Sequence[tuple[int, str]]) -> None:
        """Make items, by their place in the log, and their copies members of topics; the last move holds."""
        if self.coded is None or not moves:
            return
        goes = {seq: self.topics[topic] for seq, topic in moves}
        for row in np.nonzero(np.isin(self.coded.bearer, list(goes)))[0].tolist():
            self.coded.topic[row] = goes[int(self.coded.bearer[row])]

    def columns(self, since: float, until: float) -> Columns:
        """The items seen between two moments, both in seconds since 1970 and included."""
        table = self.coded or self._coded(Lines.of([]))
        inside = (table.seen >= since) & (table.seen <= until) & (table.topic != NOBODY)
        chosen = np.nonzero(inside)[0]
        place = self._by_id()[table.topic[chosen]]
        order = by(place)  # rows are in log order, and stay so within a topic
        rows, place = chosen[order], place[order]
        first = np.diff(place, prepend=NOBODY) != 0
        return Columns(
            seq=table.seq[rows],
            row=rows,
            named=self.named,
            topic=np.cumsum(first) - 1,
            source=table.source[rows],
            family=table.family[rows],
            voice=self._voices(table, inside)[rows],
            author=table.author[rows],
            wire=table.wire[rows],
            seen=table.seen[rows],
            published=table.published[rows],
            copy=table.original[rows] != NOBODY,
            engagement=table.engagement[rows],
            topics=[self.ranked[one] for one in place[first].tolist()],
            sources=list(self.sources),
            families=list(self.families),
        )

    def _by_id(self) -> Codes:
        """The place of each topic among all, in the order of their ids; a few new ones are put between the others."""
        new = list(islice(self.topics, len(self.ranked), None))
        if len(new) > FEW:
            self.ranked = sorted(self.topics)
            self.place = np.empty(len(self.ranked), np.int64)
            self.place[_codes(self.topics[name] for name in self.ranked)] = np.arange(len(self.ranked))
            return self.place
        for name in new:
            at = bisect(self.ranked, name)
            self.ranked.insert(at, name)
            self.place = np.append(self.place + (self.place >= at), at)
        return self.place

    def _voices(self, table: _Coded, inside: Flags) -> Codes:
        """The voice of each row; copies of what is out of sight are one voice among themselves."""
        there = table.original_row != NOBODY
        there[there] = inside[table.original_row[there]]
        voice = np.where(table.original == NOBODY, table.voice, len(self.voices) + table.original)
        voice[there] = table.voice[table.original_row[there]]
        return voice


def _codes(values: Iterable[int]) -> Codes:
    return np.fromiter(values, np.int64)
