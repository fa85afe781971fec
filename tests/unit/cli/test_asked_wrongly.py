"""What is asked wrongly is one line that names the thing, and exit code 2."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from trend_agent.app import open_records
from trend_agent.cli import search
from trend_agent.cli.lines import counted
from trend_agent.cli.options import settings_for
from trend_agent.errors import Misconfigured
from trend_agent.items import Item
from trend_agent.processing.detect.bins import Bins
from trend_agent.processing.search import Found
from trend_agent.settings import load, misspelt


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_setting_misspelt_is_told_with_the_one_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TREND_PROT", "9000")
    settings_for()
    assert "TREND_PROT is no setting; TREND_PORT is" in capsys.readouterr().err


def test_a_setting_misspelt_in_the_file_is_told_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TREND_HORIZN=day\n")
    assert misspelt()["TREND_HORIZN"] == "TREND_HORIZON"


def test_variables_that_others_set_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    others = ("TREND_SERVICE_HOST", "TREND_SERVICE_PORT", "TREND_PORT_8765_TCP", "TREND_KEY")
    for name in others:
        monkeypatch.setenv(name, "x")
    assert not set(others) & misspelt().keys()


def test_a_language_by_its_name_is_refused_and_not_silently_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_LANGUAGES", "en, english")
    with pytest.raises(Misconfigured, match="'english'"):
        load().wanted_languages()


def test_a_row_that_is_refused_is_shown_in_short() -> None:
    told: list[str] = []
    list(Bins([{"id": "a", "text": "x" * 5000}], 900, told.append))
    assert len(told) == 1
    assert len(told[0]) < 250
    assert told[0].endswith("expected a name in 'series'")


def test_one_thing_is_not_called_several() -> None:
    assert [counted(n, "line") for n in (0, 1, 2000)] == ["0 lines", "1 line", "2,000 lines"]


@pytest.mark.parametrize(("width", "topic"), [(80, False), (120, True)])
def test_what_was_found_is_readable_in_a_narrow_terminal(width: int, topic: bool) -> None:
    title = "Silicon Valley Bank is taken over by another"
    item = Item(id="a", source="A Newspaper", title=title, seen_at=datetime(2026, 3, 1, tzinfo=UTC))
    out = StringIO()
    search.show([Found(item=item, topic="t0123456789abcdef", score=1.0)], Console(file=out, width=width))
    assert title in out.getvalue()
    assert ("t0123456789abcdef" in out.getvalue()) is topic


async def test_a_folder_in_place_of_records_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is a folder"):
        async with open_records(settings_for(str(tmp_path))):
            pass
