"""PostgreSQL, and a database on it for what is written once for both dialects."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services import Server, absent, as_user

T = TypeVar("T")


class Postgres(Server):
    owner = "postgres"
    made = False
    """Whether the tables have been made."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not found:
            absent("there is no PostgreSQL server on this machine")
        super().__init__()
        self.bin = found[-1].parent

    def begin(self) -> None:
        data = self.folder / "data"
        if not data.exists():
            made = [str(self.bin / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
            made += ["--locale=C.UTF-8", "--no-sync"]
            subprocess.run(
                [*as_user("postgres"), *made], check=True, capture_output=True, cwd=self.folder, timeout=60
            )
        options = ["-p", str(self.port), "-k", str(self.folder), "-c", "listen_addresses=127.0.0.1"]
        self.spawn([*as_user("postgres"), str(self.bin / "postgres"), "-D", str(data), *options])

    def ready(self) -> bool:
        command = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False, timeout=10).returncode == 0


class OnPostgres:
    """A `Database`: each function runs on a connection, as one transaction."""

    def __init__(self, port: int) -> None:
        self.engine = create_async_engine(f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres")

    async def write(self, change: Callable[[Connection], T]) -> T:
        async with self.engine.begin() as connection:
            return await connection.run_sync(change)

    read = write

    async def close(self) -> None:
        await self.engine.dispose()
