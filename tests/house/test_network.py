"""No test leaves this machine."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from watch import outside

REACH = "import socket; s = socket.socket(); s.settimeout(1); s.connect((%r, 80))"


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "127.0.2.1"])
def test_the_outside_and_the_canaries_are_refused(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door, pytest.raises(RuntimeError, match="reached for"):
        door.connect((host, 80))
    assert outside.breaches == [host]
    outside.breaches.clear()


def test_no_name_is_looked_up_outside() -> None:
    with pytest.raises(RuntimeError, match="reached for"):
        socket.getaddrinfo("pypi.org", 443)
    assert outside.breaches == ["pypi.org"]
    outside.breaches.clear()


def test_a_program_that_a_test_starts_is_watched_too(programs_are_watched: Path) -> None:
    before = programs_are_watched.read_text()
    done = subprocess.run([sys.executable, "-c", REACH % "192.0.2.1"], capture_output=True, check=False)
    assert b"reached for '192.0.2.1'" in done.stderr
    assert programs_are_watched.read_text() == before + "192.0.2.1\n"
    programs_are_watched.write_text(before)
