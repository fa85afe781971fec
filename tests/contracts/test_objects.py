"""What every backend of the objects promises."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from services.backends import OBJECTS, own_name
from trend_agent.errors import Conflict, Missing, Rejected
from trend_agent.storage.opening import open_objects
from trend_agent.storage.ports.objects import Objects, StorageClass

NOW = datetime.now(UTC)
LARGE = 20 << 20
"""Bytes of an object that goes in parts: two whole ones and a half."""


@pytest.fixture(params=OBJECTS)
async def objects(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Objects]:
    folder = request.param == "folder"
    address = (
        f"folder:{tmp_path}/objects"
        if folder
        else request.getfixturevalue(request.param).address(prefix=own_name())
    )
    made = open_objects(address, setting="TREND_OBJECTS", site="http://127.0.0.1:8765")
    await made.make_bucket("exports")
    yield made
    await made.close()


async def test_what_is_put_is_got_with_all_that_is_known_of_it(objects: Objects) -> None:
    data = bytes(range(256)) * 10
    told = {"made-by": "Löwe 狮子 100 %", "empty": ""}
    put = await objects.put("exports", "2026/03/a.bin", data, kind="application/x-test", metadata=told)
    about = await objects.about("exports", "2026/03/a.bin")
    assert await objects.get("exports", "2026/03/a.bin") == data
    assert about == put
    assert (about.key, about.size, about.kind) == ("2026/03/a.bin", len(data), "application/x-test")
    assert about.sha256 == hashlib.sha256(data).hexdigest()
    assert dict(about.metadata) == told
    assert abs(about.modified_at - datetime.now(UTC)) < timedelta(minutes=5)


async def test_putting_again_replaces(objects: Objects) -> None:
    for data in (b"first", b"second, longer", b""):
        await objects.put("exports", "a", data)
        assert await objects.get("exports", "a") == data
    assert [o.size for o in (await objects.page("exports")).objects] == [0]


async def test_of_many_who_put_at_once_one_is_left_whole(objects: Objects) -> None:
    bodies = [bytes([number]) * 3_000 for number in range(6)]
    for key in ("a", "b/c", "d"):
        await asyncio.gather(*(objects.put("exports", key, body) for body in bodies))
        assert await objects.get("exports", key) in bodies


async def test_who_puts_while_others_delete_is_not_disturbed(objects: Objects) -> None:
    for number in range(5):
        key = f"some/{number}/a"
        putting = [objects.put("exports", key, b"body") for _ in range(3)]
        deleting = [objects.delete("exports", key) for _ in range(3)]
        told = await asyncio.gather(*putting, *deleting, return_exceptions=True)
        assert all(isinstance(one, Missing) for one in told if isinstance(one, BaseException)), told
        await objects.put("exports", key, b"last")
        assert await objects.get("exports", key) == b"last"


async def test_parts_of_an_object_can_be_read(objects: Objects) -> None:
    await objects.put("exports", "a", b"0123456789")
    assert await objects.get("exports", "a", start=3, end=6) == b"345"
    assert await objects.get("exports", "a", start=7) == b"789"
    assert await objects.get("exports", "a", start=8, end=99) == b"89"
    assert await objects.get("exports", "a", start=10) == b""
    with pytest.raises(Rejected, match="no range"):
        await objects.get("exports", "a", start=5, end=5)


async def test_a_large_file_goes_in_and_comes_out_whole(objects: Objects, tmp_path: Path) -> None:
    file, back = tmp_path / "large", tmp_path / "back"
    file.write_bytes(random.Random(1).randbytes(LARGE))
    put = await objects.put("exports", "large.bin", file, metadata={"of": "parts"})
    assert (put.size, put.sha256) == (LARGE, hashlib.sha256(file.read_bytes()).hexdigest())
    assert await objects.save("exports", "large.bin", back) == put
    assert back.read_bytes() == file.read_bytes()
    assert await objects.tidy("exports", before=NOW + timedelta(days=1)) == 0
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["back", "large"]


async def test_a_list_comes_in_pages_by_the_bytes_of_the_keys(objects: Objects) -> None:
    keys = [
        "a/b",
        "a-b",
        "a0",
        "a",
        "b/c/d",
        "b/c",
        "Z",
        "ä",
        "狮",
        "a/b/c",
        "x.y",
        ".hidden/z",
        "100%",
        "u@v",
    ]
    await asyncio.gather(*(objects.put("exports", key, b"x") for key in keys))
    found, after = [], ""
    for _ in range(20):
        page = await objects.page("exports", after=after, limit=4)
        found += [o.key for o in page.objects]
        if page.next is None:
            break
        after = page.next
    assert found == sorted(keys, key=str.encode)
    of_a = await objects.page("exports", prefix="a/")
    assert ([o.key for o in of_a.objects], of_a.next) == (["a/b", "a/b/c"], None)
    assert [o.key for o in (await objects.page("exports", prefix="a/", after="a/b")).objects] == ["a/b/c"]
    assert [o.key for o in (await objects.page("exports", prefix="b")).objects] == ["b/c", "b/c/d"]
    assert (await objects.page("exports", prefix="none")).objects == []


async def test_what_is_deleted_is_gone_and_deleting_again_does_nothing(objects: Objects) -> None:
    for key in ("a/b/c", "a/b", "d"):
        await objects.put("exports", key, b"x")
    await objects.delete("exports", "a/b", "d", "never/there")
    await objects.delete("exports", "a/b")
    assert [o.key for o in (await objects.page("exports")).objects] == ["a/b/c"]
    with pytest.raises(Missing):
        await objects.get("exports", "a/b")
    with pytest.raises(Missing):
        await objects.about("exports", "d")
    with pytest.raises(Missing):
        await objects.save("exports", "d", Path("nowhere"))


async def test_buckets_are_made_listed_and_dropped_when_empty(objects: Objects) -> None:
    await objects.make_bucket("raw-captures")
    await objects.make_bucket("raw-captures")
    assert await objects.buckets() == ["exports", "raw-captures"]
    await objects.put("raw-captures", "a", b"x")
    with pytest.raises(Conflict):
        await objects.drop_bucket("raw-captures")
    await objects.delete("raw-captures", "a")
    await objects.drop_bucket("raw-captures")
    assert await objects.buckets() == ["exports"]
    for asked in (objects.get("raw-captures", "a"), objects.put("raw-captures", "a", b"x"),
                  objects.page("raw-captures"), objects.drop_bucket("raw-captures")):  # fmt: skip
        with pytest.raises(Missing):
            await asked


@pytest.mark.parametrize("kept", get_args(StorageClass))
async def test_an_object_is_kept_as_it_was_wanted(objects: Objects, kept: StorageClass) -> None:
    await objects.put("exports", "a", b"x", storage_class=kept, metadata={"of": "it"})
    await objects.put("exports", "b", b"y", metadata={"of": "it"})
    await objects.move("exports", "b", kept)
    for key in ("a", "b"):
        about = await objects.about("exports", key)
        assert (about.storage_class, about.metadata) == (kept, {"of": "it"})
    assert {o.storage_class for o in (await objects.page("exports")).objects} == {kept}


async def test_an_archived_object_can_be_read_once_it_is_restored(objects: Objects) -> None:
    await objects.put("exports", "a", b"old", storage_class="archive")
    try:
        assert await objects.get("exports", "a") == b"old"
    except Conflict as fault:  # as Amazon does it
        assert "restored first" in str(fault)
    await objects.restore("exports", "a", days=2)
    assert await objects.get("exports", "a") == b"old"
    await objects.put("exports", "b", b"new")
    await objects.restore("exports", "b")


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "a\\b", "a\x00b", "a\nb", "x" * 201, "/".join(["k" * 99] * 10),
     "狮" * 67],
)  # fmt: skip
async def test_a_key_that_is_none_is_rejected(objects: Objects, key: str) -> None:
    for asked in (objects.put("exports", key, b"x"), objects.get("exports", key), objects.about("exports", key),
                  objects.delete("exports", key), objects.link("exports", key)):  # fmt: skip
        with pytest.raises(Rejected):
            await asked


@pytest.mark.parametrize("bucket", ["", "ab", "A-bucket", "../x", "a b c", "-abc", "x" * 32])
async def test_a_bucket_that_is_none_is_rejected(objects: Objects, bucket: str) -> None:
    for asked in (objects.make_bucket(bucket), objects.put(bucket, "a", b"x"), objects.page(bucket)):
        with pytest.raises(Rejected, match="no name for a bucket"):
            await asked


@pytest.mark.parametrize(
    "metadata", [{"Upper": "x"}, {"a b": "x"}, {"a": "line\nbreak"}, {"a": "x" * 600}, {"": "x"}]
)
async def test_metadata_that_cannot_be_kept_are_rejected(objects: Objects, metadata: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="metadata"):
        await objects.put("exports", "a", b"x", metadata=metadata)
    with pytest.raises(Missing):
        await objects.about("exports", "a")


async def test_a_file_that_is_not_there_is_named(objects: Objects, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="nothing-here"):
        await objects.put("exports", "a", tmp_path / "nothing-here")


async def test_a_link_lasts_for_a_while_and_not_for_ever(objects: Objects) -> None:
    for lasting in (timedelta(0), timedelta(days=8)):
        with pytest.raises(Rejected, match="cannot last"):
            await objects.link("exports", "a", lasting=lasting)
    assert (await objects.link("exports", "a b/狮", method="PUT")).startswith("http://127.0.0.1:")


async def test_a_sound_backend_has_nothing_wrong(objects: Objects) -> None:
    assert await objects.check() == []
