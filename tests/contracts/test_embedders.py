"""What every embedder promises."""

from pathlib import Path

import numpy as np
import pytest

from embedding_endpoint import Endpoint, serving
from trend_agent.items import Sparse
from trend_agent.processing.lexical import Lexical
from trend_agent.text.embedding import Text, dot
from trend_agent.text.embedding.endpoint import EndpointEncoder
from trend_agent.text.embedding.onnx import OnnxEncoder
from trend_agent.text.embedding.remembered import Remembered

TINY = Path(__file__).parents[1] / "unit" / "text" / "tiny_encoder"
TEXTS = [
    Text("quake shakes japan", "en"),
    Text("bank fails", "en"),
    Text("japan", "en"),
    *(Text("rates " * n, "en") for n in range(1, 80)),
]


@pytest.fixture(params=["lexical", "onnx", "endpoint", "remembered"])
def embedder(request):
    if request.param == "lexical":
        yield Lexical()
    elif request.param == "onnx":
        yield OnnxEncoder(str(TINY))
    elif request.param == "remembered":
        yield Remembered(Lexical(), most=10)
    else:
        with serving(Endpoint()) as base:
            yield EndpointEncoder(base, "letters", pauses=())


async def test_vectors_come_in_order_and_have_length_one(embedder) -> None:
    made = await embedder.embed(TEXTS)
    assert len(made) == len(TEXTS)
    for at in (0, 1, 2, 40, 81):
        assert dot(made[at], made[at]) == pytest.approx(1, abs=1e-5)
        (alone,) = await embedder.embed([TEXTS[at]])
        assert dot(made[at], alone) == pytest.approx(1, abs=1e-5)


async def test_alike_texts_are_nearer_than_others(embedder) -> None:
    quake, again, bank = await embedder.embed(
        [Text("Quake shakes Japan", "en"), Text("Earthquake hits Japan", "en"), Text("Bank fails", "en")]
    )
    assert dot(quake, again) > dot(quake, bank)


async def test_a_text_without_a_word_does_no_harm(embedder) -> None:
    empty, blank, word = await embedder.embed([Text(""), Text(" \n"), Text("japan", "en")])
    for one in (empty, blank):
        assert -1e-6 <= dot(one, word) <= 1


async def test_nothing_asked_is_nothing_answered(embedder) -> None:
    assert list(await embedder.embed([])) == []


async def test_all_vectors_are_of_one_kind(embedder) -> None:
    made = await embedder.embed(TEXTS[:3])
    assert len({isinstance(one, Sparse) for one in made}) == 1
    if not isinstance(made[0], Sparse):
        assert {np.asarray(one).shape for one in made} == {np.asarray(made[0]).shape}


async def test_names_tell_what_made_a_vector(embedder) -> None:
    assert embedder.name
    assert embedder.name.isprintable()
