"""Topics are put right from outside: what is said is done, listed, undone, and refused where it cannot be."""

from typing import Any

import httpx
import pytest
from small_newsroom import SmallDesk

from principals import ADMINISTRATOR, As
from trend_agent.api import application
from trend_agent.api.hands import OwnHands


async def say(admin: httpx.AsyncClient, status: int = 201, **asked: Any) -> Any:
    answer = await admin.post("/api/v1/corrections", json=asked)
    assert answer.status_code == status, answer.text
    return answer.json()


async def topic_of(admin: httpx.AsyncClient, item: str) -> str:
    return str((await admin.get(f"/api/v1/items/{item}")).json()["topic"])


async def test_topics_are_merged_by_whoever_says_so(admin: httpx.AsyncClient) -> None:
    made = await say(admin, kind="merge", topics=["t3", "t1"])
    assert (made["correction"]["kind"], made["correction"]["by"]) == ("merge", "an administrator")
    assert made["correction"]["topic"] == "t3"
    assert made["stands"] is True
    assert await topic_of(admin, "wire:a/b:0") == "t3"
    assert (await admin.get("/api/v1/topics/t1")).json()["topic"]["id"] == "t3"


async def test_items_are_split_off_pinned_unpinned_and_all_is_undone(admin: httpx.AsyncClient) -> None:
    split = (await say(admin, kind="split", topic="t1", items=["wire:a/b:3"]))["correction"]
    assert await topic_of(admin, "wire:a/b:3") == split["topic"] != "t1"
    pin = (await say(admin, kind="pin", item="wire:a/b:2", topic="t3"))["correction"]
    assert await topic_of(admin, "wire:a/b:2") == "t3"
    taken = await say(admin, kind="unpin", item="wire:a/b:2")
    assert (taken["correction"]["undoes"], taken["stands"]) == (pin["id"], False)
    await say(admin, kind="undo", correction=split["id"])
    assert await topic_of(admin, "wire:a/b:3") == "t1"
    page = (await admin.get("/api/v1/corrections")).json()
    assert [(c["correction"]["kind"], c["stands"]) for c in page["corrections"]] == [
        ("undo", False),
        ("undo", False),
        ("pin", False),
        ("split", False),
    ]


async def test_pages_of_corrections_give_each_once(admin: httpx.AsyncClient) -> None:
    for n in (3, 2, 1):
        await say(admin, kind="split", topic="t1", items=[f"wire:a/b:{n}"])
    seen, cursor = [], ""
    for _ in range(3):
        page = (await admin.get("/api/v1/corrections", params={"limit": 1, "cursor": cursor})).json()
        seen += [c["correction"]["id"] for c in page["corrections"]]
        cursor = page["next"] or ""
    assert seen == [3, 2, 1]
    assert cursor == ""


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"kind": "merge", "topics": ["t1", "t2"]}, 409, "are one topic already"),
        ({"kind": "merge", "topics": ["t1", "t0"]}, 404, "no topic 't0'"),
        ({"kind": "merge", "topics": ["t1"]}, 422, "topics"),
        ({"kind": "merge", "topics": ["t1", "a\x00"]}, 422, "topics"),
        ({"kind": "merge", "topics": ["t1", "t3"], "by": "me"}, 422, "by"),
        ({"kind": "split", "topic": "t3", "items": ["wire:a/b:9"]}, 409, "nothing to part them from"),
        ({"kind": "split", "topic": "t1", "items": ["wire:a/b:9"]}, 409, "is not in topic 't1'"),
        ({"kind": "split", "topic": "t1", "items": []}, 422, "items"),
        ({"kind": "pin", "item": "nobody:1", "topic": "t1"}, 404, "nobody:1"),
        ({"kind": "unpin", "item": "wire:a/b:1"}, 404, "is not pinned"),
        ({"kind": "undo", "correction": 9}, 404, "no correction 9"),
        ({"kind": "undo", "correction": 2**70}, 422, "correction"),
        ({"kind": "rename", "topic": "t1"}, 422, "kind"),
        ({}, 422, "kind"),
        ([], 422, ""),
    ],
)
async def test_what_cannot_be_is_refused_in_words(
    admin: httpx.AsyncClient, asked: Any, status: int, said: str
) -> None:
    answer = await admin.post("/api/v1/corrections", json=asked)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert (await admin.get("/api/v1/corrections")).json()["corrections"] == []


async def test_a_process_without_hands_says_so(desk: SmallDesk, hands: OwnHands) -> None:
    transport = httpx.ASGITransport(As(ADMINISTRATOR, application(desk)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test.example") as reader:
        answer = await reader.post("/api/v1/corrections", json={"kind": "undo", "correction": 1})
    assert answer.status_code == 503
    assert "only reads" in answer.json()["detail"]
