"""A deduper's memory as bytes, and back."""

from __future__ import annotations

import heapq
import zlib
from base64 import b64decode, b64encode
from dataclasses import astuple
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from trend_agent.errors import Rejected
from trend_agent.processing.dedupe.known import Original, Text

if TYPE_CHECKING:
    from trend_agent.processing.dedupe.deduper import Deduper

FORM = "dedupe 3"


def dump(deduper: Deduper) -> bytes:
    """JSON, compressed. The keys are written too, so that a memory does not depend on how they were made."""
    state = {
        "form": FORM,
        "clock": deduper.clock if isfinite(deduper.clock) else None,
        "counted": deduper.counted,
        "originals": [[number, *astuple(original)] for number, original in deduper.originals.items()],
        "texts": [[place, number, *_packed(text)] for place, (number, text) in deduper.texts.items()],
        "exact": list(deduper.by_text.values()),
    }
    return zlib.compress(orjson.dumps(state), 1)


def restore(deduper: Deduper, state: bytes) -> Deduper:
    """Fill an empty deduper. `Rejected` where the bytes are none of a dump."""
    try:
        content = orjson.loads(zlib.decompress(state))
    except (zlib.error, orjson.JSONDecodeError) as fault:
        raise Rejected(f"these {len(state)} bytes are no memory of a deduper ({fault})") from fault
    if not isinstance(content, dict) or content.get("form") != FORM:
        raise Rejected(f"expected the form {FORM!r} of a deduper's memory")
    deduper.clock = float("-inf") if content["clock"] is None else content["clock"]
    deduper.counted = content["counted"]
    for number, *fields in content["originals"]:
        original = deduper.originals[number] = Original(*fields)
        deduper.by_address.update(dict.fromkeys(original.addresses, number))
        heapq.heappush(deduper.ageing, (original.last, number))
    for place, number, *fields in content["texts"]:
        text = _unpacked(*fields)
        deduper.texts[place] = (number, text)
        deduper.index.add(place, text.keys)
    for place in content["exact"]:
        deduper.by_text[deduper.texts[place][1].exact] = place
    return deduper


def _packed(text: Text) -> list[Any]:
    runs = b64encode(text.runs.astype("<u4").tobytes()).decode()
    return [text.title, text.short, text.prose, runs, text.keys, text.exact]


def _unpacked(title: str, short: str, prose: str, runs: str, keys: list[int], exact: int) -> Text:
    return Text(title, short, prose, np.frombuffer(b64decode(runs), "<u4").astype(np.uint32), keys, exact)
