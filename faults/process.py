"""One process of a world: started, killed, frozen, and started again when it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.place import PROJECT
from bench.processes import family

RESTART_SECONDS = 0.5
STOP_SECONDS = 20.0


@dataclass
class Process:
    """`wanted` says whether the keeper starts it again when it is found dead."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    wanted: bool = True
    child: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        with self.lock, self.log.open("ab") as output:
            self.wanted = True
            self.child = subprocess.Popen(
                list(self.command), env=dict(self.environ), cwd=PROJECT, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def signal(self, number: int, *, whole: bool = True) -> None:
        """To the process and all it has started, or to it alone."""
        with self.lock:
            for pid in family(self.pid) if whole else [self.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def kill(self, *, whole: bool = True) -> None:
        self.signal(signal.SIGKILL, whole=whole)
        assert self.child is not None
        self.child.wait(10)

    def down(self) -> None:
        """Killed, and not started again before `start`."""
        with self.lock:
            self.wanted = False
            if self.alive:
                self.kill()

    def stop(self) -> None:
        """Asked to end, then made to."""
        with self.lock:
            self.wanted = False
        if not self.alive or self.child is None:
            return
        members = family(self.pid)
        self.signal(signal.SIGCONT)
        self.child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(STOP_SECONDS)
        if self.alive:
            self.kill()
        _wait_for_end([pid for pid in members if pid != self.pid])

    def look_after(self) -> None:
        """Start it again when it has died, as a supervisor does."""
        with self.lock:
            if self.wanted and self.child is not None and self.child.poll() is not None:
                self.deaths += 1
                self.start()


class Keeper:
    """Looks after processes from a thread of its own."""

    def __init__(self, processes: Callable[[], list[Process]]) -> None:
        self._processes = processes
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            for process in self._processes():
                process.look_after()


def _wait_for_end(pids: list[int]) -> None:
    """Children of a process that ended: they end by themselves soon, or are made to."""
    end = time.monotonic() + 3.0
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    for pid in pids:
        if Path(f"/proc/{pid}").exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
