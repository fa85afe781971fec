"""rabbitmq-server, with a port mapper of its own so that it meets no other."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from services import Server, absent, as_user, free_port

BIN = Path("/usr/lib/rabbitmq/bin")


class Rabbit(Server):
    owner = "rabbitmq"
    patience = 60.0

    def __init__(self) -> None:
        if not (BIN / "rabbitmq-server").exists():
            absent("there is no rabbitmq-server on this machine")
        super().__init__()
        self.mapper = free_port()
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir()
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        (self.folder / "enabled_plugins").write_text("[].")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"trend{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": f"{self.folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{self.folder}/log",
            "RABBITMQ_CONFIG_FILE": f"{self.folder}/rabbitmq",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/enabled_plugins",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_PID_FILE": f"{self.folder}/pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none",
            "ERL_EPMD_PORT": str(self.mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, self.owner, self.owner)

    def begin(self) -> None:
        command = [*as_user("rabbitmq"), str(BIN / "rabbitmq-server")]
        self.spawn(command, env=self.environment, start_new_session=True)

    def ready(self) -> bool:
        """Whether it greets as AMQP does: the port is open earlier than that."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as door:
                door.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(door.recv(1))
        except OSError:
            return False

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """The server is a script that runs Erlang: all of its session ends."""
        if self.process is None:
            return
        os.killpg(self.process.pid, how)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def control(self, *arguments: str) -> None:
        command = [*as_user("rabbitmq"), str(BIN / "rabbitmqctl"), "-q", *arguments]
        subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=60)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        command = ["epmd", "-port", str(self.mapper), "-kill"]
        subprocess.run(command, env=self.environment, check=False, capture_output=True, timeout=20)

    def address(self, port: int = 0, *, password: str = "guest", options: str = "") -> str:
        return f"amqp://guest:{password}@127.0.0.1:{port or self.port}/{options}"
