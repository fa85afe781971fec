"""moto: S3 as Amazon's behaves, archives included; signatures it does not look at."""

from __future__ import annotations

import os
import sys

from services import Server


class Moto(Server):
    def begin(self) -> None:
        code = "from moto.server import main; main()"
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
        command = [sys.executable, "-c", code, "-H", "127.0.0.1", "-p", str(self.port)]
        self.spawn(command, env=environment)

    def address(self, port: int = 0, *, secret: str = "anything", prefix: str = "trend") -> str:
        return f"s3+http://anybody:{secret}@127.0.0.1:{port or self.port}/{prefix}"
