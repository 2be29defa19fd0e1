"""A MariaDB of the shop's own: one data folder, one socket, no port."""

from __future__ import annotations

from pathlib import Path

from tests.shop.account import give
from tests.shop.parts import Parts
from tests.shop.process import Process

NAME = "shop"
OPTIONS = (
    "--skip-networking",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--performance-schema=off",
    "--character-set-server=utf8mb4",
    "--innodb-log-file-size=16M",
    "--innodb-buffer-pool-size=128M",
    "--innodb-temp-data-file-path=ibtmp1:2M:autoextend",
    "--max-connections=100",
)
# As MariaDB does by itself: flushed at each commit, with a log that a burst of writing fits into.
DURABLE = ("--innodb-flush-log-at-trx-commit=1", "--innodb-log-file-size=96M")
FAST = ("--innodb-flush-log-at-trx-commit=0",)


class Database:
    """`durable` writes as a shop's own server does by default."""

    def __init__(self, parts: Parts, data: Path, socket: Path, *, durable: bool) -> None:
        self.data, self.socket = data, socket
        self._parts, self._durable = parts, durable
        self._process: Process | None = None

    def create(self) -> None:
        """An empty server in the data folder, which must not exist."""
        self.data.mkdir(mode=0o700)
        give(self.data)
        command = [self._parts.install_db, "--no-defaults", f"--datadir={self.data}",
                   "--auth-root-authentication-method=normal", "--skip-test-db",
                   "--skip-name-resolve", "--innodb-log-file-size=16M",
                   f"--tmpdir={self._temporary()}"]  # fmt: skip
        log = self.data.parent / "mariadb.log"
        Process("mariadb-install-db", command, log).finish()

    def start(self) -> None:
        log = self.data.parent / "mariadb.log"
        # The socket's folder is the account's alone, so root's empty password opens nothing.
        command = [self._parts.mariadbd, "--no-defaults", f"--datadir={self.data}",
                   f"--socket={self.socket}", f"--pid-file={self.socket}.pid",
                   f"--tmpdir={self._temporary()}", *OPTIONS,
                   *(DURABLE if self._durable else FAST)]  # fmt: skip
        self.socket.unlink(missing_ok=True)
        self._process = Process("MariaDB", command, log)
        # mariadbd binds its socket when it has recovered and can serve.
        self._process.wait_until(self.socket.exists)

    def _temporary(self) -> Path:
        """A starting server clears its folder of temporary tables, also of those of others."""
        folder = self.data.parent / "tmp"
        folder.mkdir(mode=0o700, exist_ok=True)
        give(folder)
        return folder

    def stop(self, *, keep: bool) -> None:
        """Shut down in order when the data is kept, at once when it is thrown away."""
        if self._process is not None:
            self._process.stop(kill=not keep)
            self._process = None
