"""A hundred thousand fuzzed addresses, and every spelling by every door: does anything get past the checks?

    python -m bench.addresses

Runs the tests that ask this on a small scale in each run, with many more cases.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

from bench.kept import keep

FUZZED = "tests/unit/egress/test_fuzzed_addresses.py"
DOORS = "tests/unit/egress/test_doors.py"


def outcome(*arguments: str) -> dict[str, object]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--timeout=0", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    examples = [int(found) for found in re.findall(r"(\d+) passing examples", done.stdout)]
    tests = re.search(r"(\d+) passed", done.stdout)
    return {
        "disagreements_or_connections": 0 if done.returncode == 0 else done.stdout[-2000:],
        "tests": int(tests[1]) if tests else 0,
        **({"addresses": max(examples)} if examples else {}),
        "seconds": round(time.monotonic() - began),
    }


def main() -> None:
    thorough = ("--hypothesis-profile=thorough", "--hypothesis-show-statistics", "-p", "no:randomly")
    keep("addresses", {"doors": outcome(DOORS), "fuzzed": outcome(FUZZED, *thorough)})


if __name__ == "__main__":
    main()
