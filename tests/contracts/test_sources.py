"""What every source keeps to, ours and those of installed packages alike.

A source needs a recording, ours beside the tests and others' in a folder `recordings/` beside their module:
`source.json` with its settings, where `{server}` stands for the server that imitates the platform, and the answers
of that server by path under `answers/`; `any` answers every path of its folder that has no file.
"""

import asyncio
import inspect
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trend_agent.egress import AddressPolicy, Http, Limits
from trend_agent.errors import Denied, Missing, Rejected, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources import known

RECORDINGS = Path(__file__).parents[1] / "unit" / "sources" / "recordings"

every_source = pytest.mark.parametrize("name", sorted(known()))


class Loopback(AddressPolicy):
    def reachable(self, address):
        return address in ip_network("127.0.1.0/24")

    def port(self, number):
        return True


def recording(name):
    theirs = Path(inspect.getfile(known()[name])).parent / "recordings" / name
    return theirs if theirs.is_dir() else RECORDINGS / name


def recorded(folder, path):
    """The file that answers a path; None where there is none."""
    asked = folder / "answers" / path.lstrip("/")
    places = [asked, *(above / "any" for above in asked.parents if above.is_relative_to(folder))]
    return next((place for place in places if place.is_file()), None)


@asynccontextmanager
async def platform(name, *, answering=True, status=200, headers=None):
    """The source called `name`, a way to the imitation of its platform, and whether that was asked."""
    folder, asked = recording(name), asyncio.Event()

    async def answer(request):
        asked.set()
        if not answering:
            await asyncio.sleep(60)
        if status != 200:
            return web.Response(status=status, headers=headers, text="no")
        file = recorded(folder, request.path)
        return web.Response(body=file.read_bytes()) if file else web.Response(status=404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    limits = Limits(pace=0, deadline=5)
    async with TestServer(app, host="127.0.1.1") as server, Http(policy=Loopback(), limits=limits) as http:
        root = str(server.make_url("")).rstrip("/")
        settings = json.loads((folder / "source.json").read_text().replace("{server}", root))
        yield known()[name](**settings), http, asked


async def collected(source, http, since=None):
    return [found async for found in source.collect(http, since or Cursor(source.key))]


@every_source
def test_a_source_is_called_like_its_file(name):
    assert known()[name].__module__.rpartition(".")[2] == name


@every_source
def test_a_source_says_what_it_is_and_what_each_setting_means(name):
    kind = known()[name]
    assert inspect.getdoc(inspect.getmodule(kind))
    undescribed = [field for field, about in kind.model_fields.items() if not about.description]
    assert undescribed == []
    assert kind.model_json_schema()["properties"]


@every_source
async def test_a_recording_replays_to_items_and_ends_with_a_cursor(name):
    async with platform(name) as (source, http, _):
        *found, cursor = await collected(source, http)
    items = [each for each in found if not isinstance(each, Cursor)]
    assert isinstance(cursor, Cursor)
    assert cursor.source == source.key
    json.dumps(dict(cursor.value), allow_nan=False)
    assert len(items) >= 1
    for item in items:
        assert isinstance(item, Item)
        assert item.id.startswith(f"{item.source}:")
        assert item.source == source.label
        assert item.title.strip()
        assert "<" not in item.title
        assert item.url == "" or item.url.startswith(("http://", "https://"))
    assert len({item.id for item in items}) == len(items)


@every_source
async def test_nothing_is_from_the_future(name):
    before = datetime.now(UTC)
    async with platform(name) as (source, http, _):
        items = [found for found in await collected(source, http) if isinstance(found, Item)]
    for item in items:
        assert before - timedelta(seconds=1) <= item.seen_at <= datetime.now(UTC)
        assert item.happened_at <= item.seen_at
        assert item.published_at is None or item.published_at.tzinfo is not None


@every_source
async def test_the_same_answers_give_the_same_ids(name):
    async with platform(name) as (source, http, _):
        first, second = await collected(source, http), await collected(source, http)
    ids = [[item.id for item in found if isinstance(item, Item)] for found in (first, second)]
    assert ids[0] == ids[1]


@every_source
async def test_it_goes_on_from_the_cursor_it_gave(name):
    async with platform(name) as (source, http, _):
        first = (await collected(source, http))[-1]
        second = (await collected(source, http, first))[-1]
    assert isinstance(second, Cursor)
    assert second.source == first.source


@every_source
async def test_a_source_ends_promptly_when_cancelled(name):
    async with platform(name, answering=False) as (source, http, asked):
        task = asyncio.ensure_future(collected(source, http))
        await asked.wait()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=1)
    assert done == {task}
    assert task.cancelled()


@every_source
@pytest.mark.parametrize(
    ("status", "error"), [(400, Rejected), (401, Denied), (403, Denied), (404, Missing), (503, Unavailable)]
)
async def test_a_refusal_is_the_error_that_says_what_to_do(name, status, error):
    async with platform(name, status=status) as (source, http, _):
        with pytest.raises(error):
            await collected(source, http)


@every_source
async def test_a_limit_says_how_long_to_wait(name):
    async with platform(name, status=429, headers={"Retry-After": "77"}) as (source, http, _):
        with pytest.raises(Unavailable) as fault:
            await collected(source, http)
    assert fault.value.retry_after == 77
