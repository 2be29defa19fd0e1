"""A sidecar's workers before a sandbox ERP, with orders waiting for them: what delivery is made of.

The parts are the shipped ones, started as in production: Redis, the pump, `causeway worker orders`.
Orders are put into the ledger as intake would, so that nothing but delivery is measured.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import requests
from sqlalchemy import func, select

from bench import orders
from bench.place import clean_environ, folder, free_port
from bench.processes import answers, running, wait_until
from bench.sidecar import CAUSEWAY, redis_server
from causeway import settings
from causeway.ledger import connections, events, migrations, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.events import NewEvent
from causeway.ledger.stores import Store
from causeway.ledger.tables import deliveries
from causeway.settings import Settings
from tests import postgres_server

STORE, ERP, TOKEN = "bench", "erp", "token-of-the-bench-sandbox-only"
DURABLE = "-c listen_addresses="
KINDS = ("sqlite", "postgresql")


@dataclass
class Office:
    """One ledger, one ERP, and what is needed to start workers between the two."""

    settings: Settings
    ledger: Ledger
    environ: dict[str, str]
    erp: str
    data: Path

    def plan(self, first: int, count: int, store: str = STORE, batch: int = 200) -> None:
        """Put orders into the ledger as intake does."""
        for start in range(first, first + count, batch):
            new = self.events(start, min(batch, first + count - start), store)
            with self.ledger.write() as connection:
                events.store(connection, new, datetime.now(UTC))

    def events(self, first: int, count: int, store: str = STORE) -> list[NewEvent]:
        """Orders as intake reads them, numbered from `first`."""
        return [_event(n, store) for n in range(first, first + count)]

    def done(self, store: str | None = None) -> int:
        """How many deliveries are done."""
        query = select(func.count()).where(deliveries.c.state == "done")
        if store is not None:
            query = query.where(deliveries.c.store == store)
        with self.ledger.read() as connection:
            return int(connection.scalar(query) or 0)

    def planned(self) -> int:
        with self.ledger.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(deliveries)) or 0)

    def done_at(self) -> list[datetime]:
        """When each delivery was done, in order."""
        query = select(deliveries.c.done_at).where(deliveries.c.state == "done")
        with self.ledger.read() as connection:
            return sorted(row[0] for row in connection.execute(query))

    def pause(self) -> None:
        """Dated tomorrow: the pump tries what has been paused for a while."""
        with self.ledger.write() as connection:
            until = datetime.now(UTC) + timedelta(days=1)
            connections.pause(connection, ERP, "measuring", until)

    def resume(self) -> None:
        with self.ledger.write() as connection:
            connections.resume(connection, ERP)

    def delay(self, seconds: float) -> None:
        """Let the ERP answer every new order that much later."""
        fault = {"kind": "delay", "path": "/erp/orders", "method": "POST", "times": None}
        self.control("POST", "/sandbox/faults", {**fault, "seconds": seconds})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.request(method, self.erp + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def booked_once(self, count: int) -> str:
        """Empty when the ERP's own books hold each order once; else what they hold."""
        books = self.control("GET", "/sandbox/books")
        if books["orders"] == count and not books["created_twice"]:
            return ""
        return f"{count} orders, {books['orders']} in the ERP's books, {books['created_twice']}"

    @contextmanager
    def worker(self, lane: str = "orders") -> Iterator[int]:
        """A worker of the lane; its process id."""
        log = self.data / f"worker-{lane}.log"
        with running([*CAUSEWAY, "worker", lane], self.environ, log) as child:
            yield child.pid

    @contextmanager
    def pump(self) -> Iterator[int]:
        with running([*CAUSEWAY, "pump"], self.environ, self.data / "pump.log") as child:
            yield child.pid


@contextmanager
def office(kind: str, concurrency: int = 16, **more: str) -> Iterator[Office]:
    """An empty ledger of the kind, Redis, a sandbox ERP. Raises CannotStart without PostgreSQL."""
    with ExitStack() as stack:
        data = stack.enter_context(folder())
        redis = stack.enter_context(redis_server(data))
        url = f"sqlite:///{data / 'ledger.sqlite'}"
        if kind == "postgresql":
            server = stack.enter_context(postgres_server.running(DURABLE))
            url = server.url(server.new_database())
        erp = stack.enter_context(_sandbox(data))
        environ = clean_environ(
            CAUSEWAY_DATA_DIR=str(data),
            CAUSEWAY_LOG_LEVEL="WARNING",
            CAUSEWAY_LEDGER__URL=url,
            CAUSEWAY_REDIS__URL=redis,
            CAUSEWAY_CONNECTIONS__ERP__KIND="sandbox_erp",
            CAUSEWAY_CONNECTIONS__ERP__URL=erp,
            CAUSEWAY_CONNECTIONS__ERP__TOKEN=TOKEN,
            CAUSEWAY_CONNECTIONS__ERP__ROLES="erp",
            CAUSEWAY_CONNECTIONS__ERP__CONCURRENCY=str(concurrency),
            CAUSEWAY_CONNECTIONS__ERP__POLL_SECONDS="3600",
            **more,
        )
        ledger = Ledger(url)
        migrations.upgrade(ledger)
        for name in (STORE, "fresh"):
            with ledger.write() as connection:
                store = Store(name, f"https://{name}.example", "EUR", datetime.now(UTC))
                stores.add(connection, store, stores.new_secret())
        yield Office(settings.load(None, environ), ledger, environ, erp, data)
        ledger.close()


def wait_for(reached: Any, seconds: float, pause: float = 0.1) -> float:
    """Seconds until `reached()`. Raises TimeoutError after `seconds`."""
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not reached within {seconds:.0f} s")
        time.sleep(pause)
    return time.monotonic() - began


@contextmanager
def _sandbox(data: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "causeway.sandbox", "--port", str(port),
               "--data", str(data / "sandbox"), "--token", TOKEN]  # fmt: skip
    log = data / "sandbox.log"
    with running(command, clean_environ(), log) as child:
        wait_until(lambda: answers(port, "/sandbox/health"), child, log)
        yield f"http://127.0.0.1:{port}"


def _event(number: int, store: str) -> NewEvent:
    made = orders.event(number)
    data = orjson.dumps(made["data"]).decode()
    return NewEvent(
        source=store,
        id=made["id"],
        topic=made["topic"],
        entity="order",
        entity_id=str(number),
        version=1,
        occurred_at=datetime.now(UTC),
        schema=made["schema"],
        data=data,
        hash=hashlib.sha256(data.encode()).hexdigest(),
    )
