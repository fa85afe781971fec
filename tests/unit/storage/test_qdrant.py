"""What is special about either way to Qdrant."""

import subprocess
import sys

import pytest

from qdrant_double import Qdrant, serving
from trend_agent.errors import Conflict, Denied, Misconfigured, Rejected, Unavailable
from trend_agent.items import Sparse
from trend_agent.storage.ports.vectors import Point
from trend_agent.storage.qdrant.edge import EdgeVectors
from trend_agent.storage.qdrant.server import ServerVectors

HOLD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from trend_agent.items import Sparse
from trend_agent.storage.ports.vectors import Point
from trend_agent.storage.qdrant.edge import EdgeVectors
store = EdgeVectors(Path(sys.argv[1]))
asyncio.run(store.upsert([Point("wire:1", datetime.now(UTC), "wire", "de", "t", sparse=Sparse([1], [1.0]))], place=1))
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process with the folder open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_has_one_opener(tmp_path, holder) -> None:
    with pytest.raises(Conflict, match="open in another process"):
        EdgeVectors(tmp_path)


async def test_what_a_killed_process_stored_is_there(tmp_path, holder) -> None:
    holder.kill()
    holder.wait()
    store = EdgeVectors(tmp_path)
    assert await store.items() == ["wire:1"]
    assert await store.place() == 1
    await store.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        Misconfigured, match=r"cannot keep vectors at '.*file/v': Not a directory; TREND_VECTORS"
    ):
        EdgeVectors(tmp_path / "file" / "v")


def test_a_folder_of_something_else_is_named(tmp_path) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(Unavailable, match="cannot be used"):
        EdgeVectors(tmp_path)


@pytest.fixture
def server():
    qdrant = Qdrant()
    with serving(qdrant) as url:
        qdrant.url = url
        yield qdrant


async def asked(server: Qdrant, key: str = "") -> None:
    store = ServerVectors(server.url, "items", key=key)
    try:
        await store.count()
    finally:
        await store.close()


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
async def test_a_wrong_key_is_denied_and_the_right_one_is_sent(server) -> None:
    server.key = "sesame"
    with pytest.raises(Denied, match="TREND_VECTORS_KEY"):
        await asked(server, "wrong")
    await asked(server, "sesame")


@pytest.mark.parametrize(("status", "kind"), [(503, Unavailable), (400, Rejected), (403, Denied)])
async def test_answers_become_our_errors(server, status, kind) -> None:
    server.fail = status
    with pytest.raises(kind, match=str(status)):
        await asked(server)


async def test_a_server_that_limits_us_says_how_long(server) -> None:
    server.fail = 429
    with pytest.raises(Unavailable, match="is limiting us") as caught:
        await asked(server)
    assert caught.value.retry_after == 7


async def test_a_server_that_is_down_is_unavailable(server, noon) -> None:
    store = ServerVectors("http://127.0.0.1:1", "items")
    with pytest.raises(Unavailable, match="does not answer"):
        await store.upsert([Point("wire:1", noon, "wire", "de", "t", sparse=Sparse([1], [1.0]))])
    await store.close()


def test_the_stand_in_refuses_what_qdrant_does_not_know(server) -> None:
    refused = server.client  # keeps the client alive beside the server's thread
    assert refused is not None
    with pytest.raises(Exception, match="ordering"):
        server.answer(
            "POST", "/collections/items/points/query", b'{"query": {"ordering": 3}, "limit": "many"}', None
        )
