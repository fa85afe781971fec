"""The web server around the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from trend_agent.errors import Misconfigured

HEAD_SECONDS = 15.0
"""How long the head of a request may take to arrive."""

UNREAD_SECONDS = 5.0
"""How long what was answered may lie unread once the connection is hung up on; it is thrown away then."""

GRACE_SECONDS = 10
"""How long answers under way may take when we are told to stop."""


async def probe(host: str, port: int) -> None:
    """`Misconfigured` when the port cannot be had, before any other work is done."""
    try:
        server = await asyncio.start_server(
            lambda _reader, writer: writer.close(), host, port, start_serving=False
        )
    except (OSError, OverflowError) as fault:
        reason = fault.strerror or str(fault) if isinstance(fault, OSError) else str(fault)
        raise Misconfigured(
            f"cannot serve on {host!r} port {port}: {reason.lower()}; choose another by TREND_PORT"
        ) from None
    server.close()
    await server.wait_closed()


LARGEST_FRAME = 128 << 10
"""Bytes of one message that a WebSocket takes."""


def configured(application: FastAPI | None, *, host: str, port: int) -> uvicorn.Config:
    """How we are served. Where requests come from is for our own gate to say, so no header is believed here."""
    return uvicorn.Config(
        application,  # type: ignore[arg-type]  # none is needed to open the port
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=15,
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,  # a small frame could be a large message
    )


async def serve(
    application: FastAPI, *, host: str, port: int, drain: float = 0, sockets: Sequence[Any] = ()
) -> None:
    """Serve until SIGINT or SIGTERM, then finish the answers under way. `drain` is for how many seconds new ones are
    still answered after that, while `/readyz` says no already. `sockets` are open ones to serve on."""
    config = configured(application, host=host, port=port)
    config.load()
    config.http_protocol_class = _impatient(config.http_protocol_class)
    state = application.state
    await _Server(config, state.leaving, drain, ending=state.live.close).serve(list(sockets) or None)


class _Server(uvicorn.Server):
    """A server that tells those who would be sent events for ever that it ends, before it waits for them."""

    def __init__(
        self, config: uvicorn.Config, leaving: asyncio.Event, drain: float, *, ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.leaving = leaving
        self.drain = drain
        self.ending = ending
        self.loop = asyncio.get_running_loop()

    async def shutdown(self, *args: Any, **rest: Any) -> None:
        self.ending()
        await super().shutdown(*args, **rest)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.loop.call_soon_threadsafe(self._leave, sig, frame)

    def _leave(self, sig: int, frame: FrameType | None) -> None:
        """Say that we are leaving first; who tells us a second time does not want to wait."""
        wait = 0.0 if self.leaving.is_set() else self.drain
        self.leaving.set()
        if wait:
            self.loop.call_later(wait, super().handle_exit, sig, frame)
        else:
            super().handle_exit(sig, frame)


def _impatient(kind: type[Any]) -> type[Any]:
    """The protocol, which hangs up on who takes too long to say what they want, and cuts off who does not read the
    answer: they cost us a connection each."""

    class Impatient(kind):  # type: ignore[misc]  # which of the server's protocols it is shows at run time
        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._asked():
                self._stop_waiting()
            elif self._waiting is None:
                self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def timeout_keep_alive_handler(self) -> None:
            super().timeout_keep_alive_handler()
            self._cut_off()

        def _cut_off(self) -> None:
            """Closing waits for the other side to read, which it may never do."""
            self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

        def _asked(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _wait(self) -> None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _give_up(self) -> None:
            self._waiting = None
            if not self._asked() and self.transport.get_protocol() is self:
                self.transport.close()
                self._cut_off()

    return Impatient
