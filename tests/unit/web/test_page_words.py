"""Measures in words: right at the edges, and never more certain than they are."""

from datetime import datetime, timedelta

import pytest

from trend_agent.items import Item, Receipt, Term
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.words import in_words
from trend_agent.storage import Fact
from trend_agent.web.words import SAYINGS, ago, language_tag, said, short, sure, web_address, why


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "just now"),
        (0.9, "just now"),
        (1, "1 min ago"),
        (59.9, "59 min ago"),
        (60, "1 h ago"),
        (48 * 60 - 1, "47 h ago"),
        (48 * 60, "2 days ago"),
        (400 * 1440, "400 days ago"),
    ],
)
def test_time_passed_is_told_in_one_unit(noon: datetime, minutes: float, words: str) -> None:
    assert ago(noon - timedelta(minutes=minutes), noon) == words


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(-0.1, "0"), (0.0, "0"), (0.996, ">99"), (1.0, ">99"), (0.989, "98"), (0.5, "50")],
)
def test_nothing_is_ever_certain(confidence: float, words: str) -> None:
    assert sure(confidence) == words


def test_the_two_weightiest_reasons_are_given() -> None:
    terms = [
        Term("breadth", 0.9, {"effective_sources": 3.14}),
        Term("balance", -2.0, {"led_by": "wire", "lists_before": 2}),
        Term("rise", 0.04, {"per_hour_now": 1.0, "per_hour_before": 1.0}),
        Term("surprise", 1.5, {"observed": 6.0, "expected": 0.5, "hours": 4.0}),
        Term("volume", 0.2, {"weighted_items": 9.0}),
    ]
    line = why(Receipt(terms, [], "c0"))
    assert line == "6.0 in 4 h where 0.5 were expected; worth 3.1 independent sources"
    assert why(Receipt([terms[1], terms[2]], [], "c0")) == ""


def test_every_term_of_the_ranking_has_its_saying() -> None:
    assert (
        said(Term("balance", -1.0, {"led_by": "wire", "lists_before": 2}))
        == "wire already leads 2 trends above"
    )
    assert said(Term("engagement", 1.0, {"percentile_in_source": 0.83})) == "louder than 83% in its source"


def test_no_term_that_ranking_makes_is_without_words(noon: datetime) -> None:
    facts = []
    for n in range(60):
        at = noon - timedelta(minutes=7 * n)
        title = ("Election in parliament", "Football match: striker scores")[n % 6 // 3] + f" {n // 3}"
        item = Item(f"i{n}", "wire" if n % 3 else f"s{n}", title, at, published_at=at, lang="en")
        facts.append(Fact(n, item, f"t{n // 3}", None))
    made = {term.name: term for standing in Ranker()(facts, noon) for term in standing.receipt.terms}
    assert {"mix", "similarity", "balance"} <= made.keys()
    for name, term in made.items():
        assert said(term) == SAYINGS[name].format(**term.inputs)
        assert in_words(term) not in ("", ", ".join(f"{key} {value}" for key, value in term.inputs.items()))


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (Term("novelty", 1.0, {"days": 3, "of": "x"}), "days 3, of x"),
        (Term("volume", 1.0, {"items": 2}), "items 2"),
        (Term("volume", 1.0, {"weighted_items": "many"}), "weighted_items many"),
        (Term("volume", 1.0, {"weighted_items": None}), "weighted_items None"),
        (Term("novelty", 1.0, {}), ""),
    ],
)
def test_a_term_nobody_has_words_for_lists_what_it_rests_on(term: Term, words: str) -> None:
    assert said(term) == words


@pytest.mark.parametrize("address", ["https://a.example/x?y=1#z", "http://a.example", "HTTPS://A.EXAMPLE/ü"])
def test_web_addresses_are_links(address: str) -> None:
    assert web_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "/x",
        "https://",
        "https://a.example/\nx",
        "https://a.example/\x00",
        "x https://a.example",
        "ftp://a.example",
        "vbscript:https://a.example",
    ],
)
def test_nothing_else_is_a_link(address: str) -> None:
    assert web_address(address) == ""


def test_only_language_codes_become_attributes() -> None:
    assert [language_tag(c) for c in ("de", "zh-Hant", "und", "", 'en" onclick="x', "english")] == [
        "de",
        "zh-Hant",
        "",
        "",
        "",
        "",
    ]


def test_long_texts_are_cut_with_a_sign_that_they_are() -> None:
    assert short("x" * 300) == "x" * 300
    assert short("ab " * 200, 6) == "ab ab…"
