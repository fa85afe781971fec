"""The web server around the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI

from trend_agent.errors import Misconfigured


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


class Server(uvicorn.Server):
    """A server that tells those who would be sent events for ever that it ends, before it waits for them."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.ending = ending

    async def shutdown(self, *args: Any, **rest: Any) -> None:
        self.ending()
        await super().shutdown(*args, **rest)


LARGEST_FRAME = 128 << 10
"""Bytes of one message that a WebSocket takes."""


async def serve(application: FastAPI, *, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM, then finish the answers under way."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,  # a small frame could be a large message
    )
    await Server(config, application.state.live.close).serve()
