"""Results are kept beside the command that made them and the machine it ran on."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def keep(name: str, found: Mapping[str, Any]) -> None:
    """Write `results/<name>.json` and print it; what an earlier run found under other keys stays."""
    file = RESULTS / f"{name}.json"
    earlier = json.loads(file.read_text(encoding="utf-8"))["found"] if file.exists() else {}
    module = sys.modules["__main__"].__spec__
    command = f"python -m {module.name if module else name}"
    row = {
        "command": " ".join([command, *(a for a in sys.argv[1:] if a.startswith("-") or "/" not in a)]),
        "on": f"Python {platform.python_version()}, {os.cpu_count()} cores",
        "at": f"{datetime.now(UTC):%Y-%m-%d}",
        "found": {**earlier, **found},
    }
    RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(row, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2, ensure_ascii=False))
