"""`python tests/served_newsroom.py PORT FOLDER`: the small newsroom on loopback, behind its gate, for programs that
try everything. Whoever shows the key `trend_everything` is an administrator, whatever they did to the keys before.

Its sources lie in a web that is made up, so that nothing an address may hold leads outside.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import uvicorn
from engines import running
from small_newsroom import NOON, SmallDesk, fill, made_trend
from starlette.types import ASGIApp, Receive, Scope, Send

from made_up_web import made_up_http
from places import opened
from trend_agent.api import application
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access
from trend_agent.api.hands import OwnHands
from trend_agent.processing.filtering import Filter
from trend_agent.processing.watching import Watching
from trend_agent.sources import source
from trend_agent.sources.choosing import Choosing
from trend_agent.sources.collector import Collector
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.watches import SqlWatches
from trend_agent.workflow.asked import EngineExecutions

KEY = "trend_everything"


class Standing:
    """Lets the key stand for a real one, which is made anew when somebody has revoked or rotated it."""

    def __init__(self, app: ASGIApp, known: Known, watching: Watching) -> None:
        self.app = app
        self.known = known
        self.watching = watching
        self.text = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [await self._real(name, value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)

    async def _real(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name != b"authorization" or value != f"Bearer {KEY}".encode():
            return name, value
        if not self.text or await self.known.by_key(self.text) is None:
            key, self.text = await self.known.make("everything", "admin")
            await self._some_alerts(key.id)
        return name, f"Bearer {self.text}".encode()

    async def _some_alerts(self, owner: str) -> None:
        await self.watching.add(owner, "all", Filter())
        at = NOON + timedelta(hours=1)
        await self.watching.look([made_trend(f"t{n}", at, n) for n in range(5, 9)])


async def main(port: int, folder: Path) -> None:
    async with (
        opened(Sqlite(folder / "records.sqlite3")) as records,
        made_up_http() as http,
        running(f"sqlite:///{folder}/workflows.sqlite3") as engine,
    ):
        if await records.clock() is None:
            await fill(records)
        desk = SmallDesk(records)
        for hours in range(1, 30):
            desk.past[NOON - timedelta(hours=hours)] = await records.trends()
        known = Known(SqlAccess(records.database), believed=0.0)
        access = Access(Doors(known, anonymous=False))
        configured = [source("rss", url="https://coast.example/feed", called="coast"), source("hackernews")]
        hands = OwnHands(
            records,
            corrected=lambda: None,
            keeping=Keeping(open_cache("memory:", setting="TREND_CACHE")),
            sources=Choosing(records, http, lambda: configured, dict),
            collector=Collector(records, http),
        )
        watches = SqlWatches(records.database)
        app = application(
            desk,
            keeping=Keeping(open_cache("memory:", setting="TREND_CACHE")),
            hands=hands,
            watches=watches,
            executions=EngineExecutions(engine),
            access=access,
        )
        shim = Standing(app, known, Watching(watches, records))
        config = uvicorn.Config(shim, host="127.0.0.1", port=port, log_level="error", access_log=False)
        try:
            await uvicorn.Server(config).serve()
        finally:
            await hands.close()
            await access.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
