"""Redis: the connection, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from trend_agent.errors import Denied, Misconfigured, Unavailable
from trend_agent.storage.address import Address

REFUSED = ("NOAUTH", "WRONGPASS", "NOPERM")


def connected(address: Address, *, seconds: float) -> Redis:
    """A client of a `redis://` or `rediss://` address, which connects when first used. No answer may take longer
    than `seconds`."""
    database = address.path or "0"
    if not database.isdigit():
        raise Misconfigured(f"{address.setting}: the path of {str(address)!r} should be a database's number")
    return Redis(
        host=address.host,
        port=address.port or 6379,
        db=int(database),
        username=address.user or None,
        password=address.password or None,
        ssl=address.scheme == "rediss",
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        # A command is not repeated unasked: a script may have run although its answer was lost.
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
        protocol=2,
    )


@contextmanager
def our_errors(where: Address) -> Iterator[None]:
    """Turn the driver's errors into ours, naming the server."""
    name = f"redis at {str(where)!r}"
    try:
        yield
    except (exceptions.AuthenticationError, exceptions.NoPermissionError) as fault:
        raise Denied(f"{name} refuses our credentials: {fault}") from fault
    except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as fault:
        raise Unavailable(f"{name} does not answer: {_told(fault)}") from fault
    except exceptions.ResponseError as fault:
        if str(fault).startswith(REFUSED):
            raise Denied(f"{name} refuses our credentials: {fault}") from fault
        # Full, loading, read-only, or another program keeps something else under our keys.
        raise Unavailable(f"{name} cannot do it: {fault}") from fault
    except exceptions.RedisError as fault:
        raise Unavailable(f"{name} answers strangely: {_told(fault)}") from fault


def _told(fault: Exception) -> str:
    return str(fault).strip().lower().rstrip(".") or type(fault).__name__
