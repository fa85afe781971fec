"""The files of exports: JSON Lines, plain or gzipped, and Parquet, which holds the same entries as columns.

In Parquet every table is a column of structures, filled in the rows that are of that table:
`SELECT items.title FROM 'export.parquet' WHERE items IS NOT NULL`.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from trend_agent.errors import Misconfigured, Rejected, Unavailable

Entry = Mapping[str, Mapping[str, Any]]
Columns = Mapping[str, Mapping[str, str]]
"""Table → column → type of DuckDB."""

READ = 500


def write(path: Path, entries: Iterable[Entry], columns: Columns) -> None:
    """Write a file, whole or not at all; its name says the form."""
    with whole(path) as part:
        if path.suffix == ".parquet":
            _write_parquet(part, entries, columns)
        else:
            with _opened(path.suffix, part, "wb") as file:
                write_lines(file, entries)


def write_lines(file: BinaryIO, entries: Iterable[Entry]) -> int:
    """Write JSON Lines; returns the bytes of the longest."""
    longest = 0
    for entry in entries:
        longest = max(longest, file.write(orjson.dumps(entry) + b"\n"))
    file.flush()
    return longest


def read(path: Path) -> Iterator[Entry]:
    """The entries of a file. `Rejected` where it is none."""
    if path.suffix == ".parquet":
        yield from _read_parquet(path)
        return
    try:
        with _opened(path.suffix, path, "rb") as file:
            yield from read_lines(file)
    except (EOFError, gzip.BadGzipFile, OSError) as fault:
        raise Rejected(f"cannot read {str(path)!r}: {fault}") from fault


def read_lines(file: BinaryIO) -> Iterator[Entry]:
    for number, line in enumerate(file, 1):
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError as fault:
            raise Rejected(f"line {number} of the export is no JSON: {fault}") from fault
        if not isinstance(entry, dict) or not all(isinstance(row, dict) for row in entry.values()):
            raise Rejected(f"line {number} of the export is no entry")
        yield entry


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when all went well, and is gone otherwise."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        raise Unavailable(f"cannot write {str(path)!r}: {fault.strerror or fault}") from fault
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """The same for a folder, which may be there and empty."""
    part = path.with_name(f".{path.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        for file in part.iterdir():
            with file.open("rb+") as written:
                os.fsync(written.fileno())
        part.replace(path)
    except OSError as fault:
        raise Unavailable(f"cannot write {str(path)!r}: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _opened(suffix: str, path: Path, mode: str) -> BinaryIO:
    if suffix == ".gz":
        return gzip.open(path, mode, compresslevel=6)  # type: ignore[return-value]
    return path.open(mode)  # type: ignore[return-value]


def _write_parquet(path: Path, entries: Iterable[Entry], columns: Columns) -> None:
    """By way of JSON Lines in a temporary file: DuckDB makes columns of them without holding them all."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".trend-") as folder:
        lines = Path(folder) / "entries.jsonl"
        with lines.open("wb") as file:
            longest = write_lines(file, entries)
        kinds = {
            "export": "STRUCT(form BIGINT, schema VARCHAR, hash VARCHAR)",
            **{
                table: f"STRUCT({', '.join(f'{_name(c)} {kind}' for c, kind in of.items())})"
                for table, of in columns.items()
            },
            "end": "STRUCT(rows BIGINT, digest VARCHAR)",
        }
        with _duckdb() as database:
            database.execute(
                f"COPY (SELECT * FROM read_json(?, columns = ?, format = 'newline_delimited', "  # noqa: S608
                f"maximum_object_size = {longest + 1})) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)",
                [str(lines), kinds],
            )


def _read_parquet(path: Path) -> Iterator[Entry]:
    with _duckdb() as database:
        rows = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in rows.description]
        while some := rows.fetchmany(READ):
            for row in some:
                yield {
                    name: {key: value for key, value in of.items() if value is not None}
                    for name, of in zip(names, row, strict=True)
                    if of is not None
                }


def _name(column: str) -> str:
    return f'"{column}"'


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def _duckdb() -> Iterator[Any]:
    try:
        import duckdb
    except ImportError as fault:
        raise Misconfigured("Parquet needs duckdb; run `pip install 'trend-agent[parquet]'`") from fault
    with duckdb.connect() as database:
        try:
            database.execute("SET autoinstall_known_extensions = false; SET threads = 2")
            yield database
        except duckdb.IOException as fault:
            raise Unavailable(f"the Parquet file cannot be used: {str(fault).splitlines()[0]}") from fault
        except duckdb.Error as fault:
            raise Rejected(f"the Parquet file cannot be used: {str(fault).splitlines()[0]}") from fault
