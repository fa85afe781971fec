"""An event is one line, whatever strangers write into it."""

import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from trend_agent.observability.log import LONGEST, Few, configure, logger


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_a_hostile_title_stays_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", form="json")
    logger("sources").info(
        "collected", title='evil\r\n{"level": "error"}\x1b[31m\u202e', source="x" * 100_000
    )
    lines = told(capsys).splitlines()
    assert len(lines) == 1
    event = json.loads(lines[0])
    assert event["room"] == "sources"
    assert not set("\r\n\x1b\u202e") & set(event["title"])
    assert len(event["source"]) < LONGEST + 100


def test_events_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", form="json")
    logger("x").info("not told")
    logger("x").warning("told")
    assert [json.loads(line)["event"] for line in told(capsys).splitlines()] == ["told"]


def test_without_a_terminal_logs_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert not sys.stderr.isatty()
    configure("info")
    logger("x").info("for machines", number=3)
    assert json.loads(told(capsys))["number"] == 3


def test_for_people_logs_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", form="text")
    logger("x").info("for people", number=3)
    text = told(capsys)
    assert "for people" in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_person_is_shown_a_few_events_of_one_name_and_all_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("info", form="text")
    for number in range(40):
        logger("sources").warning("could not collect", source=f"feed-{number}")
    logger("sources").info("collected", source="the other")
    for _ in range(9):
        logger("sources").error("cannot write")
    lines = told(capsys).splitlines()
    assert [f"feed-{n}" in lines[n] for n in range(5)] == [True] * 5
    assert "not shown" in lines[5]
    assert "feed-" not in lines[5]
    assert "the other" in lines[6]
    assert len(lines) == 5 + 1 + 1 + 9


def test_after_a_while_they_are_shown_again() -> None:
    now = 0.0
    few = Few(lambda: now)
    event = {"event": "could not collect", "level": "warning"}
    for _ in range(6):
        few(None, "", dict(event))
    with pytest.raises(structlog.DropEvent):
        few(None, "", dict(event))
    now = 31.0
    assert few(None, "", dict(event)) == event


def test_machines_are_shown_all(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", form="json")
    for number in range(40):
        logger("sources").warning("could not collect", source=f"feed-{number}")
    assert len(told(capsys).splitlines()) == 40
