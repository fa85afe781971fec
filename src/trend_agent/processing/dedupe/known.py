"""What the deduper remembers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trend_agent.processing.dedupe.reading import Reading

NOTHING: NDArray[np.uint32] = np.empty(0, np.uint32)


@dataclass(slots=True)
class Text:
    """One wording of an original. `keys` are those it is held under, `exact` is the hash of all of it."""

    title: str
    short: str
    prose: str
    runs: NDArray[np.uint32]
    keys: list[int]
    exact: int


@dataclass(slots=True)
class Original:
    """An item that copied nothing when it came: `first` and `last` are when it and its latest copy were seen,
    in seconds; `addresses` are hashes of its own and its copies' addresses. `wire` is the agency it names."""

    id: str
    house: str
    address: str
    first: float
    last: float
    wire: str = ""
    addresses: list[int] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item read, with the keys and hashes of its text."""

    reading: Reading
    text: Text
    address: int
