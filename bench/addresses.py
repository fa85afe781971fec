"""A hundred thousand fuzzed addresses, and every spelling by every door: does anything get past the checks?

    python -m bench.addresses [doors] [checked] [private]

Runs the tests that ask this on a small scale, with many more cases. `checked`: is what was checked what is connected
to; `private`: is nothing public that Python takes for private; `doors`: every spelling by every door on every way.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

from bench.kept import keep

TESTS = "tests/unit/egress"
THOROUGH = ("--hypothesis-profile=thorough", "--hypothesis-show-statistics")
ASKED = {
    "doors": (f"{TESTS}/test_doors.py",),
    "checked": (f"{TESTS}/test_fuzzed_addresses.py", "-k", "what_is_checked", *THOROUGH),
    "private": (f"{TESTS}/test_fuzzed_addresses.py", "-k", "takes_for_private", *THOROUGH),
}


def outcome(*arguments: str) -> dict[str, object]:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "--timeout=0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stdout + done.stderr)
    found: dict[str, object] = {"failed": done.returncode == 1, "seconds": round(time.monotonic() - began)}
    if told := re.search(r"(\d+) passing, (\d+) failing", done.stdout):
        return {"addresses": int(told[1]), "disagreements": int(told[2]), **found}
    passed = re.search(r"(\d+) passed", done.stdout)
    return {"tests": int(passed[1]) if passed else 0, **found}


def main() -> None:
    keep("addresses", {name: outcome(*ASKED[name]) for name in sys.argv[1:] or ASKED})


if __name__ == "__main__":
    main()
