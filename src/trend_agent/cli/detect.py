"""`trend detect`: counts of many series in, alarms out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def detect(
    files: Annotated[
        list[Path] | None, typer.Argument(help="JSON Lines of series, at, count; none or - is stdin")
    ] = None,
    false_alarms_per_day: Annotated[
        float | None,
        typer.Option(
            help="how many false alarms a day the whole stream may give; without it, all for ranking"
        ),
    ] = None,
    width: Annotated[str, typer.Option("--bin", help="width of a bin, as in 15m, 1h or 300s")] = "15m",
    own_scale: Annotated[
        bool, typer.Option("--own-scale", help="for a few loud series: judge each by its own usual highs")
    ] = False,
) -> None:
    """Alarms where a series' counts rise beyond chance, each depending on nothing later than itself."""
    from trend_agent.cli.lines import Lines, complain, write
    from trend_agent.errors import Misconfigured
    from trend_agent.processing.detect import Detector, DetectSettings, OwnDetector
    from trend_agent.processing.detect.bins import Bins, seconds

    if false_alarms_per_day is not None and not false_alarms_per_day > 0:
        raise Misconfigured(f"--false-alarms-per-day is {false_alarms_per_day!r}; expected a number above 0")
    if false_alarms_per_day is not None and own_scale:
        raise Misconfigured("--own-scale takes no --false-alarms-per-day: a few series cannot teach the dial")
    lines = Lines(files or ())

    def refuse(why: str) -> None:
        lines.bad += 1
        complain(why)

    bins = Bins(lines, wide := seconds(width), refuse)
    crowd = DetectSettings(bin_seconds=wide)
    detector = OwnDetector(wide) if own_scale else Detector(crowd, per_day=false_alarms_per_day)
    for index, counts in bins:
        for alarm in detector.advance(index, counts):
            surprise = round(alarm.surprise, 4)
            at = bins.stamp(alarm.bin_index)
            write({"series": alarm.series, "at": at, "surprise": surprise, "window": alarm.window})
    raise typer.Exit(3 if lines.bad else 0)
