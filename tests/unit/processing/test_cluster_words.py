"""What is read off a title."""

import numpy as np
import pytest

from trend_agent.processing.cluster.background import MILLION, background, in_a_million
from trend_agent.processing.cluster.lexicon import lexicon
from trend_agent.processing.cluster.terms import Kind, fold, place, read, without_tail
from trend_agent.processing.cluster.weights import Counts


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "Japanese"), ("de", "japanischer"), ("ru", "японские"), ("ar", "اليابانية"), ("sl", "japonskih")],
)
def test_a_country_is_known_in_every_language(language: str, word: str) -> None:
    assert lexicon().word(fold(word), language) == "country:JP"


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "floods"), ("de", "Hochwasser"), ("es", "inundaciones"), ("ru", "наводнение")],
)
def test_a_thing_is_known_in_every_language(language: str, word: str) -> None:
    assert lexicon().word(fold(word), language) == "flood"


def test_a_word_is_read_in_its_own_language() -> None:
    assert lexicon().word("or", "fr") == "gold"
    assert lexicon().word("or", "en") is None


def test_two_words_that_are_one_name_count_once() -> None:
    terms = read("Storm nears New Zealand", "en").terms.tolist()
    assert place("=country:NZ") in terms
    assert place("=new") not in terms


def test_titles_in_two_scripts_share_what_they_are_about() -> None:
    english, russian = read("Earthquake shakes Chile", "en"), read("Землетрясение в Чили", "ru")
    assert {place("=earthquake"), place("=country:CL")} <= set(english.terms) & set(russian.terms)


def test_publishers_at_the_end_are_left_out() -> None:
    assert without_tail("Bridge reopens after repair - The Daily Example") == "Bridge reopens after repair"
    assert without_tail("Either - or") == "Either - or"


def test_a_title_in_small_letters_says_nothing_about_names() -> None:
    assert Kind.PLAIN in read("The lindqvist of old", "en").kinds
    assert Kind.PLAIN not in read("the lindqvist of old", "en").kinds


@pytest.mark.parametrize("title", ["", " ", "🙂", "\x00", "—", "a" * 100_000])
def test_odd_titles_are_read(title: str) -> None:
    assert read(title, "und").terms.ndim == 1


def test_a_word_counts_as_often_as_its_language_says_it() -> None:
    known = background("en")
    assert known[place("world")] > known[place("moon")] > 0
    assert place("zhuro") not in known
    assert background("und")[place("moon")] == known[place("moon")]
    assert background("xx") == {}


def test_the_words_of_one_meaning_count_together() -> None:
    english = background("en")
    assert english[place("=election")] >= english[place("elect")] > 0
    assert background("de")[place("=election")] > 0


def test_a_share_of_words_becomes_a_share_of_titles() -> None:
    assert in_a_million(0) == 0
    assert in_a_million(1e-5) == pytest.approx(100, abs=1)
    assert in_a_million(3) == MILLION


def test_what_is_common_at_large_weighs_less_though_the_stream_has_not_said_it() -> None:
    title = read("world zhurong", "en")
    weights = dict(zip(title.terms.tolist(), Counts().meaning([title]).data.tolist(), strict=True))
    assert weights[place("world")] < 0.6 * weights[place("zhuro")]


def test_what_is_said_in_every_step_weighs_less_than_what_is_heard_again_after_long() -> None:
    title = read("horoscope zhurong", "en")
    counts = Counts()
    for step in range(40):
        counts.settle([read("horoscope", "en") if step else title], step)
    steady, rare = counts.habit.share(np.array([place("horos"), place("zhuro")], np.int32)).tolist()
    assert steady > 0.8
    assert rare < 0.01
    counts.settle([], 100)
    assert counts.habit.share(np.array([place("horos")], np.int32))[0] < 0.05


def test_a_term_counts_once_in_a_step_however_often_it_is_said() -> None:
    often, once = Counts(), Counts()
    for _ in range(5):
        often.settle([read("horoscope", "en")] * 3, 0)
    once.settle([read("horoscope", "en")], 0)
    places = np.array([place("horos")], np.int32)
    assert often.habit.share(places) == once.habit.share(places)
