"""Real back offices: what an order costs beside the bare client, and how fast stock is read."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

from bench.measures.backoffice_bare import BareOdoo, BareTryton
from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from causeway.canonical import Customer, Money, Order
from causeway.connectors.base import ConnectionSettings, Page
from causeway.connectors.conformance.tools import persistently
from causeway.connectors.odoo.connector import Options as OdooOptions
from causeway.connectors.odoo.connector import build as odoo
from causeway.connectors.samples import an_order
from causeway.connectors.scan import OVERLAP
from causeway.connectors.tryton.connector import Options as TrytonOptions
from causeway.connectors.tryton.connector import build as tryton
from tests.real import odoo_server, offices, tryton_server
from tests.real.odoo_books import OdooBooks
from tests.real.tryton_books import TrytonBooks

CONCURRENCY = 4
WARM_UP, SINGLES, BLOCK = 8, 25, 25
CHANGED = 100
_numbers = count(1)
RUN = uuid4().hex[:6]


class Connects(Protocol):
    def book_order(self, order: Order, key: str) -> Any: ...

    def read_stock(self, cursor: str) -> Page[Any]: ...


@dataclass
class Office:
    name: str
    connector: Connects
    bare: Callable[[str], int]
    """Books one order under a key as a bare client would; how many requests it took."""
    stock_up: Callable[[int], list[str]]
    """Makes that many products more with something on hand; their SKUs."""


def orders_at_once() -> int:
    """How many orders each side books for the figure of throughput; `--orders` sets it."""
    return int(os.environ.get("CAUSEWAY_BENCH_ORDERS", "1000"))


def products() -> int:
    """How many products the stock is read of; `--products` sets it."""
    return int(os.environ.get("CAUSEWAY_BENCH_PRODUCTS", "10000"))


def measure() -> list[Row]:
    """All of it. An office that cannot be had here is said and left out."""
    return [row for part in PARTS.values() for row in part[1]()]


def tryton_orders() -> list[Row]:
    return _with(_tryton, _orders)


def tryton_stock() -> list[Row]:
    return _with(_tryton, _stock)


def odoo_orders() -> list[Row]:
    return _with(_odoo, _orders)


def odoo_stock() -> list[Row]:
    return _with(_odoo, _stock)


PARTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "backoffice-tryton": ("orders into a real Tryton beside a bare client", tryton_orders),
    "backoffice-tryton-stock": ("stock read from a real Tryton", tryton_stock),
    "backoffice-odoo": ("orders into a real Odoo beside a bare client", odoo_orders),
    "backoffice-odoo-stock": ("stock read from a real Odoo", odoo_stock),
}


def _with(
    start: Callable[[ExitStack], Office], measure: Callable[[Office], list[Row]]
) -> list[Row]:
    with ExitStack() as stack:
        try:
            office = start(stack)
        except (odoo_server.CannotBuild, tryton_server.CannotBuild) as problem:
            _say(f"left out: {problem}")
            return []
        return measure(office)


def _orders(office: Office) -> list[Row]:
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(lambda _: office.connector.book_order(_order(), _key()), range(WARM_UP)))
        list(pool.map(lambda _: office.bare(_key()), range(WARM_UP)))
    return [*_singles(office), _throughput(office)]


def _singles(office: Office) -> list[Row]:
    """One order at a time: requests, and the time that is not spent in them."""
    watch = _Watch(office.connector)
    own, calls = [], []
    for _ in range(SINGLES):
        order, key = _order(), _key()
        watch.reset()
        began = time.perf_counter()
        office.connector.book_order(order, key)
        own.append((time.perf_counter() - began - watch.seconds) * 1000)
        calls.append(watch.requests)
    watch.end()
    least = office.bare(_key())
    limit = Limit("bare client, requests", least)
    return [
        Row(f"{office.name}-calls", max(calls), "requests", (limit,), Bar("<=", least + 1),
            f"{SINGLES} orders of new buyers"),
        Row(f"{office.name}-own", percentile(own, 0.5), "ms", (), Bar("<=", 10),
            f"p50 of {SINGLES}, p95 {percentile(own, 0.95):.1f} ms"),
    ]  # fmt: skip


def _throughput(office: Office) -> Row:
    """In turns, block by block and each first as often as the other, so that both meet the machine
    in the same moods.
    """
    wanted = orders_at_once()
    asked = count(1)

    def ours(_: int) -> None:
        """Again where the outcome allows it, as deliveries do."""
        order, key = _order(), _key()

        def book() -> Any:
            next(asked)
            return office.connector.book_order(order, key)

        persistently(book)

    calls: list[Callable[[int], Any]] = [ours, lambda _: office.bare(_key())]
    seconds, done, turn = [0.0, 0.0], 0, 0
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        while done < wanted:
            size = min(BLOCK * CONCURRENCY, wanted - done)
            for side in (turn, 1 - turn):
                seconds[side] += _timed(pool, calls[side], size)
            done, turn = done + size, 1 - turn
    own, bare = seconds
    again = next(asked) - 1 - done
    limit = Limit(f"bare client, {done / bare:.1f} orders/s", 100.0)
    note = f"{done} orders each, {CONCURRENCY} at once, {done / own:.1f} orders/s"
    note += f", {again} asked for again" if again else ""
    return Row(f"{office.name}-share", bare / own * 100, "% of bare", (limit,), Bar(">=", 90),
               note)  # fmt: skip


def _timed(pool: ThreadPoolExecutor, call: Callable[[int], Any], size: int) -> float:
    began = time.perf_counter()
    list(pool.map(call, range(size)))
    return time.perf_counter() - began


def _stock(office: Office) -> list[Row]:
    """All of it, then what an order of a hundred products changes.

    Feeds tell again what changed in the last two minutes, which here is the whole catalogue; so
    those are waited for.
    """
    skus = office.stock_up(products())
    began = time.perf_counter()
    levels, cursor = _to_the_end(office.connector, "")
    whole = time.perf_counter() - began
    _say(
        f"{levels} levels read; two minutes until the making of the products is no change any more"
    )
    time.sleep(OVERLAP.total_seconds() + 2)
    order = _order()
    lines = tuple(replace(order.lines[0], id=str(n), sku=sku)
                  for n, sku in enumerate(skus[:CHANGED]))  # fmt: skip
    total = Money(Decimal("29.75") * len(lines), "EUR")
    rates = (replace(order.tax_rates[0], total=Money(Decimal("4.75") * len(lines), "EUR")),)
    _, cursor = _to_the_end(office.connector, cursor)
    office.connector.book_order(replace(order, lines=lines, tax_rates=rates, total=total), _key())
    began = time.perf_counter()
    changed, _ = _to_the_end(office.connector, cursor)
    delta = time.perf_counter() - began
    return [
        Row(f"{office.name}-stock", whole, "s", (), Bar("<=", 15), f"{levels} levels"),
        Row(f"{office.name}-delta", delta, "s", (), Bar("<=", 1), f"{changed} levels"),
    ]


def _to_the_end(connector: Connects, cursor: str) -> tuple[int, str]:
    found = 0
    while True:
        page = connector.read_stock(cursor)
        found, cursor = found + len(page.items), page.cursor
        if not page.more:
            return found, cursor


class _Watch:
    """Counts and times a connector's requests."""

    def __init__(self, connector: Any) -> None:
        self._session = connector._client._session
        self._send = self._session.request
        self._session.request = self._watched
        self.reset()

    def reset(self) -> None:
        self.seconds, self.requests = 0.0, 0

    def end(self) -> None:
        self._session.request = self._send

    def _watched(self, *args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return self._send(*args, **kwargs)
        finally:
            self.seconds += time.perf_counter() - began
            self.requests += 1


def _tryton(stack: ExitStack) -> Office:
    server = stack.enter_context(tryton_server.running(_say))
    options = TrytonOptions().load(offices.TRYTON)
    connector = tryton(_connection("tryton", server.url, server.key, options))
    bare = BareTryton(TrytonBooks(server), server.url, server.key)
    return Office("tryton", connector, bare.book, bare.stock_up)


def _odoo(stack: ExitStack) -> Office:
    server = stack.enter_context(odoo_server.running(_say))
    connector = odoo(_connection("odoo", server.url, server.key, OdooOptions().load(offices.ODOO)))
    bare = BareOdoo(OdooBooks(server), server.url, server.key)
    return Office("odoo", connector, bare.book, bare.stock_up)


def _connection(kind: str, url: str, token: str, options: Any) -> ConnectionSettings:
    return ConnectionSettings("erp", kind, url, ("erp",), token, options=dict(options))


def _order() -> Order:
    """29.75 EUR: two mugs, for a buyer nobody has seen."""
    order = an_order()
    number = f"{RUN}{next(_numbers)}"
    rate = replace(order.tax_rates[0], total=Money(Decimal("4.75"), "EUR"),
                   shipping_total=Money.zero("EUR"))  # fmt: skip
    return replace(
        order, id=number, number=number, customer=Customer("", f"{number}@example.org"),
        lines=order.lines[:1], tax_rates=(rate,), total=Money(Decimal("29.75"), "EUR"),
        rounding=None,
    )  # fmt: skip


def _key() -> str:
    return f"bench:{RUN}:{next(_numbers)}:book"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
