"""The server that counts requests for all processes is killed: readers are served within bounds, and it mends."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services.redis import Redis
from trend_agent.api import application
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.limits import Limiter, Rate
from trend_agent.api.access.serving import Access
from trend_agent.showing import Showing
from trend_agent.storage.address import parsed
from trend_agent.storage.redis.counting import RedisCounter
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.records import SqlRecords

LIMIT = Rate(400, 60)


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


class Clock:
    """Ours, which the test sets."""

    now = 1_000_000_020.0

    def __call__(self) -> float:
        return self.now

    def next_window(self) -> None:
        self.now += LIMIT.seconds


class Doorway:
    """Two processes of one installation, of which the client asks the first."""

    def __init__(self, other: Limiter, caller: str, clock: Clock, client: httpx.AsyncClient) -> None:
        self.other, self.caller, self.clock, self.client = other, caller, clock, client

    async def admitted(self, number: int) -> int:
        """How many of so many requests are answered; the others are told to wait, and none is a fault."""
        codes = [(await self.client.get("/api/v1/ledger")).status_code for _ in range(number)]
        assert set(codes) <= {200, 429}
        return codes.count(200)

    async def administers(self) -> int:
        return (await self.client.get("/api/v1/admin/keys")).status_code

    async def rates(self) -> str:
        answer = await self.client.get("/readyz")
        assert answer.status_code == 200
        return str(answer.json()["parts"]["rates"])

    async def alone(self) -> bool:
        told = (await self.client.get("/metrics")).text
        return 'trend_rates_counted_alone{limit="requests"} 1.0' in told


@pytest.fixture
async def door(own_redis: Redis, records: SqlRecords) -> AsyncIterator[Doorway]:
    clock = Clock()

    def limiter() -> Limiter:
        address = parsed(own_redis.address(options="?timeout=2"), setting="TREND_RATES")
        counter = RedisCounter(address, prefix="test")
        return Limiter("requests", LIMIT, counter=counter, processes=2, clock=clock)

    access = Access(Doors(Known(SqlAccess(records.database)), reads=limiter()))
    other = limiter()
    showing = Showing(records, None, made_up=None)  # type: ignore[arg-type]  # no list is asked for
    try:
        made, key = await access.known.make("somebody", "admin")
        transport = httpx.ASGITransport(application(showing, access=access))
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test.example", headers=headers
        ) as client:
            yield Doorway(other, made.id, clock, client)
    finally:
        await access.close()
        assert other.counter is not None
        await other.counter.close()


async def test_a_counter_that_is_killed_closes_administration_and_stops_no_reader(
    door: Doorway, own_redis: Redis
) -> None:
    assert await door.administers() == 200
    assert await door.admitted(100) == 100
    assert (await door.rates(), await door.alone()) == ("fine", False)
    own_redis.kill()

    # What passes in the window of the kill: what was admitted, and a quarter of each process's own share.
    beyond = await door.admitted(150)
    assert LIMIT.number // 8 - 10 <= beyond <= LIMIT.number // 8 + 10
    assert await door.rates() == "counted by each process alone; administration is closed"
    door.clock.next_window()
    assert await door.administers() == 503
    assert await door.alone()
    assert await door.admitted(LIMIT.number) <= LIMIT.number // 2

    door.clock.next_window()
    own_redis.start()
    assert await door.administers() == 200
    assert (await door.rates(), await door.alone()) == ("fine", False)
    door.clock.next_window()
    mine = await door.admitted(250)
    others = [await door.other.admits(door.caller) for _ in range(250)]
    handful = LIMIT.number // 100  # what the first has taken and not used
    assert LIMIT.number - handful <= mine + sum(others) <= LIMIT.number  # counted together again
