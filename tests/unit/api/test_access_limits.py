"""How often one may ask, and what one is told of it."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from entrance import bearing, client_of, entrance
from small_newsroom import SmallDesk

from services.redis import Redis
from trend_agent.api.access.limits import Limiter, Rate, rate
from trend_agent.errors import Misconfigured, Unavailable
from trend_agent.storage.address import parsed
from trend_agent.storage.redis.counting import RedisCounter


class Wall:
    """A clock on the wall that somebody sets."""

    def __init__(self) -> None:
        self.now = 6_000_000.0

    def __call__(self) -> float:
        return self.now


class Together:
    """A counter for limiters of one process; it can be broken."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.trips = 0
        self.broken = False

    async def add(self, name: str, amount: int, *, seconds: float) -> int:
        self.trips += 1
        await asyncio.sleep(0)
        if self.broken:
            raise Unavailable("nobody counts")
        self.counts[name] += amount
        return self.counts[name]

    async def close(self) -> None: ...


async def admitted(limiter: Limiter, asked: int, caller: str = "me") -> int:
    return sum(await asyncio.gather(*(limiter.admits(caller) for _ in range(asked))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("600/minute", Rate(600, 60)),
        ("20/second", Rate(20, 1)),
        ("5/10 seconds", Rate(5, 10)),
        (" 1000 / hours ", Rate(1000, 3600)),
        ("none", None),
        ("", None),
    ],
)
def test_a_rate_is_written_as_one_says_it(text: str, found: Rate | None) -> None:
    assert rate(text, setting="TREND_RATE") == found


@pytest.mark.parametrize("text", ["0/minute", "many", "5/fortnight", "-1/second", "5", "1e3/minute"])
def test_a_rate_that_is_none_is_named(text: str) -> None:
    with pytest.raises(Misconfigured, match="TREND_RATE should be like 600/minute"):
        rate(text, setting="TREND_RATE")


async def test_one_process_admits_just_the_limit_in_each_window() -> None:
    wall = Wall()
    limiter = Limiter("requests", Rate(50, 60), clock=wall)
    for _ in range(3):
        assert await admitted(limiter, 200) == 50
        assert await admitted(limiter, 200) == 0
        wall.now += 60


async def test_each_caller_has_an_allowance_of_their_own() -> None:
    limiter = Limiter("requests", Rate(5, 60), clock=Wall())
    assert [await admitted(limiter, 9, caller) for caller in ("a", "b", "a")] == [5, 5, 0]


async def test_processes_that_cannot_count_together_share_the_limit() -> None:
    limiters = [Limiter("requests", Rate(100, 60), processes=4, clock=Wall()) for _ in range(4)]
    assert sum([await admitted(limiter, 100) for limiter in limiters]) == 100


async def test_processes_that_count_together_admit_just_the_limit() -> None:
    together, wall = Together(), Wall()
    limiters = [Limiter("requests", Rate(1000, 60), counter=together, clock=wall) for _ in range(4)]
    for _ in range(2):
        found = await asyncio.gather(*(admitted(limiter, 600) for limiter in limiters))
        assert sum(found) == 1000
        wall.now += 60


async def test_a_handful_is_one_trip() -> None:
    together = Together()
    limiter = Limiter("requests", Rate(6000, 60), counter=together, clock=Wall())
    assert await admitted(limiter, 600) == 600
    assert together.trips == 10
    assert await admitted(limiter, 10_000) == 5400
    trips = together.trips
    assert await admitted(limiter, 1000) == 0
    assert together.trips == trips


async def test_what_was_taken_in_one_window_is_worth_nothing_in_the_next() -> None:
    together, wall = Together(), Wall()
    limiter = Limiter("requests", Rate(1000, 60), counter=together, clock=wall)
    await admitted(limiter, 1)
    wall.now += 60
    assert await admitted(limiter, 3000) == 1000


async def test_without_the_counter_no_more_than_a_quarter_is_added_to_a_window() -> None:
    together, wall = Together(), Wall()
    limiters = [
        Limiter("requests", Rate(1000, 60), counter=together, processes=4, clock=wall) for _ in range(4)
    ]
    before = sum([await admitted(limiter, 150) for limiter in limiters])
    together.broken = True
    after = sum([await admitted(limiter, 2000) for limiter in limiters])
    assert before == 600
    assert after > 1000 * 0.2
    assert before + after <= 1250
    assert all(limiter.degraded for limiter in limiters)


async def test_while_the_counter_is_away_each_process_admits_its_share() -> None:
    together, wall = Together(), Wall()
    together.broken = True
    limiters = [
        Limiter("requests", Rate(1000, 60), counter=together, processes=4, clock=wall) for _ in range(4)
    ]
    for _ in range(2):
        assert sum([await admitted(limiter, 2000) for limiter in limiters]) == 1000
        wall.now += 60
    together.broken = False
    assert sum(await asyncio.gather(*(admitted(limiter, 2000) for limiter in limiters))) == 1000
    assert not any(limiter.degraded for limiter in limiters)


async def test_callers_without_number_share_one_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter("requests", Rate(3, 60), clock=Wall())
    limiter._allowances = {str(n): limiter._allowance(str(n)) for n in range(100_000)}
    assert sum([await admitted(limiter, 1, f"new {n}") for n in range(10)]) == 3


@pytest.fixture
async def counter(redis: Redis) -> AsyncIterator[RedisCounter]:
    found = RedisCounter(parsed(redis.address(options="?timeout=2"), setting="TREND_RATES"), prefix="test")
    yield found
    await found.close()


async def test_redis_counts_for_all_and_forgets(counter: RedisCounter) -> None:
    assert [await counter.add("a", 5, seconds=0.2) for _ in range(2)] == [5, 10]
    assert await counter.add("b", 1, seconds=60) == 1
    await asyncio.sleep(0.3)
    assert await counter.add("a", 5, seconds=60) == 5


async def test_limiters_on_redis_admit_just_the_limit(counter: RedisCounter) -> None:
    wall = Wall()
    limiters = [Limiter("exact", Rate(700, 60), counter=counter, clock=wall) for _ in range(4)]
    assert sum(await asyncio.gather(*(admitted(limiter, 500) for limiter in limiters))) == 700


async def test_one_is_told_what_is_left_and_when_to_come_again(desk: SmallDesk) -> None:
    wall = Wall()
    doors = {"reads": Limiter("requests", Rate(2, 60), clock=wall)}
    async with entrance(desk, anonymous=True, doors=doors) as door:
        first = await door.client.get("/api/v1/trends")
        assert first.headers["ratelimit-policy"] == '"requests";q=2;w=60'
        assert first.headers["ratelimit"] == '"requests";r=1;t=60'
        await door.client.get("/api/v1/trends/t0")
        refused = await door.client.get("/api/v1/trends")
        assert refused.status_code == 429
        assert refused.headers["ratelimit"] == '"requests";r=0;t=60'
        assert re.fullmatch(r"\d+", refused.headers["retry-after"])
        assert refused.json()["detail"] == "at most 2 such requests in 60 s"
        for path in ("/healthz", "/readyz"):
            assert (await door.client.get(path)).status_code == 200


async def test_a_key_and_an_address_are_counted_apart(desk: SmallDesk) -> None:
    doors = {"reads": Limiter("requests", Rate(3, 60), clock=Wall())}
    async with entrance(desk, anonymous=True, doors=doors) as door:
        keys = [await door.key("read"), await door.key("read")]

        async def through(headers: dict[str, str]) -> int:
            asked = [await door.client.get("/api/v1/trends", headers=headers) for _ in range(5)]
            return sum(answer.status_code == 200 for answer in asked)

        assert [await through(headers) for headers in (*keys, {})] == [3, 3, 3]
        spoofed = [{"X-Forwarded-For": f"198.51.100.{n}"} for n in range(5)]
        assert [await through(headers) for headers in spoofed] == [0] * 5
        async with client_of(door.app, "198.51.100.9") as other:
            assert (await other.get("/api/v1/trends")).status_code == 200


async def test_what_changes_something_has_a_limit_of_its_own(desk: SmallDesk) -> None:
    doors = {
        "reads": Limiter("requests", Rate(100, 60), clock=Wall()),
        "writes": Limiter("writes", Rate(2, 60), clock=Wall()),
    }
    async with entrance(desk, doors=doors) as door:
        admin = await door.key()
        answers = [
            await door.client.post("/api/v1/admin/keys", json={"name": "x"}, headers=admin) for _ in range(4)
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
        assert answers[0].headers.get_list("ratelimit", split_commas=True) == [
            '"requests";r=99;t=60',
            '"writes";r=1;t=60',
        ]
        assert (await door.client.get("/api/v1/trends", headers=admin)).status_code == 200


async def test_guessing_keys_is_counted_by_address(desk: SmallDesk) -> None:
    doors = {"reads": Limiter("requests", Rate(5, 60), clock=Wall())}
    async with entrance(desk, anonymous=True, doors=doors) as door:
        tried = [
            await door.client.get("/api/v1/trends", headers=bearing(f"trend_{n:010}_{'0' * 38}"))
            for n in range(8)
        ]
        assert [answer.status_code for answer in tried] == [401] * 5 + [429] * 3


async def test_administration_is_closed_while_nobody_counts_for_all(desk: SmallDesk) -> None:
    together, wall = Together(), Wall()
    together.broken = True
    doors = {"reads": Limiter("requests", Rate(1000, 60), counter=together, clock=wall)}
    async with entrance(desk, doors=doors) as door:
        admin = await door.key()
        assert (await door.client.get("/api/v1/trends", headers=admin)).status_code == 200
        closed = await door.client.get("/api/v1/admin/keys", headers=admin)
        assert closed.status_code == 503
        assert closed.headers["retry-after"]
        together.broken = False
        wall.now += 60
        assert (await door.client.get("/api/v1/admin/keys", headers=admin)).status_code == 200
