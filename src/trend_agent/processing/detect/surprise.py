"""How surprising each series' recent counts are against its own past, bin by bin, never looking ahead."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Self

import numpy as np

from trend_agent.errors import Missing, Rejected
from trend_agent.processing.detect.evidence import Array
from trend_agent.processing.detect.rise import Rise, rise_in
from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.state import State, step, usual_rate
from trend_agent.processing.detect.tide import Tide

Rows = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]

LONGEST_GAP_DAYS = 60
"""After so long a silence of the whole stream everything known is stale, and the model starts anew."""


class SurpriseModel:
    """One stream's memory of many series, advanced bin by bin.

    A series lives from its first item on. Bins that are left out count as empty.
    """

    def __init__(self, settings: DetectSettings | None = None) -> None:
        self.settings = settings or DetectSettings()
        self._restart()

    def _restart(self) -> None:
        self.rows: dict[str, int] = {}
        self.state = State.blank(0, self.settings)
        self.tide = Tide(self.settings.bins_per_day)
        self.tides: deque[float] = deque(maxlen=self.settings.lag + 1)
        self.past: deque[tuple[Rows, Array]] = deque(maxlen=self.settings.lag + 1)
        self.last: int | None = None

    def advance(self, bin_index: int, counts: Mapping[str, float]) -> dict[str, float]:
        """Take in a bin (counted from any fixed moment) and give every live series' surprise after it.

        Raises Rejected when the bin is not later than the last one.
        """
        if self.last is not None and bin_index <= self.last:
            raise Rejected(f"bin {bin_index} after bin {self.last}; bins come in order of time")
        if self.last is not None and bin_index - self.last > LONGEST_GAP_DAYS * self.settings.bins_per_day:
            self._restart()
        for empty in range(bin_index if self.last is None else self.last + 1, bin_index):
            self._step(empty, {})
        self._step(bin_index, counts)
        return dict(zip(self.rows, self.state.surprise.tolist(), strict=True))

    def _step(self, bin_index: int, counts: Mapping[str, float]) -> None:
        counts = {name: value for name, value in counts.items() if value > 0}
        self._welcome(bin_index, counts)
        rows = np.fromiter((self.rows[name] for name in counts), np.int64, len(counts))
        values = np.fromiter(counts.values(), np.float64, len(counts))
        total = float(values.sum())
        clump = float((values**2).sum()) / total if total else 1.0
        self.tides.append(self.tide.advance(bin_index, total, clump=clump))
        self.past.append((rows, values))
        full = len(self.past) > self.settings.lag
        step(
            self.state,
            bin_index,
            count=self._spread(rows, values),
            tide=self.tides[-1],
            left_lag=self._spread(*self.past[0]) if full else np.zeros(self.state.size),
            tide_at_lag=self.tides[0] if full else 0.0,
            settings=self.settings,
        )
        self.last = bin_index

    def _welcome(self, bin_index: int, counts: Mapping[str, float]) -> None:
        new = [name for name in counts if name not in self.rows]
        if new:
            self.rows.update((name, self.state.size + place) for place, name in enumerate(new))
            fresh = State.blank(len(new), self.settings)
            fresh.born[:] = bin_index
            self.state = self.state.extended(fresh)

    def _spread(self, rows: Rows, values: Array) -> Array:
        column = np.zeros(self.state.size)
        column[rows] = values
        return column

    def retire(self, names: set[str]) -> None:
        """Forget these series; should they come again they begin anew."""
        kept = [name for name in self.rows if name not in names]
        rows = np.array([self.rows[name] for name in kept], np.int64)
        place = np.full(self.state.size, -1, np.int64)
        place[rows] = np.arange(len(rows))
        self.state = self.state.taken(rows)
        self.rows = {name: row for row, name in enumerate(kept)}
        for at, (old, values) in enumerate(self.past):
            stays = place[old] >= 0
            self.past[at] = (place[old][stays], values[stays])

    def expected(self, series: str) -> float:
        """Items per bin that the usual rate foresees now; raises Missing for a series never seen."""
        row = self._row(series)
        one = self.state.taken(slice(row, row + 1))
        return float(usual_rate(one, self.settings)[0]) * self.common

    def rise(self, series: str) -> Rise:
        """The terms of a series' surprise now; raises Missing for a series never seen."""
        row = self._row(series)
        assert self.last is not None
        return rise_in(self.state, row, self.last, self.settings)

    @property
    def common(self) -> float:
        """The tide of the last bin; kept by whoever wants to compute a series' whole history again."""
        return self.tides[-1] if self.tides else 1.0

    def _row(self, series: str) -> int:
        try:
            return self.rows[series]
        except KeyError:
            raise Missing(f"no series called {series!r} was seen") from None

    def dump(self) -> bytes:
        """Everything the model knows, as bytes for `load`; no pickle."""
        arrays = {f"state.{column.name}": getattr(self.state, column.name) for column in fields(self.state)}
        for at, (rows, values) in enumerate(self.past):
            arrays |= {f"rows.{at}": rows, f"values.{at}": values}
        about = {
            "settings": asdict(self.settings),
            "names": list(self.rows),
            "tides": list(self.tides),
            "last": self.last,
            "tide": self.tide.dump(),
        }
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        with io.BytesIO() as out:
            np.savez(out, **arrays)
            return out.getvalue()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """The model that `dump` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            about["settings"]["gains"] = tuple(about["settings"]["gains"])
            model = cls(DetectSettings(**about["settings"]))
            model.state = State(*(arrays[f"state.{column.name}"] for column in fields(State)))
            model.past.extend(
                (arrays[f"rows.{at}"], arrays[f"values.{at}"]) for at in range(len(about["tides"]))
            )
        model.rows = {name: row for row, name in enumerate(about["names"])}
        model.tides.extend(about["tides"])
        model.last = about["last"]
        model.tide = Tide.load(about["tide"])
        return model
