"""Ranking: `python -m bench.rank FOLDER [PART…]`.

FOLDER holds `eval/bursts.py` and `data/newsapi_headlines`. Parts are `speed`, `live`, `past`, `variety` and `bursts`;
all without any named. What was measured goes to bench/results/rank.json.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.kept import keep
from bench.rank_balance import variety
from bench.rank_bursts import bursts
from bench.rank_live import live
from bench.rank_past import TREND, past
from bench.rank_speed import speed
from bench.trends import judge_of

FRESH = (61, 62, 63, 64, 65)
"""Worlds of planted bursts that took no part in choosing a setting."""


def varied(folder: Path) -> dict[str, Any]:
    """Variety on the recorded headlines, which are taken in first."""
    with tempfile.TemporaryDirectory() as place:
        records = Path(place) / "headlines.sqlite3"
        file = folder / "data" / "newsapi_headlines" / "items.jsonl.gz"
        command = [*TREND, "run", str(file), "--records", str(records)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return variety(records)


PARTS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "speed": lambda _: speed(),
    "live": lambda _: live(),
    "past": lambda _: past(),
    "variety": varied,
    "bursts": lambda folder: bursts(judge_of(folder), FRESH),
}


def main() -> None:
    folder, wanted = Path(sys.argv[1]), sys.argv[2:] or list(PARTS)
    for part in wanted:
        keep("rank", {part: PARTS[part](folder)})


if __name__ == "__main__":
    main()
