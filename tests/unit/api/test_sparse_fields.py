"""Answers cut to the fields that are asked for; a name that is none is refused before any work."""

import httpx
import pytest

from trend_agent.api.rest.answers import MissedPage, TrendPage
from trend_agent.api.rest.fields import entry, names, pruned, read
from trend_agent.errors import Rejected
from trend_agent.items import Trend


async def test_a_list_holds_only_the_fields_asked_for_in_its_envelope(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/v1/trends?fields=topic,headline.text,receipt.terms.name&limit=2")).json()
    assert page["trends"][0] == {
        "topic": "t1",
        "headline": {"text": "Otters return to the river 1"},
        "receipt": {"terms": [{"name": "surprise"}, {"name": "rise"}]},
    }
    assert page["at"] == "2026-03-01T12:00:00Z"
    assert page["next"]


async def test_one_thing_holds_only_the_fields_asked_for(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/trends/t1?fields=rank,topic")).json() == {"rank": 1, "topic": "t1"}
    facts = (await client.get("/api/v1/trends/t1/items?fields=item.title&limit=1")).json()["items"]
    assert facts == [{"item": {"title": "Otters return to the river 0"}}]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("headlines", "no 'headlines' of 'headlines'; there are topic, at, rank"),
        ("headline.words", "no 'words' of 'headline.words'; there are text, items"),
        ("topic.length", "nothing lies within"),
        ("topic,,rank", "no '' of ''"),
        ("", "no '' of ''"),
        ("topic,", "no ''"),
        (".", "no ''"),
        ("%00", "no '\\x00'"),
    ],
)
async def test_a_field_that_is_none_is_refused_with_those_there_are(
    client: httpx.AsyncClient, fields: str, said: str
) -> None:
    answer = await client.get(f"/api/v1/trends?fields={fields}")
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


async def test_a_sparse_answer_has_a_tag_of_its_own(client: httpx.AsyncClient) -> None:
    whole = await client.get("/api/v1/trends/t1")
    sparse = await client.get("/api/v1/trends/t1?fields=topic")
    assert whole.headers["etag"] != sparse.headers["etag"]
    again = await client.get(
        "/api/v1/trends/t1?fields=topic", headers={"If-None-Match": sparse.headers["etag"]}
    )
    assert again.status_code == 304


async def test_what_is_not_there_stays_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/trends/t0?fields=topic")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


def test_fields_are_those_of_the_things_in_the_first_list_of_an_envelope() -> None:
    assert entry(TrendPage) == ("trends", Trend)
    assert entry(MissedPage)[0] == "missed"
    assert entry(Trend) == ("", Trend)


def test_any_name_may_lie_within_what_holds_any_names() -> None:
    assert read("receipt.terms.inputs.observed", Trend) == {
        "receipt": {"terms": {"inputs": {"observed": {}}}}
    }
    with pytest.raises(Rejected, match="items"):
        read("headline.nothing", Trend)
    assert names(str) == {}


def test_the_whole_of_a_thing_beside_a_part_of_it_is_the_part() -> None:
    value = {"a": {"b": 1, "c": 2}, "d": 3}
    assert pruned(value, {"a": {"b": {}}}) == {"a": {"b": 1}}
    assert pruned(value, {"a": {}, "e": {}}) == {"a": {"b": 1, "c": 2}}
