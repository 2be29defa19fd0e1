"""A real sshd of our own on loopback, for SFTP: keys and settings in a folder of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 20
PLACES = ("/usr/sbin", "/usr/local/sbin", "/sbin")


@dataclass(frozen=True)
class SftpServer:
    port: int
    host_key: str
    key_file: Path
    stranger_file: Path
    """A key that it does not let in."""

    def url(self, root: Path) -> str:
        return f"sftp://127.0.0.1:{self.port}{root}"

    def options(self, key_file: Path | None = None) -> dict[str, Any]:
        return {
            "user": getpass.getuser(),
            "key_file": str(key_file or self.key_file),
            "host_keys": [self.host_key],
        }


def found() -> str | None:
    """The path of an sshd that can run here, if there is one."""
    return shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))


@contextmanager
def running(folder: Path) -> Iterator[SftpServer]:
    binary = found()
    assert binary is not None
    for name in ("host", "ours", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name],
                       check=True)  # fmt: skip
    (folder / "authorized").write_text((folder / "ours.pub").read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it wants to lock itself in
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
        "Subsystem sftp internal-sftp\nMaxStartups 100\nMaxSessions 100\n"
    )
    log = (folder / "sshd.log").open("w")
    process = subprocess.Popen([binary, "-D", "-e", "-f", config], stderr=log)
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "sshd.log").read_text()
            assert time.monotonic() < end, "sshd does not start"
            time.sleep(0.05)
        host_key = " ".join((folder / "host.pub").read_text().split()[:2])
        yield SftpServer(port, host_key, folder / "ours", folder / "stranger")
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        log.close()
