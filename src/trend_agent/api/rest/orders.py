"""What a process without the records had their owner do, and was not answered at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response
from pydantic import TypeAdapter

from trend_agent.api.access import WRITE
from trend_agent.api.access.writes import note
from trend_agent.api.orders.asking import Pending
from trend_agent.api.rest.answers import OrderTold
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples.admin import ORDER, WAITING
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.errors import Missing
from trend_agent.storage.orders import Order
from trend_agent.storage.sql.orders import SqlOrders

router = APIRouter(prefix="/api/v1/orders", tags=["administration"], route_class=SparseRoute)

_told = TypeAdapter(OrderTold)

OVER = timedelta(minutes=2)
"""How long after its end in time an order is sure not to be under way any more, whatever clocks say."""

PENDING: dict[int | str, dict[str, Any]] = {
    202: {
        "model": OrderTold,
        "description": "Ordered of the owner of the records, and not done yet: `Location` tells what comes of it",
        "content": {"application/json": {"example": WAITING}},
    }
}

OrderId = Annotated[
    str,
    Path(alias="id", pattern="^[0-9a-f]{32}$", min_length=32, max_length=32, description="the order's id"),
]


def _orders(request: Request) -> SqlOrders | None:
    return cast("SqlOrders | None", request.app.state.orders)


@router.get(
    "/{id}", summary="What came of an order?", dependencies=[WRITE], responses=answers(ORDER, 404, 422, 503)
)
async def order(
    orders: Annotated[SqlOrders | None, Depends(_orders)], key: OrderId, response: Response
) -> OrderTold:
    """Something that was asked of a process that does not own the records. While it waits, ask again after
    `Retry-After`. `answer` is what the request would have been answered by: a correction, or the number of a run. An
    order that nobody began in time is refused and not carried out."""
    found = await orders.found(key) if orders else None
    if found is None:
        raise Missing(f"no order {key!r}; they are told of for a week")
    told = told_of(found)
    if told.state == "waiting":
        response.headers["Retry-After"] = "1"
    return told


def told_of(order: Order) -> OrderTold:
    forlorn = order.state == "waiting" and datetime.now(UTC) > order.until + OVER
    shown = replace(order, state="refused", words="nobody began this in time") if forlorn else order
    ended, answer = shown.ended_at, shown.answer
    return OrderTold(
        shown.id, shown.kind, shown.by, shown.state, shown.at, shown.until, ended, answer, shown.words
    )


async def _pending(request: Request, fault: Exception) -> Response:
    """Where an order that takes long can be asked for: 202."""
    waiting = cast(Pending, fault).order
    note(request, order=waiting.id)
    body = _told.dump_json(told_of(waiting))
    headers = {"Location": f"/api/v1/orders/{waiting.id}", "Retry-After": "1"}
    return Response(body, 202, headers, media_type="application/json")


def register(app: FastAPI) -> None:
    app.add_exception_handler(Pending, _pending)
