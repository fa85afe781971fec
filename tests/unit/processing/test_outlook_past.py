"""What an early list is told by beside its places: like titles, sites and authors of before, and a small network."""

import numpy as np
import pytest

from trend_agent.processing.outlook import Title
from trend_agent.processing.outlook.echoes import REMEMBERED, Echoes
from trend_agent.processing.outlook.learner import fit
from trend_agent.processing.outlook.lists import title_of
from trend_agent.processing.outlook.names import Record
from trend_agent.processing.outlook.network import fit_network

HOUR = 3600.0


def test_a_title_like_one_that_reached_the_top_is_told_so() -> None:
    echoes = Echoes()
    for n in range(30):
        echoes.see(f"o{n}", f"another thing number {n:03} entirely", n)
    echoes.see("old", "Zyx wins the quiz", 100.0)
    at = 100.0 + 5 * HOUR
    reached, missed, still_open, share, alike = echoes("new", "Zyx won the quiz", at, {"old": True})
    assert reached > 0.5 > missed
    assert still_open == 0.0
    assert alike > 0
    unlucky = echoes("new", "Zyx won the quiz", at, {})
    assert unlucky[1] == reached
    assert share > unlucky[3]


def test_one_that_came_just_now_may_still_reach_it_and_an_old_one_is_forgotten() -> None:
    echoes = Echoes()
    echoes.see("first", "Zyx wins the quiz", 0.0)
    echoes.see("second", "Zyx wins the quiz again", 60.0)
    found = echoes("second", "Zyx wins the quiz again", 120.0, {})
    assert found[2] > 0.5
    assert found[:2] == [0.0, 0.0]
    assert echoes("third", "Zyx wins the quiz", REMEMBERED + HOUR, {"first": True})[0] == 0.0


def test_a_title_without_two_characters_has_no_echo() -> None:
    echoes = Echoes()
    echoes.see("a", "", 0.0)
    assert echoes("b", "", 1.0, {"a": True})[:3] == [0.0, 0.0, 0.0]


def test_a_names_record_is_drawn_to_the_mean_of_all() -> None:
    record = Record()
    for outcome in (1.0, 0.0, 0.0, 0.0):
        record.learn("others", outcome)
    record.learn("good", 1.0)
    once = record("good")
    for _ in range(20):
        record.learn("good", 1.0)
    often = record("good")
    assert 0 < once[0] < 1 - 0.4
    assert once[1] < often[1] < 1
    assert record("nobody") == (pytest.approx(0.0), 0.0)


def test_what_an_item_tells_of_itself_is_read_whatever_it_holds() -> None:
    row = {"title": "A", "lang": "en", "url": "https://github.com/Someone/thing", "author": "ann"}
    assert title_of(row) == Title("A", "en", "github.com/someone", "ann")
    assert title_of({"title": 3, "url": None, "author": ["x"]}) == Title()
    assert title_of({"url": "https://news.example.org/a"}).site == "example.org"


def test_the_network_finds_what_no_line_can_and_repeats_itself() -> None:
    random = np.random.default_rng(3)
    features = random.normal(size=(3000, 3))
    outcomes = (features[:, 0] * features[:, 1] > 0).astype(float)
    network = fit_network(features, outcomes)
    told = network(features) > 0
    assert (told == (outcomes > 0)).mean() > 0.8  # a line is right half of the time
    assert (fit_network(features, outcomes)(features) == network(features)).all()


def test_regression_and_network_speak_as_one() -> None:
    random = np.random.default_rng(5)
    features = random.normal(size=(500, 2))
    outcomes = (features[:, 0] > 0).astype(float)
    blend = fit(features, outcomes, ["a", "b"], [(10.0, ())])
    told = blend(features)
    odds = (blend.model.odds(features) + blend.network(features)) / 2
    assert told == pytest.approx(1 / (1 + np.exp(-odds)))
    assert set(blend.plain()) == {"bias", "columns", "network"}
