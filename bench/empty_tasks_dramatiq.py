"""An empty dramatiq actor."""

from __future__ import annotations

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from redis import Redis

client = Redis.from_url(os.environ["BENCH_REDIS"])
dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_REDIS"]))


@dramatiq.actor
def empty() -> None:
    client.incr("bench:done")
