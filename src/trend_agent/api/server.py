"""The web server around the application."""

from __future__ import annotations

import asyncio

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
    )
    await uvicorn.Server(config).serve()
