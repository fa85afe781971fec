"""What a person sees: the pages written in `web/` at the project's root, built into `app/`, and their addresses."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from trend_agent.api.errors import answer, with_methods
from trend_agent.web.assets import Assets, Built

HERE = Path(__file__).parent
APP = HERE / "app"
UNBUILT = HERE / "unbuilt.html"

ADDRESSES = (
    "/",
    "/trends",
    "/trends/{id}",
    "/sources",
    "/sources/{key:path}",
    "/workflows",
    "/workflows/{id}",
    "/scorecard",
    "/settings",
)
"""Where there are pages; which of them is shown is decided in the browser."""

OF_PROGRAMS = ("/api/", "/feeds/", "/graphql", "/assets/", "/static/")


def add_pages(app: FastAPI, built: Path = APP) -> None:
    """Give an application of the API its pages, which read what they show by the API."""
    router = APIRouter(include_in_schema=False)
    for address in ADDRESSES:
        router.add_api_route(address, lambda: page(built), methods=["GET"])

    async def lost(request: Request, fault: Exception) -> Response:
        """What is not there: a page for who reads pages, else problem+json."""
        told = answer(with_methods(request, fault) if isinstance(fault, HTTPException) else fault)
        person = "text/html" in request.headers.get("accept", "")
        if told.status_code != 404 or not person or request.url.path.startswith(OF_PROGRAMS):
            return told
        return page(built, status=404)

    app.add_exception_handler(HTTPException, lost)
    app.include_router(router)
    if built.is_dir():
        app.mount("/assets", Assets(directory=built / "assets"), name="assets")
        app.mount("/static", Built(directory=built / "static"), name="static")


def page(built: Path, *, status: int = 200) -> Response:
    """The one document of the pages; in a checkout where they were not built, what to do about that."""
    document = built / "index.html"
    if not document.exists():
        return FileResponse(UNBUILT, status_code=503, media_type="text/html")
    return FileResponse(document, status_code=status, media_type="text/html")
