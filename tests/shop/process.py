"""Starting and ending processes, each in a group of its own, ended by its number."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.shop.account import as_account, give
from tests.shop.parts import CannotStand

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Process:
    """One server with its children. What it says goes to `log`."""

    def __init__(
        self, name: str, command: list[str], log: Path, env: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            give(log)
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
                env={**os.environ, **(env or {})}, start_new_session=True, **as_account(),
            )  # fmt: skip

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Raises CannotStand with its last word if it ends first or is not ready in time."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.child.poll() is None:
            if ready():
                return
            time.sleep(0.02)
        self.stop(kill=True)
        raise CannotStand(f"{self.name} did not start: {self._last_word()}")

    def finish(self) -> None:
        """Wait for its end. Raises CannotStand when it fails."""
        try:
            code = self.child.wait()
        except BaseException:
            self.stop(kill=True)
            raise
        if code:
            raise CannotStand(f"{self.name} failed: {self._last_word()}")

    def _last_word(self) -> str:
        """The first error it logged, else its last line."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        errors = (line for line in lines if "error" in line.lower())
        return next(errors, lines[-1] if lines else "it said nothing")

    def stop(self, *, kill: bool = False) -> None:
        """End it and the children it left; `kill` does not ask."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(STOP_SECONDS)
        # PHP's own server leaves its workers behind; the group is only ours.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_free(port: int) -> None:
    """A killed child that is not ours to wait for may hold its port for a moment."""
    end = time.monotonic() + STOP_SECONDS
    while not port_is_free(port) and time.monotonic() < end:
        time.sleep(0.01)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
