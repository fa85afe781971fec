"""A headless Chromium, spoken to by its DevTools protocol; nothing of it has to be installed for Python."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)  # fmt: skip


def found() -> str | None:
    """The browser on this machine, where there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def launched(program: str) -> Iterator[str]:
    """A running browser; gives the address it takes orders at."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://127.0.0.1:{_port(Path(folder) / 'DevToolsActivePort', process)}"
        finally:
            process.terminate()
            process.wait(10)


def _port(note: Path, process: subprocess.Popen[bytes]) -> int:
    """The port, which the browser writes down when it is ready."""
    for _ in range(600):
        if note.exists() and (lines := note.read_text().splitlines()):
            return int(lines[0])
        assert process.poll() is None, "the browser ended before it began"
        time.sleep(0.05)
    raise TimeoutError("the browser did not get ready within 30 s")


class Tab:
    """One page. `complaints` are errors on its console, `asked` the addresses it requested."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.line = line
        self.number = 0
        self.complaints: list[str] = []
        self.asked: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.number += 1
        number = self.number
        await self.line.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads((await self.line.receive(timeout=30)).data)
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            self._hear(message)

    def _hear(self, event: dict[str, Any]) -> None:
        match event["method"], event["params"]:
            case "Network.requestWillBeSent", {"request": {"url": str(address)}}:
                self.asked.append(address)
            case "Log.entryAdded", {"entry": {"level": "error" | "warning", "text": str(text)}}:
                self.complaints.append(text)
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self.complaints.append(str(details))

    async def look(self, *, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """Be a screen of this size and colour scheme."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def go(self, address: str) -> None:
        await self.call("Page.navigate", url=address)
        await self.until(f"location.href === {json.dumps(address)} && document.readyState === 'complete'")

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait for an expression to become true."""
        for _ in range(200):
            if await self.evaluate(expression):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"never became true: {expression}")

    async def picture(self) -> bytes:
        return b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def tab(browser: str) -> AsyncIterator[Tab]:
    """A new page of a running browser."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f"{browser}/json/new?about:blank") as answer:
            target = await answer.json()
        async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as line:
            made = Tab(line)
            for room in ("Page", "Runtime", "Log", "Network"):
                await made.call(f"{room}.enable")
            yield made
        async with session.get(f"{browser}/json/close/{target['id']}"):
            pass
