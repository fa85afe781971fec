"""A list of trends written so that a reader can compute every score again: JSON objects, one a line.

The first line holds what the scores of a moment share, each further one a trend with the facts of its items. Every
line carries a mark of each of its parts, a hash, so that whoever changes one is found out and the part is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson

from trend_agent.items import Term, digest, stamp
from trend_agent.processing.rank.balance import Candidate
from trend_agent.processing.rank.columns import NOBODY
from trend_agent.processing.rank.moment import Account, Moment
from trend_agent.processing.rank.ranker import Placed, Ranker
from trend_agent.storage import Fact

Row = dict[str, Any]


def exported(
    ranker: Ranker, moment: Moment, facts: Mapping[int, Fact], placed: Sequence[Placed]
) -> list[Row]:
    """The lines of a list: `placed` are its first places, in their order."""
    told = ranker.told(moment, placed)
    head = _shared(ranker, moment, facts)
    return [
        marked(row)
        for row in (head, *(_trend(moment, one, rank, told[one.key]) for rank, one in enumerate(placed, 1)))
    ]


def _shared(ranker: Ranker, moment: Moment, facts: Mapping[int, Fact]) -> Row:
    dead = moment.weighed.dead
    dial = moment.chance.dial
    return {
        "kind": "list",
        "at": stamp(moment.at),
        "configuration": ranker.configuration,
        "made_by": ranker.made_by,
        "settings": {
            **asdict(ranker.settings),
            "window": ranker.settings.window.total_seconds(),
        },
        "tide": moment.tide.tolist(),
        "known_since": moment.weighed.authors.begin,
        "dead_sources": sorted(
            name for code, name in enumerate(moment.weighed.columns.sources) if dead[code]
        ),
        "dial": {
            "tails": [list(tail) for tail in dial.tails],
            "series": int(dial.today.size),
            "scale": moment.chance.scale,
        },
        "hold": asdict(moment.hold),
        "wanted_mix": ranker.target(
            [one.candidate for one in ranker.placed(moment, facts) if one.candidate is not None]
        ),
    }


def _trend(moment: Moment, one: Placed, rank: int, account: Account) -> Row:
    return {
        "kind": "trend",
        "rank": rank,
        "topic": moment.weighed.columns.topics[one.key],
        "score": one.score,
        "state": account.state,
        "velocity": account.velocity,
        "confidence": account.confidence,
        "alarm": stamp(account.alarm) if account.alarm else None,
        "variety": _variety(one.candidate) if one.candidate else None,
        "terms": [plain_term(term) for term in (*account.terms, *one.terms)],
        "items": _items(moment, one.key),
    }


def _variety(one: Candidate) -> Row:
    """What the balanced pass looked at."""
    return {"leader": one.leader, "category": one.category, "words": sorted(one.words)}


def plain_term(term: Term) -> Row:
    return {"name": term.name, "value": term.value, "inputs": dict(term.inputs)}


def _items(moment: Moment, topic: int) -> list[Row]:
    """What a topic's items bring into its score. Times are seconds since 1970, null where they are not known:
    `counted_at` is when an item counts as published, `author_days` on how many earlier days its author was seen on
    its source."""
    weighed, columns = moment.weighed, moment.weighed.columns
    return [
        {
            "id": columns.named[int(columns.row[row])],
            "seq": int(columns.seq[row]),
            "counted_at": _finite(weighed.times[row]),
            "seen_at": float(columns.seen[row]),
            "source": columns.sources[int(columns.source[row])],
            "family": columns.families[int(columns.family[row])],
            "voice": int(columns.voice[row]),
            "author": _known(int(columns.author[row])),
            "author_days": _finite(weighed.authors.days[row]),
            "wire": _known(int(columns.wire[row])),
            "copy": bool(columns.copy[row]),
            "louder_than": int(weighed.louder[row]),
            "heard": int(weighed.heard[row]),
            "weight": float(weighed.weights[row]),
        }
        for row in range(columns.rows(topic).start, columns.rows(topic).stop)
    ]


def _finite(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _known(code: int) -> int | None:
    return None if code == NOBODY else code


def marked(row: Row) -> Row:
    """The row with a mark of each of its parts; of a list of objects, one of each of them."""
    return {**row, "marks": {name: marks_of(value) for name, value in row.items()}}


def marks_of(value: Any) -> str | list[str]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_mark(part) for part in value]
    return _mark(value)


def _mark(value: Any) -> str:
    return digest(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), size=4)


def written(rows: Sequence[Row]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n" for row in rows)
