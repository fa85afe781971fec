"""redis-server, which has written what it confirms.

With `appendfsync everysec` it puts writing off, for up to two seconds, while a slow disk is still at the last lot:
a kill then takes what was confirmed.
"""

from __future__ import annotations

from services import Server, program


class Redis(Server):
    password = "sesame"

    def begin(self) -> None:
        self.spawn([
            program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
            "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--requirepass", self.password,
        ])  # fmt: skip

    def address(self, port: int = 0, *, password: str = "", database: int = 0, options: str = "") -> str:
        return f"redis://:{password or self.password}@127.0.0.1:{port or self.port}/{database}{options}"
