"""Lists are kept for as long as they are right, and not a moment longer."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from small_newsroom import NOON, SmallDesk, made_item, made_trend, take_in

from trend_agent.api import application
from trend_agent.api.kept import KeptDesk
from trend_agent.errors import Unavailable
from trend_agent.storage import Listed
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache
from trend_agent.storage.ports.cache import Cache

PAST = NOON - timedelta(hours=5)


class Broken:
    """A cache whose server is gone."""

    async def get(self, key: str) -> bytes | None:
        raise Unavailable("redis at 'redis://nowhere' does not answer")

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        raise Unavailable("redis at 'redis://nowhere' does not answer")

    async def forget(self, *keys: str) -> None: ...

    async def check(self) -> list[str]:
        return []

    async def close(self) -> None: ...


class Counting(SmallDesk):
    """Counts how often a list was asked for, and how often one was computed."""

    asked = 0
    computed = 0

    async def trends(self, limit: int, as_of: object) -> object:  # type: ignore[override]
        self.asked += 1
        self.computed += as_of is not None
        return await super().trends(limit, as_of)  # type: ignore[arg-type]

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        self.asked += 1
        return await super().listed(limit, after_rank, as_of)


@pytest.fixture
def counting(desk: SmallDesk) -> Counting:
    return Counting(desk.records, past={PAST: [made_trend("t1", PAST, 1), made_trend("t3", PAST, 2)]})


def asking(desk: SmallDesk, cache: Cache | None = None) -> httpx.AsyncClient:
    keeping = Keeping(cache or open_cache("memory:", setting="TREND_CACHE"))
    app = application(desk, keeping=keeping, configuration="test")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test.example")


async def test_a_list_is_made_once_and_the_same_as_without_a_cache(
    counting: Counting, client: httpx.AsyncClient
) -> None:
    async with asking(counting) as kept:
        answers = [await kept.get("/api/v1/trends?limit=2") for _ in range(3)]
    plain = await client.get("/api/v1/trends?limit=2")
    assert counting.asked == 1
    assert {a.content for a in answers} == {plain.content}
    assert answers[0].headers["etag"] == plain.headers["etag"]
    assert plain.headers["content-type"] == "application/json"


async def test_a_new_list_is_shown_at_once(counting: Counting) -> None:
    async with asking(counting) as kept:
        before = (await kept.get("/api/v1/trends")).json()
        await counting.records.publish([made_trend("t3", NOON, 1)])  # of the same moment as the one before
        after = (await kept.get("/api/v1/trends")).json()
    assert [t["topic"] for t in before["trends"]] == ["t1", "t3", "t4"]
    assert [t["topic"] for t in after["trends"]] == ["t3"]


async def test_a_past_list_is_computed_once_until_facts_are_added(counting: Counting) -> None:
    where = f"/api/v1/trends?as_of={PAST:%Y-%m-%dT%H:%M}"
    async with asking(counting) as kept:
        pages = [(await kept.get(f"{where}&limit={n}")).json() for n in (1, 2, 1, 2)]
        assert [len(p["trends"]) for p in pages] == [1, 2, 1, 2]
        assert counting.computed == 1  # the kept ones are looked at for each page, the past one is made once
        await take_in(counting.records, "t9", [made_item(NOON, 99)], copies={})
        counting.past[PAST] = [made_trend("t9", PAST, 1)]
        assert [t["topic"] for t in (await kept.get(where)).json()["trends"]] == ["t9"]


async def test_what_a_forgotten_source_said_is_not_given_from_the_cache(counting: Counting) -> None:
    past = f"/api/v1/trends?as_of={PAST:%Y-%m-%dT%H:%M}"
    async with asking(counting) as kept:

        async def topics(where: str) -> list[str]:
            return [t["topic"] for t in (await kept.get(where)).json()["trends"]]

        assert await topics("/api/v1/trends") == ["t1", "t3", "t4"]
        assert await topics(past) == ["t1", "t3"]
        await counting.records.forget("wire")  # of whose items t1 consists, and t3 does not
        counting.past[PAST] = [made_trend("t3", PAST, 1)]
        assert await topics("/api/v1/trends") == ["t3", "t4"]
        assert await topics(past) == ["t3"]


@pytest.mark.parametrize(
    "query", ["source=courier", "lang=de", "state=fading", "limit=1", "source=wire&lang=de", "lang=de,en"]
)
async def test_another_question_has_another_answer(
    counting: Counting, client: httpx.AsyncClient, query: str
) -> None:
    async with asking(counting) as kept:
        await kept.get("/api/v1/trends")
        for _ in range(2):
            assert (await kept.get(f"/api/v1/trends?{query}")).content == (
                await client.get(f"/api/v1/trends?{query}")
            ).content


async def test_pages_go_on_in_the_list_they_began_in(counting: Counting) -> None:
    async with asking(counting) as kept:
        first = (await kept.get("/api/v1/trends?limit=2")).json()
        again = (await kept.get("/api/v1/trends?limit=2")).json()
        second = (await kept.get(f"/api/v1/trends?limit=2&cursor={first['next']}")).json()
    assert first == again
    assert [t["topic"] for t in second["trends"]] == ["t4"]


async def test_other_settings_have_other_answers(counting: Counting) -> None:
    cache = Keeping(open_cache("memory:", setting="TREND_CACHE"))
    made = []
    for configuration in ("a", "b", "a"):
        kept = KeptDesk(counting, cache, configuration=configuration)

        async def make() -> bytes:
            made.append(1)
            return b"x"

        await kept.answer("page", make=make)
    assert len(made) == 2


async def test_a_broken_cache_changes_no_answer_and_is_said(
    counting: Counting, client: httpx.AsyncClient
) -> None:
    async with asking(counting, Broken()) as kept:
        assert (await kept.get("/readyz")).json()["parts"]["cache"] == "fine"
        for _ in range(3):
            answer = await kept.get("/api/v1/trends")
            assert answer.content == (await client.get("/api/v1/trends")).content
        ready = await kept.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["cache"]) == (200, "does not answer")
        metrics = (await kept.get("/metrics")).text
    assert 'trend_cache_reads_total{outcome="fault"}' in metrics
    assert "trend_cache_hit_ratio" in metrics


async def test_a_crowd_asks_the_records_once(counting: Counting) -> None:
    async with asking(counting) as kept:
        answers = await asyncio.gather(*(kept.get("/api/v1/trends") for _ in range(30)))
    assert {a.status_code for a in answers} == {200}
    assert counting.asked == 1


async def test_a_fault_of_the_records_is_answered_and_not_kept(counting: Counting) -> None:
    async with asking(counting) as kept:
        counting.broken = Unavailable("busy")
        assert (await kept.get("/api/v1/trends")).status_code == 503
        counting.broken = None
        assert (await kept.get("/api/v1/trends")).status_code == 200
