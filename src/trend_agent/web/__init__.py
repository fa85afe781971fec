"""What a person sees: pages written by the server, complete without scripts."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from trend_agent.web.pages import router
from trend_agent.web.rendering import environment, lost

HERE = Path(__file__).parent


def add_pages(app: FastAPI) -> None:
    """Give an application of the API its pages, which read from the same desk."""
    app.state.templates = environment()
    app.add_exception_handler(HTTPException, lost)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
