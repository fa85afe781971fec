"""What is read off a title."""

import pytest

from trend_agent.processing.cluster.lexicon import lexicon
from trend_agent.processing.cluster.terms import Kind, fold, place, read, without_tail


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
