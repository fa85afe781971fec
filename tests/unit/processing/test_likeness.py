"""How alike two items are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_agent.items import Item
from trend_agent.processing.lexical import vector
from trend_agent.processing.likeness import OTHER_DAY, likeness, likenesses, page
from trend_agent.text.embedding import Text, dot


def item(title: str, body: str = "", lang: str = "en") -> Item:
    return Item(
        id="wire:1",
        source="wire",
        title=title,
        body=body,
        lang=lang,
        seen_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def alike(one: Item, other: Item) -> float:
    return likeness(page(one), page(other))


QUAKE = item("Strong earthquake shakes northern Japan")


def test_an_item_is_like_itself() -> None:
    assert alike(QUAKE, QUAKE) == pytest.approx(1)


def test_another_wording_is_nearer_than_another_story() -> None:
    assert alike(QUAKE, item("Quake shakes Japan's north")) > 0.5
    assert alike(QUAKE, item("Central bank keeps interest rates")) < 0.1


def test_another_place_tells_events_apart() -> None:
    assert alike(QUAKE, item("Strong earthquake shakes southern Japan")) > alike(
        QUAKE, item("Strong earthquake shakes northern Chile")
    )


def test_another_number_tells_events_apart() -> None:
    four = item("4 dead in road accident")
    assert alike(four, item("Four dead in road crash")) < alike(four, item("4 killed in a road accident"))
    assert alike(four, item("12 dead in road accident")) < 0.9


def test_another_day_tells_events_apart() -> None:
    rain = item("Rain in the north", "Rain is expected on 8 November.")
    same, later = (item("Rain in the north", f"It will rain on {day} November.") for day in (8, 16))
    assert alike(rain, later) == pytest.approx(alike(rain, same) * OTHER_DAY)
    assert alike(rain, item("Rain in the north", "It will rain.")) == pytest.approx(alike(rain, same))


def test_the_day_in_an_address_or_of_publication_counts_like_one_in_the_text() -> None:
    rain = replace(item("Rain in the north"), published_at=datetime(2026, 3, 1, tzinfo=UTC))
    then = replace(item("Rain in the north"), url="https://wire.example/2026/02/01/rain")
    assert alike(rain, then) == pytest.approx(OTHER_DAY)
    assert alike(rain, replace(then, url="https://wire.example/2026/03/02/rain")) == pytest.approx(1)


def test_a_rare_word_tells_more_than_a_frequent_one() -> None:
    base = item("Tsitsipas wins again")
    assert alike(base, item("Tsitsipas loses at last")) > alike(base, item("Chelsea wins again"))


def test_the_same_news_in_two_languages_is_alike() -> None:
    russian = item("Сильное землетрясение в Японии", lang="ru")
    assert alike(QUAKE, russian) > 0.4 > alike(QUAKE, item("Выборы в Японии", lang="ru"))


def test_a_headline_that_the_others_body_says_counts() -> None:
    other = item("Twelve houses damaged", "A strong earthquake shook the north of Japan on Monday.")
    assert alike(QUAKE, other) > 2 * alike(QUAKE, item("Twelve houses damaged"))


def test_without_a_title_the_body_stands_for_it() -> None:
    assert alike(QUAKE, item("", "strong earthquake shakes northern Japan")) == pytest.approx(1)
    assert alike(item(""), item("")) == 0
    assert alike(item(""), QUAKE) == 0


@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.text(max_size=120),
    st.sampled_from(["en", "ru", "zh", "und"]),
)
@settings(max_examples=150, deadline=None)
def test_it_is_the_same_both_ways_and_between_0_and_1(one: str, other: str, body: str, lang: str) -> None:
    first, second = item(one, lang=lang), item(other, body, lang)
    assert alike(first, second) == pytest.approx(alike(second, first))
    assert 0 <= alike(first, second) <= 1 + 1e-9


async def test_an_encoder_counts_for_half() -> None:
    class Deaf:
        """Finds everything the same."""

        name = "deaf"

        async def embed(self, texts):
            return [vector(Text("same")) for _ in texts]

    pair = (QUAKE, item("Central bank keeps interest rates"))
    (alone,) = await likenesses([pair])
    (both,) = await likenesses([pair], Deaf())
    assert both == pytest.approx((alone + 1) / 2)


def test_lexical_vectors_meet_across_languages_and_spellings() -> None:
    english = vector(Text("Earthquake in Japan", "en"))
    assert dot(english, vector(Text("Землетрясение в Японии", "ru"))) > 0.4
    assert dot(english, vector(Text("Earthquakes in Japan", "en"))) > 0.7
    assert dot(english, vector(Text("Budget vote in Peru", "en"))) < 0.2
    assert vector(Text("")).places == []
