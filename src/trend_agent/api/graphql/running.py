"""Running an operation, and the bytes of its answer; those that stay right are kept until the records change."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType, execute, subscribe

from trend_agent.api.access import Principal
from trend_agent.api.errors import OURS, problem_of
from trend_agent.api.graphql.context import Context
from trend_agent.api.graphql.limits import LIMITS, Limits
from trend_agent.api.graphql.reading import Asked, Invalid, Operation, Reading
from trend_agent.api.graphql.rows import Rows
from trend_agent.api.graphql.schema import types
from trend_agent.errors import TrendError
from trend_agent.observability.log import logger
from trend_agent.storage.access import Scope

log = logger("graphql")

MOST_KEPT = 32 << 20
"""Bytes of answers that are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is sent. `status` is that of HTTP for who reads GraphQL's own media type; `of_document`: it is
    what was asked that this tells of, not how."""

    body: bytes
    status: int = 200
    of_document: bool = False


class Running:
    """Answers what is asked of one application."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.reading = Reading(limits)
        self._kept: dict[tuple[object, ...], bytes] = {}
        self._size = 0
        self._edition = ""

    async def answer(self, asked: Asked, context: Context, *, trusted: bool, safe: bool = False) -> Answer:
        """The answer to a query or a mutation. `safe`: it must change nothing."""
        key = _key(asked, context.principal, trusted=trusted)
        edition = await context.desk.records.edition()
        if (kept := self._found(key, edition)) is not None:
            return Answer(kept)
        operation = self._allowed(asked, context.principal, trusted=trusted)
        if isinstance(operation, Answer):
            return operation
        if operation.kind is OperationType.SUBSCRIPTION:
            return refused("a subscription is followed by a WebSocket or as text/event-stream", 400)
        if safe and operation.kind is not OperationType.QUERY:
            return refused("what changes something is asked for with POST", 405)
        made = await _executed(operation, asked, context, trusted=trusted)
        if operation.lasts and not made.errors:
            self._keep(key, edition, body := _bytes(made))
            return Answer(body)
        return Answer(_bytes(made), 200 if made.data is not None else _status(made.errors), of_document=True)

    def check_batch(self, batch: Sequence[Asked], principal: Principal, *, trusted: bool) -> Answer | None:
        """Why operations may not be asked together, where they may not: they cost more than one alone may."""
        found = [self._allowed(asked, principal, trusted=trusted) for asked in batch]
        cost = sum(one.cost for one in found if isinstance(one, Operation))
        if cost <= self.limits.cost:
            return None
        return refused(f"a batch should cost at most {self.limits.cost}, found {cost}", 400)

    def operation(self, asked: Asked, principal: Principal, *, trusted: bool) -> Operation | Answer:
        """The operation that is asked for, or why it may not be run."""
        return self._allowed(asked, principal, trusted=trusted)

    def _allowed(self, asked: Asked, principal: Principal, *, trusted: bool) -> Operation | Answer:
        try:
            operation = self.reading.read(asked, trusted=trusted)
        except GraphQLError as fault:
            return Answer(orjson.dumps({"errors": _told(fault)}), 400, of_document=True)
        missing = operation.scopes - principal.scopes
        return _forbidden(missing, principal) if missing else operation

    def forget(self) -> None:
        """Make every answer anew from now on."""
        self._edition = ""

    def _found(self, key: tuple[object, ...], edition: str) -> bytes | None:
        if edition != self._edition:
            self._edition, self._size = edition, 0
            self._kept.clear()
        return self._kept.get(key)

    def _keep(self, key: tuple[object, ...], edition: str, body: bytes) -> None:
        if edition == self._edition and self._size + len(body) <= MOST_KEPT and key not in self._kept:
            self._kept[key] = body
            self._size += len(body)


async def followed(
    operation: Operation, asked: Asked, context: Context, *, trusted: bool
) -> AsyncGenerator[bytes, None]:
    """The answers to a subscription, one for each thing that happens."""
    found: Any = subscribe(
        types(),
        operation.document,
        context_value=context,
        variable_values=dict(asked.variables),
        operation_name=operation.name,
        executor_class=Rows,
        hide_suggestions=not trusted,
    )
    if isawaitable(found):
        found = await found
    if isinstance(found, ExecutionResult):
        yield _bytes(found)
        return
    async with aclosing(found):
        try:
            async for result in found:
                yield _bytes(result)
        except TrendError as fault:  # it could not begin, or not go on
            yield _bytes(ExecutionResult(None, [GraphQLError("", original_error=fault)]))


async def _executed(
    operation: Operation, asked: Asked, context: Context, *, trusted: bool
) -> ExecutionResult:
    made = execute(
        types(),
        operation.document,
        context_value=context,
        variable_values=dict(asked.variables),
        operation_name=operation.name,
        executor_class=Rows,
        hide_suggestions=not trusted,
    )
    return await made if isawaitable(made) else made


def refused(why: str, status: int) -> Answer:
    return Answer(orjson.dumps({"errors": [{"message": why, "extensions": {"code": _word(status)}}]}), status)


def _forbidden(missing: frozenset[Scope], principal: Principal) -> Answer:
    named = " and ".join(sorted(missing))
    if principal.kind == "anonymous":
        return refused(f"this needs a key with the scope {named}, as `Authorization: Bearer trend_…`", 401)
    return refused(f"this needs the scope {named}, which {principal.name!r} has not", 403)


def _key(asked: Asked, principal: Principal, *, trusted: bool) -> tuple[object, ...]:
    values = orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS) if asked.variables else b""
    return asked.text, asked.operation, values, principal.scopes, trusted


def _bytes(result: ExecutionResult) -> bytes:
    told: dict[str, Any] = {}
    if result.errors:
        told["errors"] = [one for fault in result.errors for one in _told(fault)]
    if result.data is not None or not result.errors or any(fault.path for fault in result.errors):
        told["data"] = result.data
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)


def _told(fault: GraphQLError) -> Sequence[Mapping[str, Any]]:
    """What a reader hears of a fault: of ours no more than that it is."""
    if isinstance(fault, Invalid):
        return [one for each in fault.faults for one in _told(each)]
    cause = fault.original_error
    told: dict[str, Any] = dict(fault.formatted)
    if cause is None or isinstance(cause, GraphQLError):
        told.setdefault("extensions", {"code": "BAD_REQUEST"})
        return [told]
    status = 500
    if isinstance(cause, TrendError):
        problem, _ = problem_of(cause)
        status, told["message"] = problem.status, problem.detail
    else:
        told["message"] = OURS[500]
    if not isinstance(cause, TrendError):
        log.error("a field failed by a fault of ours", path=told.get("path"), exc_info=cause)
    elif status >= 500:
        log.warning("a field could not be answered", path=told.get("path"), error=str(cause))
    told["extensions"] = {"code": _word(status)}
    return [told]


def _status(faults: Sequence[GraphQLError] | None) -> int:
    """The status of an answer without data: a fault of the request's, or of what a field needed."""
    causes = [fault.original_error for fault in faults or ()]
    ours = [cause for cause in causes if isinstance(cause, Exception) and not isinstance(cause, GraphQLError)]
    codes = [problem_of(cause)[0].status for cause in ours]
    return max(codes, default=400)


def _word(status: int) -> str:
    return HTTPStatus(status).name
