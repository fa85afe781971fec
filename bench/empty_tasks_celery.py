"""An empty Celery task, with the settings of our own workers."""

from __future__ import annotations

import os

from redis import Redis

from trend_agent.jobs.celery import application
from trend_agent.storage.address import parsed

client = Redis.from_url(os.environ["BENCH_REDIS"])
app = application(parsed(os.environ["BENCH_REDIS"], setting="BENCH_REDIS"))


@app.task(name="empty")
def empty() -> None:
    client.incr("bench:done")
