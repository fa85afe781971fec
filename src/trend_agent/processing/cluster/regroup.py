"""The border of a step: the items of the last two steps are clustered anew, together with the settled topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.address import NOWHERE
from trend_agent.processing.cluster.anchors import Anchors
from trend_agent.processing.cluster.linkage import WEAK, link
from trend_agent.processing.cluster.live import Entry
from trend_agent.processing.cluster.settled import KEPT_COLUMNS, Settled, fade, rows_of
from trend_agent.processing.cluster.shelf import Shelf
from trend_agent.processing.cluster.weights import Floats
from trend_agent.processing.cluster.window import Window

Labels = NDArray[np.int64]


@dataclass(slots=True)
class Part:
    """What clustering brought together: items, and settled topics by number."""

    entries: list[Entry] = field(default_factory=list)
    topics: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The items of a window and then the settled topics near them, in one list (n)."""

    topics: Sequence[int]
    unit: Labels
    """What no clustering may part has one number, 0 … m-1."""
    weights: Floats
    own: Floats
    apart: Labels
    """Pairs of units (k by 2) that must not join."""


def regrouped(
    live: Sequence[Entry],
    window: Window,
    settled: Settled,
    at_address: Mapping[int, int],
    anchors: Anchors,
    *,
    cut: float,
) -> list[Part]:
    """The items and the settled topics near them, clustered; every item and topic is in one part."""
    settings = window.settings
    nodes = gathered(live, window, settled, at_address, anchors, WEAK * cut)
    sizes = np.bincount(nodes.unit, weights=nodes.weights).astype(np.float64)
    alike = likeness(nodes, sizes, window, settled)
    labels = link(alike, sizes, cut=cut, settings=settings, apart=nodes.apart)[nodes.unit]
    parts: dict[int, Part] = {}
    for label, entry in zip(labels.tolist(), live, strict=False):
        parts.setdefault(label, Part()).entries.append(entry)
    for label, number in zip(labels[len(live) :].tolist(), nodes.topics, strict=True):
        parts.setdefault(label, Part()).topics.append(number)
    return list(parts.values())


def gathered(
    live: Sequence[Entry],
    window: Window,
    settled: Settled,
    at_address: Mapping[int, int],
    anchors: Anchors,
    least: float,
) -> Nodes:
    """All items, with the settled topics that one of them is at least a little like or shares an address with."""
    power = window.settings.density / 2
    _, numbers, values = window.settled.whole()
    found, places = np.unique(numbers, return_inverse=True)
    scale = np.array([settled.pasts[number].own for number in found.tolist()]) ** power
    near = np.zeros(len(found), np.bool_)
    near[places[values >= least * scale[places]]] = True
    at_home = [at_address.get(entry.address, -1) for entry in live]
    mine = {entry.group for entry in live if entry.group in settled.pasts}
    topics = sorted({*found[near].tolist(), *(number for number in at_home if number >= 0), *mine})
    bonds = anchors.bonds(live, topics)
    keys = bonds.joined(kept_together(live, at_home, topics))
    unit = np.unique(keys, return_inverse=True)[1]
    pasts = [settled.pasts[number] for number in topics]
    return Nodes(
        topics,
        unit,
        np.concatenate([np.ones(len(live)), [past.size for past in pasts]]),
        np.concatenate([np.ones(len(live)), [past.own for past in pasts]]),
        unit[np.array(bonds.apart, np.int64).reshape(-1, 2)],
    )


def kept_together(live: Sequence[Entry], at_home: Sequence[int], topics: Sequence[int]) -> Labels:
    """Equal numbers for what no clustering may part: items at one address, and the topic that has been there.

    Where a correction has parted items at one address, they stay so.
    """
    first: dict[tuple[int, int], int] = {}
    keys = np.empty(len(live) + len(topics), np.int64)
    for place, (entry, home) in enumerate(zip(live, at_home, strict=True)):
        key = home if home == entry.group else -1 - place
        page = (entry.address, entry.group)
        keys[place] = key if entry.address == NOWHERE else first.setdefault(page, key)
    keys[len(live) :] = topics
    return keys


def likeness(nodes: Nodes, sizes: Floats, window: Window, settled: Settled) -> sparse.csr_array:
    """Mean likeness of the items of two units (m by m, symmetric), on the diagonal that of a unit's own items."""
    items = len(window)
    numbers = np.array(nodes.topics, np.int64)
    items_one, items_other, items_alike = window.pairs.whole()
    rows, topics, values = window.settled.whole()
    place = np.searchsorted(numbers, topics)
    place[place == len(numbers)] = 0
    near = numbers[place] == topics if len(numbers) else np.zeros(len(topics), np.bool_)
    ones, others, between = among_topics(nodes, window, settled)
    one = np.concatenate([items_one, rows[near], ones + items])
    other = np.concatenate([items_other, place[near] + items, others + items])
    value = np.concatenate([items_alike, values[near], between])
    whole = np.arange(len(nodes.unit))
    one, other = np.concatenate([one, other, whole]), np.concatenate([other, one, whole])
    value = np.concatenate([value, value, nodes.own])
    share = nodes.weights / sizes[nodes.unit]
    count = len(sizes)
    return sparse.csr_array(
        sparse.coo_array(
            (value * share[one] * share[other], (nodes.unit[one], nodes.unit[other])), shape=(count, count)
        )
    )


def among_topics(nodes: Nodes, window: Window, settled: Settled) -> tuple[Labels, Labels, Floats]:
    """Pairs of the settled topics and how alike they are, each pair once."""
    settings = window.settings
    pasts = [settled.pasts[number] for number in nodes.topics]
    vectors = rows_of(pasts, KEPT_COLUMNS)
    shelf = Shelf(reach=settings.reach)
    shelf.fill(vectors)
    found = shelf.likest(vectors, least=settings.least, most=settings.compared)
    once = found.numbers < found.rows
    rows, others = found.rows[once], found.numbers[once]
    times = np.array([past.at for past in pasts])
    return rows, others, found.values[once] * fade(times[rows] - times[others], settings.fade_hours)


SAMPLE = 400
"""Items from which the noise of a stream is read off: 80,000 pairs."""


def noise_of(vectors: sparse.csr_array) -> float:
    """How alike two arbitrary items are at most: the likeness that one pair in ten exceeds.

    It is high where all items are about one great event, and low where they are about anything at all.
    """
    count = vectors.shape[0]
    rows = vectors[np.unique(np.linspace(0, count - 1, SAMPLE).astype(np.int64))]
    columns, places = np.unique(rows.indices, return_inverse=True)
    rows = sparse.csr_array((rows.data, places, rows.indptr), shape=(rows.shape[0], len(columns)))
    alike = (rows @ rows.T).toarray()
    pairs = alike[np.triu_indices(len(alike), 1)]
    return float(np.quantile(pairs, 0.9)) if len(pairs) else 0.0


PRIOR_PAIRS = 2000
"""Pairs we pretend to have seen, of which a common share belongs together."""


def scarcity_of(window: Window) -> float:
    """How scarce pairs are that belong together, in powers of ten below what is common; 0 where they are not."""
    settings, count = window.settings, len(window)
    kin = float((window.pairs.whole().values >= settings.kin).sum())
    share = (kin + PRIOR_PAIRS * settings.common) / (count * (count - 1) / 2 + PRIOR_PAIRS)
    return max(0.0, float(np.log10(settings.common / share)))
