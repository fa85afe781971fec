"""Jobs in this process: there is no broker, and nothing to wait for."""

from __future__ import annotations

from typing import Any

from trend_agent.jobs.carrier import ATTEMPTS
from trend_agent.jobs.doing import do
from trend_agent.jobs.tools import Tools


class Here:
    """Carries in this process."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    async def carry(self, job: str, arguments: dict[str, Any], *, key: str, attempts: int = ATTEMPTS) -> Any:
        return await do(self.tools, job, arguments)

    async def forget(self, *keys: str) -> None: ...

    async def close(self) -> None:
        await self.tools.__aexit__()
