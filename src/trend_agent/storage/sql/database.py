"""What the records need of a database: something that runs a function on a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Database(Protocol):
    """Whatever runs a function on a connection as one transaction. `name` is how it may be spoken of.

    `alone`: as the owner of the pipeline, of whom there is one; `Conflict` while another process is it.
    `patient`: without a time limit, for upkeep that takes long. `single`: the look is one statement, which sees one
    moment without a transaction around it. `brief`: it reads a few rows that every request asks for.
    """

    name: str

    async def exists(self) -> bool: ...

    async def prepare(self) -> None:
        """Make the place for the records, where that is not done by writing to it."""
        ...

    async def write(
        self, change: Callable[[Connection], T], *, alone: bool = False, patient: bool = False
    ) -> T: ...

    async def read(
        self,
        look: Callable[[Connection], T],
        *,
        patient: bool = False,
        single: bool = False,
        brief: bool = False,
    ) -> T: ...

    async def owned(self) -> bool:
        """Whether a process is the owner of the pipeline at this moment, this one or another."""
        ...

    async def close(self) -> None: ...
