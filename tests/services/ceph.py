"""Ceph's object gateway over one monitor and one store in memory: a real S3 server that checks signatures."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from urllib.error import URLError
from urllib.request import urlopen

from services import Server, free_port, program, wait_until

CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon},v1:127.0.0.1:{old_mon}]
public network = 127.0.0.0/8
auth cluster required = none
auth service required = none
auth client required = none
run dir = {folder}/run
pid file = {folder}/run/$name.pid
admin socket = {folder}/run/$name.asok
log file = {folder}/log/$name.log
mon data avail crit = 0
mon data = {folder}/mon
osd data = {folder}/osd0
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
rgw rados pool pg num min = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.05
paxos min wait = 0.01
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
ms mon client mode = crc
"""


class Ceph(Server):
    patience = 40.0
    key = "TESTKEY"
    secret = "TESTSECRET"

    def __init__(self) -> None:
        for name in ("radosgw", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin"):
            program(name)
        super().__init__()
        self.configuration = ["-c", str(self.folder / "ceph.conf")]
        self.gateway = ["-n", "client.rgw"]

    def begin(self) -> None:
        for name in ("mon", "osd0", "run", "log"):
            (self.folder / name).mkdir()
        fsid, mon, old_mon = str(uuid.uuid4()), free_port(), free_port()
        (self.folder / "ceph.conf").write_text(
            CONFIGURATION.format(folder=self.folder, fsid=fsid, mon=mon, old_mon=old_mon, port=self.port)
        )
        map_file = str(self.folder / "monmap")
        addresses = f"[v2:127.0.0.1:{mon},v1:127.0.0.1:{old_mon}]"
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", addresses, map_file)
        self._ceph("ceph-mon", "-i", "a", "--mkfs", "--monmap", map_file, "--mon-data", f"{self.folder}/mon")
        self._ceph("ceph-mon", "-i", "a")
        wait_until(lambda: "fsid" in self._told("-s", "-f", "json"), seconds=30, what="ceph-mon")
        self._ceph("ceph", "osd", "create")
        self._ceph("ceph-osd", "-i", "0", "--mkfs")
        self._ceph("ceph-osd", "-i", "0")
        wait_until(lambda: "1 up" in self._told("osd", "stat"), seconds=30, what="ceph-osd")
        self._ceph("radosgw", *self.gateway, "--no-mon-config")
        wait_until(self.ready, seconds=30, what="radosgw")
        for kept in ("STANDARD_IA", "GLACIER"):
            place = ["--placement-id", "default-placement", "--storage-class", kept]
            self._admin("zonegroup", "placement", "add", "--rgw-zonegroup", "default", *place)
            pool = ["--data-pool", f"default.rgw.{kept}.data"]
            self._admin("zone", "placement", "add", "--rgw-zone", "default", *place, *pool)
        self._end("client.rgw")
        self._ceph("radosgw", *self.gateway, "--no-mon-config")
        made = ["--uid", "trend", "--display-name", "trend"]
        self._admin("user", "create", *made, "--access-key", self.key, "--secret-key", self.secret)

    def ready(self) -> bool:
        try:
            urlopen(f"http://127.0.0.1:{self.port}/", timeout=2)
        except (URLError, OSError):
            return False
        return True

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """The daemons leave their starters; their own files say who they are."""
        for name in ("client.rgw", "osd.0", "mon.a"):
            self._end(name, how=signal.SIGKILL)

    def _end(self, name: str, *, how: signal.Signals = signal.SIGTERM) -> None:
        file = self.folder / "run" / f"{name}.pid"
        if not file.exists():
            return
        number = int(file.read_text())
        try:
            os.kill(number, how)
            for _ in range(200):
                os.kill(number, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            pass
        file.unlink(missing_ok=True)

    def _ceph(self, name: str, *arguments: str) -> None:
        self._run(name, *self.configuration, *arguments)

    def _admin(self, *arguments: str) -> None:
        self._run("radosgw-admin", *self.configuration, *self.gateway, *arguments)

    def _told(self, *arguments: str) -> str:
        command = ["timeout", "5", "ceph", *self.configuration, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-1000:]}"

    def address(self, port: int = 0, *, secret: str = "", prefix: str = "trend") -> str:
        return f"s3+http://{self.key}:{secret or self.secret}@127.0.0.1:{port or self.port}/{prefix}"
