"""Categories of headlines and topics."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from trend_agent.cli.categorise import categorise
from trend_agent.processing.categorise import CATEGORIES, category_of, majority, votes_of

HEADLINES = [
    ("en", "Midfielder signs new contract before the cup final", "sports"),
    ("en", "Senate votes on immigration law after protests", "society"),
    ("en", "Telescope shows a galaxy older than any known", "science"),
    ("en", "Hospital patients wait for new cancer drug", "health"),
    ("ru", "Центробанк снизил ставку: курс рубля и акции банков", "economy"),
    ("ru", "Сборная выиграла матч и вышла в финал чемпионата", "sports"),
    ("de", "Bundestag beschließt Gesetz, Opposition kritisiert Regierung", "society"),
    ("fr", "Le réalisateur présente son film au festival", "entertainment"),
    ("es", "El Gobierno y los diputados aprueban la ley", "society"),
    ("zh", "央行宣布降息，股市大涨", "economy"),
    ("ja", "日本代表、決勝で敗れ銀メダル", "sports"),
    ("ko", "새 스마트폰 공개, 인공지능 기능 강화", "technology"),
    ("ar", "لقاح جديد ضد الفيروس في المستشفى", "health"),
]


@pytest.mark.parametrize(("lang", "title", "category"), HEADLINES)
def test_a_headline_is_known_by_its_words(lang: str, title: str, category: str) -> None:
    assert category_of(title, lang) == category


def test_words_of_another_language_say_nothing() -> None:
    assert category_of("gift", "de") == category_of("Die gift", "sv") == "other"


def test_a_text_without_evidence_is_of_no_category() -> None:
    assert category_of("", "en") == category_of("Ten things to know this morning", "en") == "other"


def test_the_address_decides_where_words_are_silent() -> None:
    title = "Five things we learned on Sunday"
    assert category_of(title, "en", "https://example.org/sport/2024/five-things") == "sports"
    assert category_of(title, "en", "https://example.org/five-things") == "other"


def test_a_slug_is_no_section() -> None:
    assert category_of("Five things", "en", "https://example.org/health") == "other"


def test_an_address_nobody_can_read_is_passed_over() -> None:
    assert category_of("Striker scores", "en", "http://[broken") == "sports"


def test_the_body_speaks_more_quietly_than_the_title() -> None:
    title = votes_of("hospital", "en")["health"]
    body = votes_of("", "en", body="hospital")["health"]
    assert 0 < body < title


def test_a_whole_word_is_no_beginning_of_another() -> None:
    """`bill` speaks for society, `billboard` does not."""
    assert "society" in votes_of("bill", "en")
    assert "society" not in votes_of("billboard", "en")


def test_a_topic_takes_the_category_of_most_of_its_items() -> None:
    assert majority(["sports", "society", "sports", "other", "other", "other"]) == "sports"
    assert majority(["other", "other"]) == majority([]) == "other"


def test_even_votes_go_to_the_narrower_category() -> None:
    assert majority(["society", "health"]) == majority(["health", "society"]) == "health"
    assert CATEGORIES[-1] == "society"


def test_the_filter_adds_a_category_and_keeps_the_rest(tmp_path: Path) -> None:
    rows = [
        {
            "id": "a",
            "title": "Senate votes on the budget law",
            "lang": "en",
            "gold_category": "sports",
            "mine": 7,
        },
        {"id": "b", "title": "Die Bundesregierung plant ein Gesetz gegen Hochwasser in den Städten"},
        {"title": "no id"},
    ]
    file = tmp_path / "items.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    app = typer.Typer()
    app.command()(categorise)
    result = CliRunner().invoke(app, [str(file)])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 3
    assert [row["category"] for row in found] == ["society", "society"]
    assert found[0]["mine"] == 7
