"""A workflow's process is killed in the middle of a step: what was done is not done again."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from durable_process import STEPS

PROGRAM = Path(__file__).with_name("durable_process.py")
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes, and ends those that are still there."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def until(file: Path, line: str, *, seconds: float = 60) -> None:
    began = time.monotonic()
    while not file.exists() or line not in file.read_text().split("\n"):
        assert time.monotonic() - began < seconds, f"no {line!r}"
        time.sleep(0.02)


def whole(*twice: str) -> list[str]:
    """All lines of a run, those of the steps `twice` begun twice."""
    return [
        line for name in STEPS for line in ([f"{name} begin"] * (2 if name in twice else 1) + [f"{name} end"])
    ]


@pytest.mark.timeout(180)
def test_killed_in_the_third_of_five_steps_the_first_two_are_not_run_again(
    start: Start, place: str, tmp_path: Path
) -> None:
    file, hold = tmp_path / "lines", tmp_path / "lines.hold"
    hold.touch()
    first = start(place, str(file), "local", "five-1")
    until(file, "three begin")
    first.kill()
    first.wait()
    hold.unlink()
    out, err = start(place, str(file), "local", "five-1").communicate(timeout=100)
    assert out.split() == ["up", "done"], err
    assert file.read_text().split("\n")[:-1] == whole("three")


@pytest.mark.timeout(180)
def test_another_executor_takes_over_from_one_that_died_and_not_from_one_that_lives(
    start: Start, place: str, tmp_path: Path
) -> None:
    file, hold = tmp_path / "lines", tmp_path / "lines.hold"
    hold.touch()
    first = start(place, str(file), "pod-0", "five-1")
    until(file, "three begin")
    second = start(place, str(file), "pod-1", "-")
    assert second.stdout is not None
    assert second.stdout.readline() == "up\n"
    time.sleep(6)  # longer than it takes to call the roll
    assert file.read_text().split("\n").count("three begin") == 1
    first.kill()
    hold.unlink()
    until(file, "five end")
    assert file.read_text().split("\n")[:-1] == whole("three")


@pytest.mark.timeout(120)
def test_one_name_is_one_process(start: Start, place: str, tmp_path: Path) -> None:
    first = start(place, str(tmp_path / "lines"), "pod-0", "-")
    assert first.stdout is not None
    assert first.stdout.readline() == "up\n"
    _, err = start(place, str(tmp_path / "lines"), "pod-0", "-").communicate(timeout=60)
    assert "another runs under this name" in err
