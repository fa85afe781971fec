"""Compute every score of an export again, from the export alone, by the code that ranks; and name what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from math import isclose
from typing import Any

import numpy as np
import orjson

from trend_agent.errors import Rejected
from trend_agent.items import Term, digest, stamp, utc
from trend_agent.processing.detect import DetectSettings, Dial
from trend_agent.processing.rank.balance import Candidate, Page
from trend_agent.processing.rank.columns import NOBODY, Columns, Floats, Names
from trend_agent.processing.rank.counts import Authors, independence, series_of
from trend_agent.processing.rank.export import Row, marks_of, plain_term
from trend_agent.processing.rank.hold import Hold, Told
from trend_agent.processing.rank.measures import Weighed, ages_of
from trend_agent.processing.rank.moment import Account, Moment, accounts
from trend_agent.processing.rank.settings import RankSettings
from trend_agent.processing.rank.stream import Chance

CLOSE = 1e-9
"""Scores are to agree to so much; what a term was computed from is written to six places."""


def verify(lines: Iterable[bytes]) -> tuple[int, list[str]]:
    """How many scores were computed again, and what is wrong, in words; nothing where all is as written.

    `Rejected` says why a text is no export at all.
    """
    rows = [_row(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows or rows[0].get("kind") != "list":
        raise Rejected(
            "an export begins with a line of kind 'list'; write one with `trend top --export FILE`"
        )
    faults = [fault for number, row in enumerate(rows, 1) for fault in _changed(number, row)]
    try:
        faults += _recomputed(rows[0], rows[1:])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as fault:
        faults.append(f"the scores cannot be computed again: {type(fault).__name__} {fault}")
    return len(rows) - 1, faults


def _row(number: int, line: bytes) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        raise Rejected(f"line {number} is no JSON: {fault}") from None
    if not isinstance(row, dict):
        raise Rejected(f"line {number} is no JSON object")
    return row


def _changed(number: int, row: Row) -> Iterator[str]:
    """The parts of a line that are not what was written."""
    marks = row.get("marks")
    if not isinstance(marks, dict):
        yield f"line {number}: its marks are missing"
        return
    where = f"line {number}" + (f" (topic {row['topic']})" if "topic" in row else "")
    for name in sorted((row.keys() | marks.keys()) - {"marks"}):
        found, wanted = marks_of(row[name]) if name in row else None, marks.get(name)
        if found == wanted:
            continue
        if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
            for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
                if one != other:
                    part = row[name][place]
                    yield f"{where}: {name}[{place}] ({part.get('id') or part.get('name')}) was changed"
        else:
            yield f"{where}: {name!r} was changed"


def _recomputed(head: Row, rows: Sequence[Row]) -> list[str]:
    settings = settings_of(head["settings"])
    faults = []
    if digest(head["made_by"], settings.hash) != head["configuration"]:
        faults.append("line 1: 'configuration' is not the hash of 'made_by' and 'settings'")
    if not rows:
        return faults
    moment = _moment(head, rows, settings)
    keys = {topic: k for k, topic in enumerate(moment.weighed.columns.topics)}
    rivals = {keys[row["topic"]]: int(_input(row, "surprise", "as_surprising")) for row in rows}
    told = accounts(moment, list(rivals), settings, rivals=rivals)
    page, above = Page(settings, head["wanted_mix"]), np.inf
    for number, row in enumerate(rows, 2):
        k = keys[row["topic"]]
        again = _again(told[k], _varied(page, k, row, float(moment.relevance[k])))
        again |= {"rank": number - 1, "weights": moment.weighed.weights[moment.rows(k)].tolist()}
        given = {**row, "weights": [item["weight"] for item in row["items"]]}
        found = list(_differing(given, again))
        if row["score"] > above + CLOSE:
            found.append("its score is above that of the place before")
        faults += [f"line {number} (topic {row['topic']}): {fault}" for fault in found]
        above = row["score"]
    return faults


def _varied(page: Page, k: int, row: Row, relevance: float) -> list[Term]:
    """What variety makes of the next topic of the list; nothing where it was not chosen from the pool."""
    if not row["variety"]:
        return []
    candidate = _candidate(k, row, relevance)
    terms = page.terms(candidate)
    page.take(candidate)
    return terms


def _again(account: Account, variety: Sequence[Term]) -> Row:
    """A row's numbers as its items give them."""
    terms = [*account.terms, *variety]
    return {
        "state": account.state,
        "velocity": account.velocity,
        "confidence": account.confidence,
        "alarm": stamp(account.alarm) if account.alarm else None,
        "terms": [plain_term(term) for term in terms],
        "score": sum(term.value for term in terms),
    }


def _differing(given: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    for name in ("rank", "state", "velocity", "confidence", "alarm", "score"):
        if not _same(given[name], again[name], CLOSE):
            yield f"{name!r} says {given[name]}, its items give {again[name]}"
    for place, (one, other) in enumerate(zip(given["weights"], again["weights"], strict=True)):
        if not _same(one, other, CLOSE):
            yield f"the weight of items[{place}] says {one}, its facts give {other}"
    if [term["name"] for term in given["terms"]] != [term["name"] for term in again["terms"]]:
        yield f"its terms should be {', '.join(term['name'] for term in again['terms'])}"
        return
    for one, other in zip(given["terms"], again["terms"], strict=True):
        if not _same(one["value"], other["value"], CLOSE):
            yield f"term {one['name']!r} says {one['value']}, its items give {other['value']}"
        for key in sorted(one["inputs"].keys() | other["inputs"].keys()):
            if not _same(one["inputs"].get(key), other["inputs"].get(key), 2e-6):
                yield (
                    f"term {one['name']!r}, {key!r} says {one['inputs'].get(key)}, "
                    f"its items give {other['inputs'].get(key)}"
                )


def _same(one: Any, other: Any, tolerance: float) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return isclose(one, other, rel_tol=1e-9, abs_tol=tolerance) if numbers else bool(one == other)


def _input(row: Row, term: str, name: str) -> float:
    return float({one["name"]: one["inputs"] for one in row["terms"]}[term][name])


def _candidate(k: int, row: Row, relevance: float) -> Candidate:
    variety = row["variety"]
    return Candidate(
        k, row["topic"], relevance, variety["leader"], variety["category"], frozenset(variety["words"])
    )


def settings_of(written: Mapping[str, Any]) -> RankSettings:
    """The settings as an export has them; `KeyError` names one that is missing."""
    detect = dict(written["detect"])
    detect["gains"] = tuple(detect["gains"])
    known = {field.name: written[field.name] for field in fields(RankSettings)}
    window = timedelta(seconds=written["window"])
    return RankSettings(**{**known, "window": window, "detect": DetectSettings(**detect)})


def _moment(head: Row, rows: Sequence[Row], settings: RankSettings) -> Moment:
    """The moment of an export, of the topics in it alone."""
    at = utc(datetime.fromisoformat(head["at"]))
    columns, times, louder, heard, days = _columns(rows)
    authors = Authors(days, float(head["known_since"]))
    evidence = independence(columns, times, authors, settings)
    silent = set(head["dead_sources"])
    dead = np.array([name in silent for name in columns.sources], np.bool_)
    ages = ages_of(times, at, settings)
    weighed = Weighed(columns, at, times, ages, evidence, louder, heard, dead, authors)
    tide = np.array(head["tide"], np.float64)
    series, counted = series_of(columns, times, evidence.weights, at, settings, bins=tide.size)
    dial = Dial(settings.detect.bins_per_day, tails=[(a, b, c) for a, b, c in head["dial"]["tails"]])
    dial.today = np.zeros(head["dial"]["series"])
    scale, per_day = head["dial"]["scale"], settings.false_alarms_per_day
    chance = Chance(dial, per_day, dial.threshold(per_day / scale), scale)
    told = Told.of(columns, times)
    hold = Hold(**head["hold"])
    return Moment.of(
        weighed, series, counted, tide=tide, chance=chance, hold=hold, told=told, settings=settings
    )


def _columns(rows: Sequence[Row]) -> tuple[Columns, Floats, Floats, Floats, Floats]:
    """The items of an export as columns; when they count; how loud they are and among how many; on how many earlier
    days their authors were seen."""
    ordered = sorted(rows, key=lambda row: row["topic"])
    topics = [row["topic"] for row in ordered]
    if len(set(topics)) < len(topics):
        raise ValueError("a topic is listed twice")
    items = [item for row in ordered for item in sorted(row["items"], key=lambda item: item["seq"])]
    owner = np.repeat(np.arange(len(topics)), [len(row["items"]) for row in ordered])
    sources, families = Names(), Names()

    def codes(name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array([NOBODY if item[name] is None else item[name] for item in items], np.int64)

    def numbers(name: str) -> Floats:
        return np.array([np.nan if item[name] is None else item[name] for item in items], np.float64)

    times = numbers("counted_at")
    columns = Columns(
        seq=codes("seq"),
        row=np.arange(len(items)),
        named=[item["id"] for item in items],
        topic=owner,
        source=np.array([sources[item["source"]] for item in items], np.int64),
        family=np.array([families[item["family"]] for item in items], np.int64),
        voice=codes("voice"),
        author=codes("author"),
        wire=codes("wire"),
        seen=numbers("seen_at"),
        published=times,
        copy=np.array([item["copy"] for item in items], np.bool_),
        engagement=np.full(len(items), np.nan),
        topics=topics,
        sources=list(sources),
        families=list(families),
    )
    return columns, times, numbers("louder_than"), numbers("heard"), numbers("author_days")
