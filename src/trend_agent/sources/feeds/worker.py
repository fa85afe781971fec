"""The process in which strangers' documents are read: `python -m trend_agent.sources.feeds.worker MEMORY CPU`

Takes documents on stdin and answers on stdout until stdin ends. It cannot write files, grow over MEMORY
bytes of data or spend over CPU seconds on one document; what goes wrong in a way nobody foresaw ends it.
"""

from __future__ import annotations

import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import orjson

from trend_agent.errors import Rejected
from trend_agent.sources.feeds import page
from trend_agent.sources.feeds.feed import Document
from trend_agent.sources.feeds.reading import read

ASKED = struct.Struct(">QQ")
"""Bytes of the head (JSON: wanted, headers, url, plain) and of the body, which follow."""

ANSWERED = struct.Struct(">?Q")
"""Whether the process takes another document, and bytes of the answer (JSON: what was wanted, or error)."""

LARGE = 2 << 20
"""Bytes of a document after which the process leaves its place to a fresh one, small again."""


READERS: Mapping[str, Callable[[], Callable[[Document], Any]]] = {"feed": lambda: read, "text": page.reader}
"""What may be wanted of a document, and what gives the function that reads it."""


def main(memory: int, cpu: float) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    sys.excepthook = last_words
    source = sys.stdin.buffer
    stays = True
    while stays and (sizes := source.read(ASKED.size)):
        head, body = (source.read(size) for size in ASKED.unpack(sizes))
        asked = orjson.loads(head)
        wanted = asked.pop("wanted")
        reader = READERS[wanted]()
        signal.setitimer(signal.ITIMER_PROF, cpu)  # behind it the system ends the process
        answer = answered(wanted, reader, Document(body, **asked))
        signal.setitimer(signal.ITIMER_PROF, 0)
        stays = len(body) < LARGE
        send(answer, stays=stays)


def answered(wanted: str, reader: Callable[[Document], Any], document: Document) -> dict[str, Any]:
    try:
        return {wanted: reader(document)}
    except Rejected as fault:
        return {"error": str(fault)}


def send(answer: dict[str, Any], *, stays: bool) -> None:
    text = orjson.dumps(answer)
    sys.stdout.buffer.write(ANSWERED.pack(stays, len(text)) + text)
    sys.stdout.buffer.flush()


def last_words(kind: type[BaseException], fault: BaseException, _: TracebackType | None) -> None:
    """What ended the process, as the answer to the document that did it."""
    send({"error": f"the document cannot be read ({kind.__name__}: {str(fault)[:200]})"}, stays=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
