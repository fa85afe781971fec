"""influxd 1.x, with an administrator."""

from __future__ import annotations

from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from services import Server, free_port, program

CONFIGURATION = """
reporting-disabled = true
bind-address = "127.0.0.1:{inner}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = true
log-enabled = false
[monitor]
store-enabled = false
"""


class Influx(Server):
    def begin(self) -> None:
        file = self.folder / "influx.conf"
        if file.exists():
            self.spawn([program("influxd"), "run", "-config", str(file)])
            return
        file.write_text(CONFIGURATION.format(folder=self.folder, port=self.port, inner=free_port()))
        self.spawn([program("influxd"), "run", "-config", str(file)])

    def ready(self) -> bool:
        try:
            urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=2)
        except (URLError, OSError):
            return False
        self.ask("CREATE USER trend WITH PASSWORD 'sesame' WITH ALL PRIVILEGES")
        return True

    def ask(self, statement: str) -> None:
        where = urlencode({"q": statement, "u": "trend", "p": "sesame"})
        try:
            urlopen(Request(f"http://127.0.0.1:{self.port}/query?{where}", method="POST"), timeout=5).read()
        except URLError as fault:
            assert "401" not in str(fault), fault

    def address(self, port: int = 0, *, password: str = "sesame", database: str = "trend") -> str:
        return f"influx://trend:{password}@127.0.0.1:{port or self.port}/{database}"
