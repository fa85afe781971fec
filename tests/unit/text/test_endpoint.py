"""The embedding endpoint: what is sent, what is taken, what is tried again."""

import pytest

from embedding_endpoint import Endpoint, serving
from trend_agent.egress import Limits
from trend_agent.errors import Denied, Misconfigured, Rejected, Unavailable
from trend_agent.text.embedding import Text
from trend_agent.text.embedding.endpoint import EndpointEncoder

QUICK = Limits(deadline=2.0, connect=1.0, pace=0)


@pytest.fixture
def endpoint():
    there = Endpoint()
    with serving(there) as base:
        there.base = base
        yield there


def encoder(endpoint: Endpoint, **changes) -> EndpointEncoder:
    return EndpointEncoder(endpoint.base, "letters", **{"pauses": (0.01, 0.01), "limits": QUICK, **changes})


async def test_texts_go_out_in_batches_with_model_and_key(endpoint) -> None:
    made = await encoder(endpoint, key="sesame").embed([Text("ab") for _ in range(150)])
    assert len(made) == 150
    assert [len(one["input"]) for one in endpoint.asked] == [64, 64, 22]
    assert {one["path"] for one in endpoint.asked} == {"/v1/embeddings"}
    assert {one["model"] for one in endpoint.asked} == {"letters"}
    assert set(endpoint.keys) == {"Bearer sesame"}


async def test_answers_are_put_in_order_by_their_index(endpoint) -> None:
    first, second = await encoder(endpoint).embed([Text("aaa"), Text("b")])
    assert first[0] == 1
    assert second[1] == 1


async def test_no_key_is_sent_where_there_is_none(endpoint) -> None:
    await encoder(endpoint).embed([Text("a")])
    assert endpoint.keys == [None]


async def test_an_endpoint_that_is_down_or_limiting_is_asked_again(endpoint) -> None:
    endpoint.faults = [500, 502]
    assert len(await encoder(endpoint).embed([Text("a")])) == 1
    assert len(endpoint.asked) == 3


async def test_in_the_end_it_is_unavailable(endpoint) -> None:
    endpoint.faults = [500] * 9
    with pytest.raises(Unavailable, match="answered 500"):
        await encoder(endpoint).embed([Text("a")])
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize(("status", "kind"), [(401, Denied), (400, Rejected), (404, Exception)])
async def test_what_will_not_help_is_not_tried_again(endpoint, status, kind) -> None:
    endpoint.faults = [status]
    with pytest.raises(kind, match=str(status)):
        await encoder(endpoint).embed([Text("a")])
    assert len(endpoint.asked) == 1


async def test_a_refused_key_names_the_setting(endpoint) -> None:
    endpoint.faults = [401]
    with pytest.raises(Denied, match="TREND_EMBEDDER_KEY"):
        await encoder(endpoint, key="wrong").embed([Text("a")])


async def test_a_post_is_not_redirected(endpoint) -> None:
    endpoint.faults = [307]
    with pytest.raises(Rejected, match="redirects a POST"):
        await encoder(endpoint, key="sesame").embed([Text("a")])


async def test_vectors_of_another_size_are_refused(endpoint) -> None:
    there = encoder(endpoint)
    await there.embed([Text("a")])
    endpoint.size = 7
    with pytest.raises(Rejected, match="vectors of 7 numbers, expected 26"):
        await there.embed([Text("a")])


async def test_the_wanted_size_is_asked_for_and_held(endpoint) -> None:
    with pytest.raises(Rejected, match="expected 8"):
        await encoder(endpoint, dimensions=8).embed([Text("a")])
    assert endpoint.asked[0]["dimensions"] == 8


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {},
        lambda _: [],
        lambda answer: {"data": answer["data"][:1]},
        lambda answer: {"data": [{**row, "embedding": "none"} for row in answer["data"]]},
        lambda answer: {"data": [{**row, "embedding": [1e400, 1]} for row in answer["data"]]},
        lambda answer: {"data": [{**row, "embedding": [1.0] * (1 + row["index"])} for row in answer["data"]]},
    ],
)
async def test_what_is_no_embedding_is_refused(endpoint, change) -> None:
    endpoint.change = change
    with pytest.raises(Rejected):
        await encoder(endpoint).embed([Text("a"), Text("b")])


@pytest.mark.parametrize(("base", "model"), [("ftp://h/v1", "m"), ("https://h/v1", ""), ("h", "m")])
def test_what_is_no_endpoint_is_named(base: str, model: str) -> None:
    with pytest.raises(Misconfigured, match="an embedding endpoint is"):
        EndpointEncoder(base, model)
