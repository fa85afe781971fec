"""The process in which strangers' documents are read: `python -m trend_agent.sources.feeds.worker MEMORY CPU`

Takes documents on stdin and answers on stdout until stdin ends. It cannot write files, grow over MEMORY
bytes of data or spend over CPU seconds on one document; what goes wrong in a way nobody foresaw ends it.
"""

from __future__ import annotations

import resource
import struct
import sys
from dataclasses import asdict
from types import TracebackType
from typing import Any

import orjson

from trend_agent.errors import Rejected
from trend_agent.sources.feeds.feed import Document
from trend_agent.sources.feeds.reading import read

ASKED = struct.Struct(">QQ")
"""Bytes of the head (JSON: headers, url) and of the body, which follow."""

ANSWERED = struct.Struct(">?Q")
"""Whether the process takes another document, and bytes of the answer (JSON: feed or error)."""

LARGE = 96 << 10
"""Kilobytes: once it has been as large as this, it ends and leaves its place to a fresh one."""


def main(memory: int, cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    sys.excepthook = last_words
    source = sys.stdin.buffer
    stays = True
    while stays and (sizes := source.read(ASKED.size)):
        head, body = (source.read(size) for size in ASKED.unpack(sizes))
        allow(cpu)
        answer = answered(Document(body, **orjson.loads(head)))
        stays = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < LARGE
        send(answer, stays=stays)


def allow(cpu: int) -> None:
    """`cpu` more seconds, rounded up; the process is killed behind them."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(spent.ru_utime + spent.ru_stime) + 1 + cpu, resource.RLIM_INFINITY)
    )


def answered(document: Document) -> dict[str, Any]:
    try:
        return {"feed": asdict(read(document))}
    except Rejected as fault:
        return {"error": str(fault)}


def send(answer: dict[str, Any], *, stays: bool) -> None:
    text = orjson.dumps(answer, default=str)
    sys.stdout.buffer.write(ANSWERED.pack(stays, len(text)) + text)
    sys.stdout.buffer.flush()


def last_words(kind: type[BaseException], fault: BaseException, _: TracebackType | None) -> None:
    """What ended the process, as the answer to the document that did it."""
    send({"error": f"the document cannot be read ({kind.__name__}: {str(fault)[:200]})"}, stays=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
