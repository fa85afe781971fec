"""DBOS, the engine underneath, and the one place where it runs.

It remembers each step's result in its database and calls the workflow function again after a kill, where finished
steps answer from what is remembered. There is one DBOS in a process. What its workflow function needs of ours hangs
on `Host`, the one that is up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    EnqueueOptions,
    Serializer,
    SetWorkflowID,
    SetWorkflowTimeout,
    StepReservation,
)
from dbos import error as dbos_error

from trend_agent.errors import Conflict, Unavailable
from trend_agent.workflow import serial
from trend_agent.workflow.place import Place

APPLICATION = "trend"
VERSION = "1"
"""Raised when executions begun by older programs cannot be gone on with: those stay until such a program comes."""
QUEUE = "trend-workflows"
TOGETHER = 100
"""Executions out of the queue at once in one process: many, as those that wait for a person count as well."""
RECOVERIES = 100
"""Times an execution is begun again after a kill before it is given up as one that kills."""

Body = Callable[[str, dict[str, Any]], Awaitable[Any]]
Tick = Callable[[str, datetime, dict[str, Any]], Awaitable[Any]]


class Json(Serializer):
    def name(self) -> str:
        return "trend_json"

    def serialize(self, data: Any) -> str:
        return serial.dumps(data)

    def deserialize(self, serialized_data: str) -> Any:
        return serial.loads(serialized_data)


class _Up:
    host: Host | None = None


@DBOS.workflow(name="carry_out", max_recovery_attempts=RECOVERIES)
async def carry_out(definition: dict[str, Any]) -> Any:
    return await _host().body(str(DBOS.workflow_id), definition)


@DBOS.workflow(name="tick", max_recovery_attempts=RECOVERIES)
async def tick(due: datetime, context: dict[str, Any]) -> Any:
    return await _host().tick(str(DBOS.workflow_id), due, context)


def _host() -> Host:
    if _Up.host is None:
        raise Unavailable("no engine is up in this process")
    return _Up.host


class Host:
    """DBOS running in this process under one executor's name. `up` and `down` are its life."""

    def __init__(self, place: Place, executor: str, *, body: Body, tick: Tick) -> None:
        self.place = place
        self.executor = executor
        self.body = body
        self.tick = tick
        self._own = ThreadPoolExecutor(1, thread_name_prefix="workflows")

    async def up(self) -> None:
        if _Up.host is not None:
            raise Conflict("an engine is up in this process already; there is one at a time")
        _Up.host = self
        try:
            await self._aside(self._launch)
        except BaseException:
            await self.down()
            raise

    def _launch(self) -> None:
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # what fails is ours to tell
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self.place.address,
            "dbos_system_schema": self.place.schema,
            "executor_id": self.executor,
            "application_version": VERSION,
            "serializer": Json(),
            "log_level": "CRITICAL",
            "scheduler_polling_interval_sec": 1.0,
        }
        DBOS(config=config)
        try:
            DBOS.launch()
            DBOS.register_queue(QUEUE, worker_concurrency=TOGETHER, polling_interval_sec=0.2)
        except Exception as fault:
            raise Unavailable(f"the place of the workflows cannot be used: {fault}") from fault

    async def down(self) -> None:
        await self._aside(DBOS.destroy)
        # DBOS has made its own threads this loop's, and has ended them
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))
        self._own.shutdown()
        _Up.host = None

    async def _aside(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._own, work)

    async def begin(
        self, execution: str, definition: dict[str, Any], seconds: float | None
    ) -> asyncio.Future[Any]:
        """Start on this loop; the execution goes on whatever becomes of the caller. What is returned is done when
        the execution has come to an end or to a stop."""
        with SetWorkflowID(execution), SetWorkflowTimeout(seconds):
            handle = await DBOS.start_workflow_async(carry_out, definition)
        return asyncio.ensure_future(handle.get_result())

    async def adopt(self, dead: list[str]) -> int:
        """Take over what executors that are no more have left; returns how many that were."""
        instance = DBOS.__new__(DBOS, config={})
        return len(await self._aside(lambda: instance._recover_pending_workflows(dead)))  # noqa: SLF001


def reserve() -> StepReservation:
    """A place in what is remembered. Places are drawn in one order, so that steps may run and end in any."""
    return DBOS.reserve_step()


async def remembered(place: StepReservation, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """The result of `work`, from memory where it was done; its error likewise. It is cut where it is cancelled."""

    async def once() -> Any:
        return await work()

    return await place.run_async({"name": name, "preemptible": True}, once)


def client(place: Place) -> DBOSClient:
    """For reading and asking, from any process."""
    return DBOSClient(
        system_database_url=place.address,
        dbos_system_schema=place.schema,
        serializer=Json(),
        application_name=APPLICATION,
        retry_connection_errors=False,
    )


def ask(execution: str, timeout: float | None) -> EnqueueOptions:
    """How to have an execution begun by whoever runs."""
    options: EnqueueOptions = {"queue_name": QUEUE, "workflow_name": "carry_out", "workflow_id": execution}
    if timeout:
        options["workflow_timeout"] = timeout
    return options


def fork(client: DBOSClient, execution: str, place: int, again: str) -> None:
    """Have an execution run again from a place on, under the id `again`."""
    with SetWorkflowID(again):
        client.fork_workflow(execution, place, queue_name=QUEUE)


CUT = (dbos_error.DBOSWorkflowCancelledError, dbos_error.DBOSWorkflowConflictIDError)
"""This process no longer has the execution: it was cancelled, or another goes on with it."""
