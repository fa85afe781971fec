"""Celery carries jobs: the application that workers run, and the carrier that hands jobs to them.

A message is acknowledged when its job is done, each process holds one at a time, and what a dead worker had in
hand comes back. None of that is trusted with more than carrying a name and an id: what is asked and how a job stands
is told on a board (`storage/redis/board.py`). Whoever waits for a job looks there, and hands it out once more when
its message was lost, when nothing is heard any more of who has it, or when the board itself was wiped. A message that
comes twice, or late, finds its job done or in a living hand and ends there (`attending.py`). Attempts are counted on
the board as well, since a broker does not count how often a message came back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import orjson
from celery import Celery
from celery import Task as CeleryTask
from celery.signals import worker_init, worker_process_shutdown
from kombu.entity import Queue
from kombu.exceptions import KombuError

from trend_agent.errors import Conflict, Denied, Missing, TrendError, Unavailable
from trend_agent.items import digest
from trend_agent.jobs import faults
from trend_agent.jobs.attending import attend, holder
from trend_agent.jobs.carrier import ATTEMPTS
from trend_agent.jobs.doing import JOBS, PRIORITIES
from trend_agent.jobs.tools import Tools
from trend_agent.storage.address import Address
from trend_agent.storage.redis.board import Board, Standing

HIGHEST = 9
QUEUE = "jobs"
LOOK = 1.0
"""Seconds between two looks at how a job stands, where nothing is told in between."""

UNHEARD = 30.0
"""Seconds after which a job nobody has begun is handed out again, twice as long each time: it may have been lost."""


def application(broker: Address, *, seconds: float = 120.0) -> Celery:
    """The Celery application of a broker. A job that takes longer than `seconds` is ended with its process."""
    options = broker.known({"prefix"})
    queue = f"{options.get('prefix', 'trend')}.{QUEUE}"
    amqp = broker.scheme in {"amqp", "amqps"}
    arguments = {"x-max-priority": HIGHEST} if amqp else None
    app = Celery("trend", broker=_url(broker), set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_queues=[Queue(queue, queue_arguments=arguments)],  # type: ignore[no-untyped-call]
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_time_limit=seconds,
        worker_prefetch_multiplier=1,
        worker_lost_wait=0.5,  # seconds for the answer of a process that died; ours is told on the board
        worker_cancel_long_running_tasks_on_connection_loss=False,  # its answer is told on the board all the same
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=4.0,
        broker_transport_options=_transport(amqp=amqp),
    )
    return app


def _transport(*, amqp: bool) -> dict[str, Any]:
    if amqp:
        return {"confirm_publish": True, "client_properties": {"connection_name": "trend"}}
    return {
        "queue_order_strategy": "priority",
        "priority_steps": list(range(HIGHEST + 1)),
        "socket_connect_timeout": 4.0,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }


def _url(broker: Address) -> str:
    user = (
        f"{quote(broker.user, safe='')}:{quote(broker.password, safe='')}@"
        if broker.user or broker.password
        else ""
    )
    port = f":{broker.port}" if broker.port else ""
    path = quote(broker.path, safe="") if broker.path else ""
    return f"{broker.scheme}://{user}{broker.host}{port}/{path}"


def task_id(key: str) -> str:
    """The same for the same key, whoever asks."""
    return digest(key, size=16)


class Workshop:
    """What a worker's process does jobs with: a loop, the board and the tools, made when the first job comes."""

    def __init__(self, board: Callable[[], Board], tools: Callable[[], Tools]) -> None:
        self._make_board, self._make_tools = board, tools
        self._open: tuple[asyncio.Runner, Board, Tools] | None = None
        self.holder = ""

    def perform(self, job: str, key: str) -> None:
        """Do a job, if it is still to be done, and tell what came of it."""
        runner, board, tools = self._opened()
        runner.run(attend(board, tools, self.holder, key, job))

    def _opened(self) -> tuple[asyncio.Runner, Board, Tools]:
        if self._open is None:
            self._open = (asyncio.Runner(), self._make_board(), self._make_tools())
            self.holder = holder()
        return self._open

    def close(self, **_: Any) -> None:
        if self._open is not None:
            runner, board, tools = self._open
            self._open = None
            with runner:
                runner.run(board.close())
                runner.run(tools.__aexit__())


def open_for_jobs(app: Celery, workshop: Workshop, *, warm: Callable[[], object]) -> None:
    """Let the workers of an application do every job there is in a workshop. `warm` loads what is large, once in the
    worker's first process: those it forks have it at once, and share it."""

    def perform(self: CeleryTask) -> None:
        workshop.perform(self.name.removeprefix("trend."), str(self.request.id))

    for job in JOBS:
        app.task(name=f"trend.{job}", bind=True)(perform)
    worker_init.connect(lambda **_: warm(), weak=False)
    worker_process_shutdown.connect(workshop.close, weak=False)


def _priority(app: Celery, job: str) -> int:
    """As the broker counts: Redis serves 0 first."""
    given = PRIORITIES.get(job, 0)
    return given if str(app.conf.broker_url).startswith("amqp") else HIGHEST - given


class Handed:
    """Carries by handing jobs to Celery's workers. What is down is waited for, `patience` seconds at most."""

    def __init__(self, app: Celery, board: Board, *, patience: float = 300.0) -> None:
        self.app, self.board, self.patience = app, board, patience

    async def carry(self, job: str, arguments: dict[str, Any], *, key: str, attempts: int = ATTEMPTS) -> Any:
        if job not in JOBS:
            raise Missing(f"no job called {job!r}; there are {', '.join(sorted(JOBS))}")
        return await self._carried(Errand(job, orjson.dumps(arguments), key, attempts))

    async def _carried(self, errand: Errand) -> Any:
        now = asyncio.get_running_loop().time
        heard = now()
        while True:
            try:
                standing = await self.board.look(errand.id)
                if standing.what not in {"", errand.what}:
                    raise Conflict(f"the key of this job {errand.job!r} was used for another one")
                if standing.answer is not None:
                    return orjson.loads(standing.answer)
                if standing.fault is not None:
                    raise await self._heard(errand, standing.fault)
                if errand.due(standing, now()):
                    await self.board.post(errand.id, errand.what, errand.asked, most=errand.attempts)
                    await asyncio.to_thread(self._send, errand)
                    await self.board.sent(errand.id)
                    errand.handed_out(standing, now())
                heard = now()
                await self.board.wait(errand.id, seconds=LOOK)
            except Unavailable as fault:
                if now() - heard > self.patience:
                    raise Unavailable(f"the job {errand.job!r} is not carried: {fault}") from fault
                await asyncio.sleep(0.5)

    async def _heard(self, errand: Errand, fault: bytes) -> TrendError:
        """A fault is told once: whoever tries again has the job done again."""
        await self.board.forget(errand.id)
        return faults.fault_of(orjson.loads(fault))

    def _send(self, errand: Errand) -> None:
        with self._broker_errors("the broker does not take jobs"):
            self.app.send_task(
                f"trend.{errand.job}",
                task_id=errand.id,
                priority=_priority(self.app, errand.job),
                retry=True,
                retry_policy={"max_retries": 1, "interval_start": 0.2, "interval_max": 0.2},
            )

    async def check(self) -> list[str]:
        """Nothing where the broker can be reached; raises Unavailable or Denied with its reason where it cannot."""
        await asyncio.to_thread(self._reach)
        return []

    def _reach(self) -> None:
        with (
            self._broker_errors("the broker cannot be reached"),
            self.app.connection_for_write() as connection,
        ):
            connection.ensure_connection(max_retries=1, interval_start=0.2, timeout=5)

    @contextmanager
    def _broker_errors(self, what: str) -> Iterator[None]:
        connection = self.app.connection()
        try:
            yield
        except (KombuError, OSError, *connection.connection_errors) as fault:
            raise Unavailable(f"{what}: {fault}") from fault
        except connection.channel_errors as fault:
            raise Denied(f"{what}: {fault}") from fault

    async def forget(self, *keys: str) -> None:
        with suppress(Unavailable):  # it wipes itself off in time
            await self.board.forget(*map(task_id, keys))

    async def close(self) -> None:
        await self.board.close()
        await asyncio.to_thread(self.app.close)


class Errand:
    """A job that is waited for, and when and at what standing of it we handed it out last."""

    def __init__(self, job: str, asked: bytes, key: str, attempts: int) -> None:
        self.job, self.asked, self.attempts = job, asked, attempts
        self.id, self.what = task_id(key), digest(job, asked.decode())
        self._sign: tuple[str, int] | None = None
        self._at = 0.0
        self._times = 0

    def due(self, standing: Standing, now: float) -> bool:
        """Whether it is to be handed out: for the first time, because whoever had it is gone or let it go, or
        because nobody has begun it for so long that its message may be lost."""
        if standing.holder and not standing.lost:
            return False
        sign = (standing.holder, standing.attempts)
        if self._sign is None and standing.sent and sign == ("", 0):  # by an owner before us
            self._sign, self._at = sign, now
        unheard = now - self._at > UNHEARD * 2**self._times
        return not standing.sent or sign != self._sign or unheard

    def handed_out(self, standing: Standing, now: float) -> None:
        sign = (standing.holder, standing.attempts)
        self._times = self._times + 1 if standing.sent and sign == self._sign else 0
        self._sign, self._at = sign, now
