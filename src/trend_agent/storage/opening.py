"""From an address in the settings to a backend. What a scheme needs is loaded when it is named, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trend_agent.errors import Misconfigured
from trend_agent.storage.address import Address, extra, parsed
from trend_agent.storage.ports.cache import Cache
from trend_agent.storage.ports.objects import Objects
from trend_agent.storage.ports.queue import Queue
from trend_agent.storage.ports.timeseries import TimeSeries
from trend_agent.storage.sql.database import Database

if TYPE_CHECKING:
    from trend_agent.storage.redis.counting import RedisCounter


def open_timeseries(text: str, *, setting: str, database: Database) -> TimeSeries:
    address = parsed(text, setting=setting)
    match address.scheme:
        case "records":
            from trend_agent.storage.sql.series import SqlTimeSeries

            return SqlTimeSeries(database)
        case "influx" | "influxs":
            from trend_agent.storage.influx import InfluxTimeSeries

            return InfluxTimeSeries(address)
    raise _unknown(address, "records:", "influx://", "influxs://")


def open_queue(text: str, *, setting: str, database: Database) -> Queue:
    address = parsed(text, setting=setting)
    match address.scheme:
        case "records":
            from trend_agent.storage.sql.queue import SqlQueue

            return SqlQueue(database)
        case "amqp" | "amqps":
            with extra("rabbitmq", address):
                from trend_agent.storage.rabbitmq import RabbitQueue

            return RabbitQueue(address)
        case "redis" | "rediss":
            with extra("redis", address):
                from trend_agent.storage.redis.queue import RedisQueue

            return RedisQueue(address)
    raise _unknown(address, "records:", "amqp://", "amqps://", "redis://", "rediss://")


def open_cache(text: str, *, setting: str) -> Cache:
    address = parsed(text, setting=setting)
    match address.scheme:
        case "memory":
            from trend_agent.storage.memory import MemoryCache

            return MemoryCache(address)
        case "redis" | "rediss":
            with extra("redis", address):
                from trend_agent.storage.redis.cache import RedisCache

            return RedisCache(address)
    raise _unknown(address, "memory:", "redis://", "rediss://")


def open_counter(text: str, *, setting: str, prefix: str) -> RedisCounter | None:
    """Where all processes count together; None where each counts for itself."""
    address = parsed(text, setting=setting)
    match address.scheme:
        case "memory":
            address.known(())
            return None
        case "redis" | "rediss":
            with extra("redis", address):
                from trend_agent.storage.redis.counting import RedisCounter

            return RedisCounter(address, prefix=prefix)
    raise _unknown(address, "memory:", "redis://", "rediss://")


def open_objects(text: str, *, setting: str, site: str) -> Objects:
    """`site` is where readers reach the API, which serves a folder's links."""
    address = parsed(text, setting=setting)
    match address.scheme:
        case "folder":
            from trend_agent.storage.folder import FolderObjects

            return FolderObjects(address, site=site)
        case "s3" | "s3+http" | "s3+https":
            with extra("s3", address):
                from trend_agent.storage.s3 import S3Objects

            return S3Objects(address)
    raise _unknown(address, "folder:", "s3:", "s3+https://", "s3+http://")


def _unknown(address: Address, *schemes: str) -> Misconfigured:
    return Misconfigured(
        f"{address.setting} should begin with {' or '.join(schemes)}, found {address.scheme + ':'!r}"
    )
