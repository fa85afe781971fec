"""`trend workflows`: what it says, and its exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trend_agent.cli import main

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]


def trend(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TREND, "workflows", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
    )


def as_json(folder: Path, *arguments: str) -> Any:
    done = trend(folder, *arguments, "--json")
    return json.loads(done.stdout)


def test_the_templates_are_listed_with_their_parameters(tmp_path: Path) -> None:
    found = {row["template"]: row["parameters"] for row in as_json(tmp_path, "templates")}
    assert set(found) == {
        "full_pipeline",
        "collection_only",
        "processing_only",
        "refresh",
        "parallel_collection",
    }
    assert "top_n_trends" in found["refresh"]


@pytest.mark.timeout(240)
def test_a_workflow_is_run_shown_listed_and_forgotten(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nparameters: {top: 5}\nsteps: [{kind: rank, limit: $top}, summarise, persist]\n"
    )
    done = trend(tmp_path, "run", "mine.yaml", "--set", "top=7", "--key", "mine-1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["id"], found["state"]) == ("mine-1", "done")
    assert found["steps"][0]["output"] == {"at": None, "limit": 7, "topics": 0}
    assert "persist done" in done.stderr
    shown = trend(tmp_path, "show", "mine")
    assert "mine-1" in shown.stdout
    assert '"limit": 7' in shown.stdout
    assert [row["id"] for row in as_json(tmp_path, "list")] == ["mine-1"]
    assert as_json(tmp_path, "list", "--state", "failed") == []
    assert "is done, not paused" in trend(tmp_path, "resume", "mine-1").stderr
    assert trend(tmp_path, "forget", "--days", "0").stdout == "1 executions forgotten\n"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "nope"), 1, "no template called 'nope'; there are collection_only"),
        (("run", "refresh", "--set", "top=3"), 2, "template 'refresh' has no parameter 'top'"),
        (("run", "refresh", "--set", "top"), 2, "--set wants NAME=VALUE"),
        (("run", "nothing.yaml"), 2, "No such file"),
        (("show", "x"), 1, "no workflow was ever run here"),
        (("list", "--state", "odd"), 2, "no state 'odd'; there are waiting"),
        (("schedule", "s", "refresh", "--cron", "often"), 2, "wants a crontab"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["trend", "workflows", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / ".trend").exists()


@pytest.mark.timeout(240)
def test_a_schedule_is_made_listed_and_taken_back(tmp_path: Path) -> None:
    made = trend(
        tmp_path, "schedule", "often", "refresh", "--cron", "*/15 * * * *", "--set", "top_n_trends=3"
    )
    assert made.stdout == "often: refresh at */15 * * * *\n", made.stderr
    [found] = as_json(tmp_path, "schedules")
    assert (found["workflow"], found["cron"], found["catch_up"]) == ("refresh", "*/15 * * * *", 1)
    assert "often is no longer scheduled" in trend(tmp_path, "unschedule", "often").stdout
    assert as_json(tmp_path, "schedules") == []
    assert "no schedule called 'often'" in trend(tmp_path, "unschedule", "often").stderr
