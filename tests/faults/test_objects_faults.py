"""Objects on bad lines, with bad links and damaged bytes: whole or not at all, and never wrong."""

import asyncio
import random
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import aioboto3
import pytest
from proxy import Fault, Proxy

from services.backends import own_name
from services.ceph import Ceph
from services.moto import Moto
from trend_agent.errors import Conflict, Denied, Missing, TrendError, Unavailable
from trend_agent.storage.opening import open_objects
from trend_agent.storage.ports.objects import Objects

LARGE = random.Random(1).randbytes(34 << 20)
"""Five parts."""


@asynccontextmanager
async def objects_on(address: str) -> AsyncIterator[Objects]:
    objects = open_objects(address, setting="TREND_OBJECTS", site="http://127.0.0.1:8765")
    try:
        yield objects
    finally:
        await objects.close()


def fetch(address: str, data: bytes | None = None) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, data=data, method="PUT" if data is not None else "GET"),
            timeout=10,
        ) as answer:
            return answer.status, answer.read()
    except HTTPError as fault:
        return fault.code, b""


async def dangling(server: Ceph, bucket: str) -> int:
    """Uploads that were begun and neither finished nor thrown away."""
    login = {
        "aws_access_key_id": server.key,
        "aws_secret_access_key": server.secret,
        "region_name": "us-east-1",
    }
    session: Any = aioboto3.Session()
    async with session.client("s3", endpoint_url=f"http://127.0.0.1:{server.port}", **login) as s3:
        return len((await s3.list_multipart_uploads(Bucket=bucket)).get("Uploads", ()))


async def begun(server: Ceph, bucket: str) -> None:
    """Waits until an upload is under way."""
    async with asyncio.timeout(30):
        while True:
            if await dangling(server, bucket):
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("fault", ["down", "reset", "blackhole", "half-open"])
async def test_an_upload_that_is_cut_off_leaves_nothing_and_the_next_one_works(
    ceph: Ceph, fault: Fault
) -> None:
    prefix = own_name()
    async with (
        Proxy(ceph.port) as proxy,
        objects_on(ceph.address(proxy.port, prefix=prefix) + "?timeout=1") as objects,
    ):
        await objects.make_bucket("exports")
        await objects.put("exports", "a", b"before")

        async def cut() -> None:
            await proxy.passed(len(LARGE) // 2)  # asking the server could come too late
            await proxy.set(fault)

        cutting = asyncio.create_task(cut())
        if fault == "half-open":  # new connections work, and the driver tries again over those
            await objects.put("exports", "a", LARGE)
            await cutting
            assert await objects.get("exports", "a") == LARGE
            return
        with pytest.raises(Unavailable):
            await objects.put("exports", "a", LARGE)
        await cutting
        await proxy.set(None)
        assert await objects.get("exports", "a") == b"before"
        assert await objects.tidy("exports", before=datetime.now(UTC) + timedelta(hours=1)) <= 1
        assert await dangling(ceph, f"{prefix}-exports") == 0
        await objects.put("exports", "a", LARGE)
        assert await objects.get("exports", "a") == LARGE


@pytest.mark.parametrize("fault", ["latency", "bandwidth"])
async def test_on_a_slow_line_it_takes_longer_and_no_more(ceph: Ceph, fault: Fault) -> None:
    async with (
        Proxy(ceph.port, seconds=0.1, rate=20_000) as proxy,
        objects_on(ceph.address(proxy.port, prefix=own_name())) as objects,
    ):
        await proxy.set(fault)
        await objects.make_bucket("exports")
        await objects.put("exports", "a", b"x" * 5000)
        assert await objects.get("exports", "a") == b"x" * 5000


async def test_an_upload_that_is_cancelled_is_thrown_away(ceph: Ceph) -> None:
    prefix = own_name()
    async with objects_on(ceph.address(prefix=prefix)) as objects:
        await objects.make_bucket("exports")
        putting = asyncio.create_task(objects.put("exports", "a", LARGE))
        await begun(ceph, f"{prefix}-exports")
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert await dangling(ceph, f"{prefix}-exports") == 0
        with pytest.raises(Missing):
            await objects.about("exports", "a")


async def test_wrong_credentials_are_said_to_be_wrong(ceph: Ceph) -> None:
    async with objects_on(ceph.address(secret="open-it")) as objects:
        for asked in (objects.check(), objects.make_bucket("exports")):
            with pytest.raises(Denied, match="s3 at") as told:
                await asked
            assert "open-it" not in str(told.value)


async def test_a_link_to_a_real_store_lets_in_who_has_it_whole_and_in_time(ceph: Ceph) -> None:
    async with objects_on(ceph.address(prefix=own_name())) as objects:
        await objects.make_bucket("exports")
        await objects.put("exports", "a b/狮", b"data")
        get, put = [await objects.link("exports", "a b/狮", method=m) for m in ("GET", "PUT")]
        brief = await objects.link("exports", "a b/狮", lasting=timedelta(seconds=1))
        ask = asyncio.to_thread
        assert await ask(fetch, get) == (200, b"data")
        assert (await ask(fetch, put, b"new"))[0] == 200
        assert await ask(fetch, get) == (200, b"new")
        assert (await ask(fetch, get, b"not by this one"))[0] == 403
        assert (await ask(fetch, get[:-1] + ("0" if get[-1] != "0" else "1")))[0] == 403
        await asyncio.sleep(2.1)
        assert (await ask(fetch, brief))[0] == 403
        about = await objects.about("exports", "a b/狮")
        assert (about.size, about.sha256) == (3, "")
        assert await objects.get("exports", "a b/狮") == b"new"


async def test_bytes_that_changed_underneath_are_refused_on_a_real_store(ceph: Ceph, tmp_path: Path) -> None:
    prefix = own_name()
    async with objects_on(ceph.address(prefix=prefix)) as objects:
        await objects.make_bucket("exports")
        about = await objects.put("exports", "a", b"data")
        session: Any = aioboto3.Session(ceph.key, ceph.secret, region_name="us-east-1")
        async with session.client("s3", endpoint_url=f"http://127.0.0.1:{ceph.port}") as s3:
            await s3.put_object(
                Bucket=f"{prefix}-exports", Key="a", Body=b"dat4", Metadata={"sha256": about.sha256}
            )
        with pytest.raises(Conflict, match="damaged"):
            await objects.get("exports", "a")
        with pytest.raises(Conflict, match="damaged"):
            await objects.save("exports", "a", tmp_path / "a")
        assert list(tmp_path.iterdir()) == []


async def test_an_archive_like_amazons_wants_its_objects_restored_first(moto: Moto) -> None:
    async with objects_on(moto.address(prefix=own_name())) as objects:
        await objects.make_bucket("exports")
        await objects.put("exports", "a", b"old", storage_class="archive")
        with pytest.raises(Conflict, match="restored first"):
            await objects.get("exports", "a")
        await objects.restore("exports", "a")
        assert await objects.get("exports", "a") == b"old"


async def test_each_flipped_bit_in_a_folder_is_noticed(tmp_path: Path) -> None:
    async with objects_on(f"folder:{tmp_path}/o") as objects:
        await objects.make_bucket("exports")
        await objects.put("exports", "a", b"some data", metadata={"of": "it"})
        (file,) = [p for p in (tmp_path / "o" / "exports").iterdir() if not p.name.endswith("json")]
        sound = file.read_bytes()
        for place in range(len(sound) * 8):
            bad = bytearray(sound)
            bad[place // 8] ^= 1 << place % 8
            file.write_bytes(bytes(bad))
            with pytest.raises(Conflict, match="damaged"):
                await objects.get("exports", "a")
        for wrong in (b"", sound[:-1], sound + b"x"):
            file.write_bytes(wrong)
            with pytest.raises(Conflict, match="damaged"):
                await objects.get("exports", "a")
        file.unlink()
        with pytest.raises(Conflict, match="its bytes are gone"):
            await objects.get("exports", "a")
        await objects.put("exports", "a", sound)
        assert await objects.get("exports", "a") == sound


async def test_a_put_that_dies_anywhere_leaves_the_old_object_whole(tmp_path: Path) -> None:
    """A process is killed at each step of replacing; whatever it was at, one of the two is there and whole."""
    import subprocess
    import sys

    code = """
import asyncio, os, sys
steps = [int(sys.argv[2])]
def hook(event, details):
    if event in ("open", "os.rename", "os.remove", "os.mkdir") and sys.argv[1] in str(details[0]):
        steps[0] -= 1
        if steps[0] == 0:
            os.kill(os.getpid(), 9)
from trend_agent.storage.address import parsed
from trend_agent.storage.folder import FolderObjects
objects = FolderObjects(parsed("folder:" + sys.argv[1], setting="X"), site="")
sys.addaudithook(hook)
asyncio.run(objects.put("exports", "deep/a", b"new" * 1000))
"""
    async with objects_on(f"folder:{tmp_path}/o") as objects:
        await objects.make_bucket("exports")
        await objects.put("exports", "deep/a", b"old")
        for step in range(1, 60):
            command = [sys.executable, "-c", code, f"{tmp_path}/o", str(step)]
            done = await asyncio.to_thread(subprocess.run, command, check=False)
            assert await objects.get("exports", "deep/a") in (b"old", b"new" * 1000)
            if done.returncode == 0:
                break
            assert done.returncode == -9
        assert step > 5
        assert await objects.get("exports", "deep/a") == b"new" * 1000
        await objects.tidy("exports", before=datetime.now(UTC) + timedelta(hours=1))
        await objects.put("exports", "deep/a", b"newest")
        left = [p.name for p in (tmp_path / "o" / "exports").rglob("*") if p.is_file()]
        assert len(left) == 2


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    async with objects_on(f"folder:{tmp_path}/file/o") as objects:
        with pytest.raises(TrendError, match=r"folder of objects '.*file/o' cannot be used"):
            await objects.make_bucket("exports")
        with pytest.raises(TrendError, match=r"folder of objects '.*file/o' cannot be used"):
            await objects.check()
