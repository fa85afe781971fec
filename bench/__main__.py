"""`make bench DATA=…`: measure everything that the folder of evaluation data allows, one part after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PARTS = {
    "bench.topics": lambda data: [data],
    "bench.categories": lambda data: [data],
    "bench.brigades": lambda _: [],
    "bench.early": lambda data: [data],
    "bench.trends": lambda data: [data.parent],
    "bench.rank": lambda data: [data.parent],
    "bench.feeds": lambda data: [data / "feeds"],
    "bench.addresses": lambda _: [],
    "bench.hostile": lambda _: [],
    "bench.politeness": lambda _: [],
    "bench.collect": lambda _: [],
    "bench.likeness": lambda data: [data],
    "bench.languages": lambda data: [data / "lingua_langid" / "items.jsonl.gz"],
    "bench.duplicates": lambda data: [
        "--headlines", data / "newsapi_headlines" / "items.jsonl.gz",
        "--articles", data / "neardup_articles" / "items.jsonl.gz", data / "neardup_articles" / "pairs.jsonl.gz",
    ],
    "bench.vectors": lambda _: [],
    "bench.corrections": lambda data: [data / "newsapi_headlines" / "items.jsonl.gz"],
    "bench.backends": lambda _: [],
    "bench.access": lambda _: [],
    "bench.missed": lambda _: [],
    "bench.workflow": lambda _: [],
    "bench.run": lambda data: [data / "newsapi_headlines" / "items.jsonl.gz"],
}  # fmt: skip


def main() -> None:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("bench wants the folder of evaluation data: make bench DATA=FOLDER")
    data = Path(sys.argv[1])
    failed = [
        part
        for part, arguments in PARTS.items()
        if subprocess.run([sys.executable, "-m", part, *map(str, arguments(data))], check=False).returncode
    ]
    if failed:
        sys.exit(f"these could not be measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
