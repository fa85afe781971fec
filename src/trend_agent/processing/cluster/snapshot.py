"""The complete state of a clusterer as bytes: a NumPy archive, with a page of JSON in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.errors import Rejected
from trend_agent.items import corrected, correction_of
from trend_agent.processing.cluster.anchors import Anchors
from trend_agent.processing.cluster.constraints import Constraints
from trend_agent.processing.cluster.habit import Habit
from trend_agent.processing.cluster.live import Entry, Group, Past
from trend_agent.processing.cluster.settled import Settled
from trend_agent.processing.cluster.shelf import Likest
from trend_agent.processing.cluster.terms import Reading
from trend_agent.processing.cluster.weights import WIDTH
from trend_agent.processing.cluster.window import Found, Window

if TYPE_CHECKING:
    from trend_agent.processing.cluster.clusterer import Clusterer

FORMAT = 6
NUMBERS = ("timed", "step", "in_step", "next_group", "newborn", "noise", "scarcity")
TABLES = ("grams", "terms", "lower", "upper")
Arrays = dict[str, NDArray[Any]]
Given = Mapping[str, NDArray[Any]]


def dump(one: Clusterer) -> bytes:
    """Everything that `restore` needs to go on as if nothing had happened."""
    groups = list(one.groups.values())
    page = {name: getattr(one, name) for name in NUMBERS} | {
        "format": FORMAT,
        "clock": None if one.clock is None else one.clock.isoformat(),
        "counted": one.counts.items,
        "ids": [entry.id for entry in one.live],
        "groups": [group.id for group in groups],
        "resting": [one.resting.ids[number] for number in one.resting.settled.pasts],
        "old": one.window.old,
        "indexed": one.window.indexed,
        "corrections": [corrected(each) for each in one.anchors.rules.standing.values()],
        "named": [one.anchors.settled, one.anchors.resting],
    }
    arrays: Arrays = {"page": np.frombuffer(orjson.dumps(page), np.uint8)}
    for name in TABLES:
        table = getattr(one.counts, name)
        arrays[f"{name}.at"] = np.flatnonzero(table)
        arrays[f"{name}.count"] = table[arrays[f"{name}.at"]]
    arrays |= habit_out(one.counts.habit)
    arrays["pages"] = np.array([*one.pages.items()], np.int64).reshape(-1, 2)
    arrays |= entries_out(one.live) | groups_out(groups) | readings_out(one.uncounted)
    arrays |= window_out(one.window) | settled_out("past", one.settled)
    arrays |= settled_out("rest", one.resting.settled)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def restore(one: Clusterer, state: bytes) -> None:
    """Put a fresh clusterer into the state; `Rejected` where the bytes are no dump."""
    try:
        with np.load(io.BytesIO(state), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        page = orjson.loads(arrays["page"].tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as fault:
        raise Rejected(f"cannot read the state of the clusterer ({fault})") from fault
    if page["format"] != FORMAT:
        raise Rejected(
            f"cannot read the state of the clusterer: format {page['format']!r}, expected {FORMAT!r}"
        )
    for name in NUMBERS:
        setattr(one, name, page[name])
    one.clock = datetime.fromisoformat(page["clock"]).astimezone(UTC) if page["clock"] else None
    one.counts.items = page["counted"]
    for name in TABLES:
        getattr(one.counts, name)[arrays[f"{name}.at"]] = arrays[f"{name}.count"]
    habit_in(one.counts.habit, arrays)
    one.uncounted = readings_in(arrays)
    settled_in("past", one.settled, arrays)
    settled_in("rest", one.resting.settled, arrays)
    one.resting.ids = dict(zip(one.resting.settled.pasts, page["resting"], strict=True))
    one.resting.numbers = {topic: number for number, topic in one.resting.ids.items()}
    window_in(one.window, arrays, page["old"], page["indexed"])
    one.live = entries_in(page["ids"], arrays)
    one.groups = groups_in(page["groups"], arrays, one.settled)
    one.pages = dict(arrays["pages"].tolist())
    one.index_fresh_pages()
    settled, resting = page["named"]
    one.anchors = Anchors(
        Constraints(map(correction_of, page["corrections"])), settled=settled, resting=resting
    )
    for entry in one.live:
        one.anchors.arrived(entry)


def habit_out(habit: Habit) -> Arrays:
    at = np.flatnonzero(habit.seen)
    return {
        "habit.at": at,
        "habit.seen": habit.seen[at],
        "habit.last": habit.last[at],
        "habit.step": np.array(habit.step, np.int64),
    }


def habit_in(habit: Habit, arrays: Given) -> None:
    habit.seen[arrays["habit.at"]] = arrays["habit.seen"]
    habit.last[arrays["habit.at"]] = arrays["habit.last"]
    habit.step = int(arrays["habit.step"])


def entries_out(live: Sequence[Entry]) -> Arrays:
    return {
        "entry.at": np.array([entry.at for entry in live], np.float64),
        "entry.step": np.array([entry.step for entry in live], np.int64),
        "entry.group": np.array([entry.group for entry in live], np.int64),
        "entry.address": np.array([entry.address for entry in live], np.int64),
    }


def entries_in(ids: Sequence[str], arrays: Given) -> list[Entry]:
    columns = (arrays[f"entry.{name}"].tolist() for name in ("at", "step", "group", "address"))
    return [Entry(*row) for row in zip(ids, *columns, strict=True)]


def groups_out(groups: Sequence[Group]) -> Arrays:
    return {
        "group.number": np.array([group.number for group in groups], np.int64),
        "group.last_at": np.array([group.last_at for group in groups], np.float64),
        "group.last_step": np.array([group.last_step for group in groups], np.int64),
        "group.fresh": np.array([group.fresh for group in groups], np.int64),
        **ragged_out("group.addresses", [np.array(group.addresses, np.int64) for group in groups], np.int64),
    }


def groups_in(ids: Sequence[str], arrays: Given, settled: Settled) -> dict[int, Group]:
    columns = (arrays[f"group.{name}"].tolist() for name in ("number", "last_at", "last_step", "fresh"))
    pages = [row.tolist() for row in ragged_in("group.addresses", arrays)]
    return {
        number: Group(id_, number, at, step, fresh, settled.pasts.get(number), addresses)
        for id_, number, at, step, fresh, addresses in zip(ids, *columns, pages, strict=True)
    }


def readings_out(readings: Sequence[Reading]) -> Arrays:
    arrays: Arrays = {}
    for column in fields(Reading):
        rows = [getattr(reading, column.name) for reading in readings]
        arrays |= ragged_out(f"reading.{column.name}", rows, np.int8 if column.name == "kinds" else np.int32)
    return arrays


def readings_in(arrays: Given) -> list[Reading]:
    columns = [ragged_in(f"reading.{column.name}", arrays) for column in fields(Reading)]
    return [Reading(*row) for row in zip(*columns, strict=True)]


def window_out(window: Window) -> Arrays:
    arrays = {"window.times": window.times} | rows_out("window.vectors", window.vectors)
    for name, found in (("pairs", window.pairs), ("settled", window.settled)):
        arrays |= {f"window.{name}.{part}": column for part, column in found.whole()._asdict().items()}
    return arrays


def window_in(window: Window, arrays: Given, old: int, indexed: int) -> None:
    window.vectors, window.times = rows_in("window.vectors", arrays), arrays["window.times"]
    window.pairs, window.settled = (
        Found(Likest(*(arrays[f"window.{name}.{part}"] for part in Likest._fields)))
        for name in ("pairs", "settled")
    )
    window.old, window.indexed = old, indexed
    window.shelve()


def settled_out(name: str, settled: Settled) -> Arrays:
    pasts = list(settled.pasts.values())
    return {
        f"{name}.number": np.array(list(settled.pasts), np.int64),
        f"{name}.size": np.array([past.size for past in pasts], np.float64),
        f"{name}.own": np.array([past.own for past in pasts], np.float64),
        f"{name}.at": np.array([past.at for past in pasts], np.float64),
        **ragged_out(f"{name}.columns", [past.columns for past in pasts], np.int32),
        **ragged_out(f"{name}.values", [past.values for past in pasts], np.float32),
        **ragged_out(f"{name}.part", [segment.left() for segment in settled.segments], np.int64),
        **ragged_out(
            f"{name}.part.columns", [segment.shelf.columns for segment in settled.segments], np.int32
        ),
    }


def settled_in(name: str, settled: Settled, arrays: Given) -> None:
    numbers = (arrays[f"{name}.{part}"].tolist() for part in ("size", "own", "at"))
    columns, values = ragged_in(f"{name}.columns", arrays), ragged_in(f"{name}.values", arrays)
    pasts = [Past(*row) for row in zip(columns, values, *numbers, strict=True)]
    named = dict(zip(arrays[f"{name}.number"].tolist(), pasts, strict=True))
    parts = zip(ragged_in(f"{name}.part", arrays), ragged_in(f"{name}.part.columns", arrays), strict=True)
    settled.restore(named, parts)


def ragged_out(name: str, rows: Sequence[NDArray[Any]], kind: type) -> Arrays:
    """Rows of unlike length, one after the other, and where each ends."""
    return {
        name: np.concatenate(rows) if rows else np.zeros(0, kind),
        f"{name}.end": np.cumsum([len(row) for row in rows], dtype=np.int64),
    }


def ragged_in(name: str, arrays: Given) -> list[NDArray[Any]]:
    ends = arrays[f"{name}.end"]
    return np.split(arrays[name], ends[:-1]) if len(ends) else []


def rows_out(name: str, rows: sparse.csr_array) -> Arrays:
    return {f"{name}.{part}": getattr(rows, part) for part in ("data", "indices", "indptr")}


def rows_in(name: str, arrays: Given) -> sparse.csr_array:
    data, indices, indptr = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, WIDTH))
