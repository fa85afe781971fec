"""Who carries a job: this process (`here.py`), or workers that it is handed to (`celery.py`)."""

from __future__ import annotations

from typing import Any, Protocol

ATTEMPTS = 3
"""How often a job is begun before it is given up."""


class Carrier(Protocol):
    async def carry(self, job: str, arguments: dict[str, Any], *, key: str, attempts: int = ATTEMPTS) -> Any:
        """Have the job done and return what it gave, a JSON value. A `key` that was carried before is the same work:
        it is not done twice where that can be known. `Missing` where there is no such job, `Conflict` where the
        key was used for another one, `GivenUp` where it ends whoever does it."""
        ...

    async def forget(self, *keys: str) -> None:
        """What was carried under these is known to whoever wanted it."""
        ...

    async def close(self) -> None: ...
