"""The front door answers fast and says what is wrong in one line."""

import resource
import subprocess
import sys

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]


SMALLEST = """
import typer, rich.table, rich.markdown, rich.panel
app = typer.Typer(rich_markup_mode="rich")
app.command()(lambda: None)
app(["--help"])
"""
"""The help of a program that does nothing."""


def processor_seconds(*command: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_answers_in_under_three_tenths_of_a_second() -> None:
    """Or, where the machine is too busy to tell, in little more than the help of a program that does nothing."""
    library, ours = [], []
    for _ in range(7):
        library.append(processor_seconds(sys.executable, "-c", SMALLEST))
        ours.append(processor_seconds(*TREND, "--help"))
        if min(ours) < 0.3:
            return
    assert min(ours) < 1.8 * min(library)


def test_help_names_every_command() -> None:
    done = subprocess.run([*TREND, "--help"], capture_output=True, text=True, check=True)
    for command in (
        "up",
        "demo",
        "run",
        "top",
        "show",
        "why",
        "sources",
        "collect",
        "parse",
        "language",
        "dedupe",
    ):
        assert command in done.stdout


def test_an_unknown_command_is_named() -> None:
    done = subprocess.run([*TREND, "tpo"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "tpo" in done.stderr


def test_wrong_settings_stop_before_any_work() -> None:
    environment = {"PATH": "/usr/bin", "TREND_PORT": "99999", "TREND_RECORDS": "mysql://me:secret@host/db"}
    done = subprocess.run([*TREND, "top"], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert "TREND_PORT" in done.stderr
    environment.pop("TREND_PORT")
    done = subprocess.run([*TREND, "top"], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert "sqlite:///" in done.stderr
    assert "secret" not in done.stderr
