"""JSON Lines in and out, so that every stage is a Unix filter."""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from trend_agent.errors import Rejected

LONGEST = 16 << 20
"""Bytes of one line; a longer one is refused without being held in memory as an object."""

BROKEN = "the gzip stream is broken"

CUT = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading raises where a gzip stream ends early or is no such stream."""

GZIP = b"\x1f\x8b"
"""How a gzip stream begins, whatever its file is called."""

STDIN = Path("-")


class Lines:
    """The JSON objects of files (`-` or none reads stdin, gzip is unpacked), one per line.

    A line that is no JSON object is reported on stderr with its file and number, counted in `bad`,
    and the run goes on.
    """

    def __init__(self, files: Sequence[Path] = ()) -> None:
        self.files = list(files) or [STDIN]
        self.bad = 0
        for file in self.files:
            readable(file)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for file in self.files:
            yield from self._of(file)

    def _of(self, file: Path) -> Iterator[dict[str, Any]]:
        for number, line in raw_lines(file):
            row = line if isinstance(line, str) else decoded(line)
            if isinstance(row, dict):
                yield row
            elif row:
                self.bad += 1
                complain(f"{file}:{number}: {row}")


def readable(file: Path, *, again: bool = False) -> None:
    """Raise `Rejected` where a file cannot be read, or not `again` as a pipe cannot, and say why."""
    if file == STDIN:
        why = "it is wanted as a file, so that what was cut off can go on" if again else ""
    elif not file.exists():
        why = "there is no such file"
    elif file.is_dir():
        why = "it is a folder"
    elif not os.access(file, os.R_OK):
        why = "its permissions do not allow it"
    else:
        why = "it can be read once only, and a file is wanted" if again and not file.is_file() else ""
    if why:
        raise Rejected(f"cannot read {str(file)!r}: {why}")


def raw_lines(file: Path) -> Iterator[tuple[int, bytes | str]]:
    """Numbered lines of a file as bytes; text in place of a line says why it cannot be read."""
    number = 0
    try:
        with opened(file) as stream:
            while line := stream.readline(LONGEST):
                number += 1
                if number == 1:
                    line = line.removeprefix(BOM_UTF8)  # as editors on Windows put there
                if len(line) == LONGEST and not line.endswith(b"\n"):
                    while rest := stream.readline(LONGEST):
                        if rest.endswith(b"\n"):
                            break
                    yield number, f"a line of over {LONGEST} bytes"
                    continue
                yield number, line
    except CUT as fault:
        yield (
            number,
            f"{BROKEN} ({fault})",
        )  # no line of its own: the next one may come when the file is whole


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """A file or stdin as bytes, unpacked where it is gzip by its first two bytes."""
    with nullcontext(sys.stdin.buffer) if file == STDIN else file.open("rb") as stream:
        packed = isinstance(stream, io.BufferedReader) and stream.peek(2)[:2] == GZIP
        yield io.BufferedReader(gzip.GzipFile(fileobj=stream)) if packed else stream


def decoded(line: bytes) -> dict[str, Any] | str:
    """The object on a line; or what is wrong with it, empty for a blank line."""
    if not line.strip():
        return ""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        if fault.msg.startswith("str is not valid UTF-8"):
            return "no UTF-8 text"
        return f"no JSON: {fault.msg} at character {fault.colno}"
    return row if isinstance(row, dict) else f"expected an object, found {type(row).__name__}"


def write(row: Mapping[str, Any]) -> None:
    """One JSON line to stdout. Like other filters we end quietly when nobody reads on: our output alone is meant,
    while a connection or a helper that breaks is a fault to be told."""
    try:
        sys.stdout.buffer.write(orjson.dumps(row, default=str) + b"\n")
    except BrokenPipeError:
        nobody_reads()
        sys.exit(0)


def nobody_reads() -> None:
    """Let what is left of our output go nowhere, so that Python does not complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def counted(number: int, noun: str) -> str:
    """`1 line`, `2,000 lines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def complain(text: str) -> None:
    """One line to stderr, with control characters made visible."""
    safe = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    print(f"trend: {safe}", file=sys.stderr)  # noqa: T201  # the one place that writes to stderr by hand
