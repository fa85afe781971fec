"""What a text means, as a vector: the port; one file per technology beside it, the lexical one in `processing/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from trend_agent.items import UNDETERMINED, Sparse

Dense: TypeAlias = NDArray[np.float32]
Vector: TypeAlias = Dense | Sparse


class Text(NamedTuple):
    """A text and its language, an ISO 639-1 code or `und`."""

    text: str
    lang: str = UNDETERMINED


class Embedder(Protocol):
    """Turns texts into vectors whose dot product says how alike they are.

    `name` tells vectors apart that cannot be compared: another model, another name. A vector depends on its text
    alone, not on what else is asked with it. Vectors have length one; that of a text without words is all zeros
    where an embedder finds nothing to say.
    """

    name: str

    async def embed(self, texts: Sequence[Text]) -> Sequence[Vector]:
        """One vector per text, in order: all sparse, or all dense and of the same size."""
        ...


def unit(rows: Dense) -> Dense:
    """The rows scaled to length one; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)


def dot(one: Vector, other: Vector) -> float:
    """How alike two vectors of one embedder are, at most 1."""
    if isinstance(one, Sparse) and isinstance(other, Sparse):
        weights = dict(zip(one.places, one.weights, strict=True))
        return sum(weights.get(p, 0.0) * w for p, w in zip(other.places, other.weights, strict=True))
    assert not isinstance(one, Sparse)
    assert not isinstance(other, Sparse)
    return float(one @ other)
