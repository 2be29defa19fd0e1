"""A whole sidecar for a test: real app and ledger, a clock that is set, an office in memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from flask import Flask
from sqlalchemy import Connection, Table, select

from causeway.app import create_app
from causeway.bootstrap import Causeway, build
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.memory import Office
from causeway.engine.cataloguing import project_catalog
from causeway.engine.context import Context
from causeway.engine.drain import Drain
from causeway.engine.hints import NullHints
from causeway.engine.local_limits import LocalLimits
from causeway.engine.polling import Poller
from causeway.ledger import migrations, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.stores import Store
from causeway.settings import IntakeSettings, Settings
from tests.wire_client import ShopClient

CONTRACT = Path(__file__).parent / "contract"
ORDERS = CONTRACT / "woocommerce"
START = datetime(2026, 11, 20, 15, 36, 35, tzinfo=UTC)
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
# The double of a back office, shipped with the package but no kind that can be configured.
MEMORY = "causeway.connectors.memory"
OFFICE_TOKEN = "token-of-the-office-kept-secret"
_IDS = UUID("00000000-0000-4000-8000-000000000000")


class Clock:
    """Shows the time it was set to."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **parts: float) -> None:
        self.time += timedelta(**parts)


def fixture_order(name: str) -> dict[str, Any]:
    """One of WooCommerce's own orders: {"order": …, "refunds": […]}."""
    found: dict[str, Any] = json.loads((ORDERS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def fixture_names() -> list[str]:
    return sorted(path.stem for path in ORDERS.glob("*.json"))


def event_id(name: str) -> str:
    """The same UUID for the same name, so that golden files stay as they are."""
    return str(uuid5(_IDS, name))


def order_event(data: dict[str, Any], version: int = 1, **changes: Any) -> dict[str, Any]:
    """The event of an order as the plugin sends it."""
    number = str(data["order"]["id"]) if isinstance(data.get("order"), dict) else "1"
    event = {
        "id": event_id(f"{number}:{version}"),
        "topic": "order.updated",
        "entity": "order",
        "entity_id": number,
        "version": version,
        "occurred_at": "2026-11-20T15:36:35Z",
        "schema": "woocommerce.order/3",
        "data": data,
    }
    return {**event, **changes}


@cache
def empty_ledger() -> bytes:
    """A SQLite ledger with the newest schema and nothing in it, as the bytes of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        ledger = Ledger(f"sqlite:///{path}")
        migrations.upgrade(ledger)
        with ledger.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        ledger.close()
        return path.read_bytes()


@dataclass
class World:
    """One sidecar with the store `berlin`, and an office that plays ERP and warehouse.

    The ledger must have its schema already: `empty_ledger` is one.
    """

    folder: Path
    ledger_url: str
    connections: tuple[ConnectionSettings, ...] = ()
    redis_url: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    reported: list[BaseException] = field(default_factory=list)
    intake: IntakeSettings = field(default_factory=IntakeSettings)

    @cached_property
    def settings(self) -> Settings:
        return Settings(
            data_dir=self.folder,
            ledger_url=self.ledger_url,
            redis_url=self.redis_url or f"unix://{self.folder}/nobody.sock",
            connections=self.connections,
            intake=self.intake,
            **self.options,
        )

    @cached_property
    def parts(self) -> Causeway:
        made = build(self.settings, hints=NullHints())
        limits = LocalLimits(lambda: self.clock().timestamp())
        context = replace(made.context, now=self.clock, report=self.reported.append, limits=limits)
        return replace(made, context=context)

    @property
    def context(self) -> Context:
        return self.parts.context

    @cached_property
    def app(self) -> Flask:
        return create_app(self.parts)

    def add_store(self, name: str = "berlin", secret: str = SECRET) -> None:
        store = Store(name, f"https://{name}.example", "EUR", self.clock())
        with self.context.ledger.write() as connection:
            stores.add(connection, store, secret)

    def shop(self, name: str = "berlin", secret: str = SECRET) -> ShopClient:
        return ShopClient(self.app.test_client(), name, [secret], self.clock)

    def drain(self, seconds: float = 10.0, owner: str = "") -> Drain:
        """Work on all that is due now; it ends by itself when nothing is."""
        context = replace(self.context, owner=owner) if owner else self.context
        work = Drain(context)
        work.run(seconds)
        return work

    def poll(self, name: str = "office") -> None:
        Poller(self.context).poll(name)
        self.drain()
        project_catalog(self.context)

    def rows(self, table: Table, **where: Any) -> list[Any]:
        query = select(table)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        order = table.c.id if "id" in table.c and table.name != "events" else None
        with self.context.ledger.read() as connection:
            return list(connection.execute(query if order is None else query.order_by(order)))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.context.ledger.write() as connection:
            yield connection

    def close(self) -> None:
        if "parts" in self.__dict__:
            self.parts.ledger.close()
            self.parts.redis.close()


def office_connection(office: Office, **changes: Any) -> ConnectionSettings:
    values: dict[str, Any] = {
        "name": "office",
        "kind": "memory",
        "url": office.url,
        "roles": ("erp", "fulfilment"),
        "token": office.token,
    }
    return ConnectionSettings(**{**values, **changes})
