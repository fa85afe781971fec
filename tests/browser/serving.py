"""A real server on a free port, over a newsroom of its own."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from newsroom import Newsroom, fill

from trend_agent.api import application
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade
from trend_agent.web import add_pages


@dataclass
class Served:
    """Where the pages are, and the desk they are read from."""

    address: str
    desk: Newsroom


@contextmanager
def served(
    folder: Path, *, filled: bool = True, rooms: Callable[[Newsroom], Mapping[str, Any]] = lambda _: {}
) -> Iterator[Served]:
    """Pages over records in `folder`, until the block ends; `rooms` are further parts of the application."""
    database = Sqlite(folder / "records.sqlite3")
    database.write_now(upgrade)
    desk = Newsroom(SqlRecords(database, configuration="test"))
    if filled:
        asyncio.run(fill(desk.records))
    app = application(desk, **rooms(desk))
    add_pages(app)
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(app, log_level="error", server_header=False, ws="none", lifespan="off")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Served(f"http://127.0.0.1:{door.getsockname()[1]}", desk)
        server.should_exit = True
        thread.join(10)
    database.close_now()
