"""The complete state of a clusterer as bytes: a compressed NumPy archive, with a page of JSON in it."""

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
from trend_agent.processing.cluster.address import known
from trend_agent.processing.cluster.arrivals import Arrivals, Shelf
from trend_agent.processing.cluster.live import Entry, Group
from trend_agent.processing.cluster.terms import PLACES, Reading

if TYPE_CHECKING:
    from trend_agent.processing.cluster.clusterer import Clusterer

FORMAT = 1
TABLES = ("grams", "terms", "lower", "upper")
SHELVES = ("base", "recent", "newest")
Arrays = dict[str, NDArray[Any]]


def dump(one: Clusterer) -> bytes:
    """Everything that `restore` needs to go on as if nothing had happened."""
    page = {
        "format": FORMAT,
        "clock": None if one.clock is None else one.clock.isoformat(),
        "timed": one.timed,
        "step": one.step,
        "in_step": one.in_step,
        "next_group": one.next_group,
        "noise": one.noise,
        "counted": one.counts.items,
        "uncounted": len(one.uncounted),
        "ids": [entry.id for entry in one.live],
        "groups": [[group.number, group.id] for group in one.groups.values()],
    }
    arrays: Arrays = {"page": np.frombuffer(orjson.dumps(page), np.uint8)}
    for name in TABLES:
        table = getattr(one.counts, name)
        arrays[f"{name}.at"] = np.flatnonzero(table)
        arrays[f"{name}.count"] = table[arrays[f"{name}.at"]]
    arrays.update(entries_out(one.live))
    for name in SHELVES:
        arrays.update(shelf_out(name, getattr(one.arrivals, name)))
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def restore(one: Clusterer, state: bytes) -> None:
    """Put a fresh clusterer into a dumped state; `Rejected` where the bytes are none."""
    try:
        with np.load(io.BytesIO(state), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        page = orjson.loads(arrays["page"].tobytes())
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as fault:
        raise Rejected(f"cannot read the state of the clusterer ({fault})") from fault
    if page["format"] != FORMAT:
        raise Rejected(
            f"cannot read the state of the clusterer: format {page['format']!r}, expected {FORMAT!r}"
        )
    one.clock = datetime.fromisoformat(page["clock"]).astimezone(UTC) if page["clock"] else None
    one.timed, one.step, one.in_step = page["timed"], page["step"], page["in_step"]
    one.next_group, one.noise, one.counts.items = page["next_group"], page["noise"], page["counted"]
    for name in TABLES:
        getattr(one.counts, name)[arrays[f"{name}.at"]] = arrays[f"{name}.count"]
    one.live = entries_in(page["ids"], arrays)
    one.uncounted = [entry.reading for entry in one.live[len(one.live) - page["uncounted"] :]]
    one.groups = {number: Group(id_, number) for number, id_ in page["groups"]}
    for entry in one.live:
        one.groups[entry.group].entries.append(entry)
    one.arrivals = Arrivals(*(shelf_in(name, arrays) for name in SHELVES), at_address=known(one.live))


def entries_out(live: Sequence[Entry]) -> Arrays:
    arrays: Arrays = {
        "at": np.array([entry.at for entry in live], np.float64),
        "step": np.array([entry.step for entry in live], np.int64),
        "group": np.array([entry.group for entry in live], np.int64),
        "address": np.array([entry.address for entry in live], np.int64),
    }
    for column in fields(Reading):
        rows = [getattr(entry.reading, column.name) for entry in live]
        arrays[f"reading.{column.name}"] = np.concatenate(rows) if rows else np.zeros(0, np.int32)
        arrays[f"reading.{column.name}.end"] = np.cumsum([len(row) for row in rows], dtype=np.int64)
    return arrays


def entries_in(ids: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> list[Entry]:
    columns = [
        np.split(arrays[f"reading.{column.name}"], arrays[f"reading.{column.name}.end"][:-1])
        for column in fields(Reading)
    ]
    numbers = [arrays[name].tolist() for name in ("at", "step", "group", "address")]
    return [
        Entry(id_, at, step, Reading(*(column[row] for column in columns)), group, address)
        for row, (id_, at, step, group, address) in enumerate(zip(ids, *numbers, strict=True))
    ]


def shelf_out(name: str, shelf: Shelf) -> Arrays:
    return {
        f"{name}.data": shelf.vectors.data,
        f"{name}.indices": shelf.vectors.indices,
        f"{name}.indptr": shelf.vectors.indptr,
        f"{name}.times": shelf.times,
        f"{name}.topics": shelf.topics,
    }


def shelf_in(name: str, arrays: Mapping[str, NDArray[Any]]) -> Shelf:
    data, indices, indptr = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    vectors = sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, PLACES))
    return Shelf(vectors, arrays[f"{name}.times"], arrays[f"{name}.topics"])
