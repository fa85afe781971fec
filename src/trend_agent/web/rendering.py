"""From values to HTML: the templates, what they may call, and what a page says when there is no page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from trend_agent.api.errors import answer, problem_of, with_methods
from trend_agent.errors import TrendError
from trend_agent.items import stamp
from trend_agent.web import words
from trend_agent.web.drawing import columns


def environment() -> Environment:
    """The templates of the pages; everything put into them is escaped."""
    made = Environment(
        loader=PackageLoader("trend_agent.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        ago=words.ago,
        columns=columns,
        day=words.day,
        headline_language=words.headline_language,
        language_tag=words.language_tag,
        said=words.said,
        short=words.short,
        stamp=stamp,
        sure=words.sure,
        web_address=words.web_address,
        why=words.why,
    )
    made.globals["states"] = words.STATES
    return made


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    templates: Environment = request.app.state.templates
    return HTMLResponse(templates.get_template(template).render(**values), status)


def problem_page(request: Request, fault: Exception) -> Response:
    """A fault told to a person, with the code and headers a program would get."""
    problem, headers = problem_of(fault)
    page = render(request, "problem.html", status=problem.status, problem=problem)
    page.headers.update(headers)
    return page


async def lost(request: Request, fault: Exception) -> Response:
    """What is not there, or not in that way: a page for who reads pages, else problem+json."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        return problem_page(request, fault)
    return answer(with_methods(request, fault) if isinstance(fault, HTTPException) else fault)


class PageRoute(APIRoute):
    """A route whose faults are shown to a person."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except (TrendError, RequestValidationError) as fault:
                return problem_page(request, fault)

        return shown
