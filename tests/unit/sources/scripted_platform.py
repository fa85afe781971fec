"""A platform on this machine that answers as a test scripts it, and remembers what it was asked."""

from contextlib import asynccontextmanager
from ipaddress import ip_network

from aiohttp import web
from aiohttp.test_utils import TestServer

from trend_agent.egress import AddressPolicy, Http, Limits
from trend_agent.items import Cursor, Item
from trend_agent.sources import known


class Loopback(AddressPolicy):
    def reachable(self, address):
        return address in ip_network("127.0.1.0/24")

    def port(self, number):
        return True


@asynccontextmanager
async def scripted(answers):
    """The address of a server where `answers(request)` is a response, JSON, or None for 404; and a way there."""

    async def answer(request):
        found = answers(request)
        if found is None or isinstance(found, web.Response):
            return found or web.Response(status=404)
        return web.json_response(found)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    limits = Limits(pace=0, deadline=5)
    async with TestServer(app, host="127.0.1.1") as server, Http(policy=Loopback(), limits=limits) as http:
        yield str(server.make_url("")).rstrip("/"), http


async def visited(name, answers, since=None, **settings):
    """The items and the cursors of one visit, `since` being what an earlier cursor held."""
    async with scripted(answers) as (server, http):
        given = {n: v.format(server=server) if isinstance(v, str) else v for n, v in settings.items()}
        source = known()[name](**given)
        value = {n: v.format(server=server) if isinstance(v, str) else v for n, v in (since or {}).items()}
        found = [each async for each in source.collect(http, Cursor(source.key, value))]
    items = [each for each in found if isinstance(each, Item)]
    return items, [each.value for each in found if isinstance(each, Cursor)]


def refused(status, body, **headers):
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return web.json_response(body, status=status, headers=named)
