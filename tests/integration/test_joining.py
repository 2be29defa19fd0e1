"""Shops that are connected at any moment: on a real ledger no two are ever told the same piece."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from causeway.canonical import StockLevel
from causeway.catalog import allocations, queries, sources
from causeway.connectors.base import ConnectionSettings
from causeway.engine.cataloguing import project_catalog
from causeway.engine.context import Context
from causeway.feed.applied import confirm, first_asked
from causeway.ledger import stores
from causeway.ledger.engine import Ledger
from causeway.ledger.stores import Store
from causeway.policy import StorePolicy
from causeway.settings import Settings
from tests.world import START, Clock, empty_ledger

NAMES = ("a", "b", "c")
STORES = st.sampled_from(NAMES)


@dataclass
class Order:
    store: str
    number: str
    quantity: int
    known: bool = False
    counted: bool = False
    booked: bool = False
    shipped: bool = False
    cancelled: bool = False

    @property
    def is_open(self) -> bool:
        return not self.booked and not self.cancelled


@dataclass
class Shop:
    """What is in force in one shop; `cursor` is None until it is connected."""

    cursor: int | None = None
    stock: int = 0
    confirmed: int = 0
    short: list[Order] = field(default_factory=list)


class Joining(RuleBasedStateMachine):
    """Three shops that are added and connected whenever, one SKU in two warehouses, one ERP."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        (self.folder / "ledger.sqlite").write_bytes(empty_ledger())
        self.ledger = Ledger(f"sqlite:///{self.folder}/ledger.sqlite")
        self.clock = Clock()
        self.shops: dict[str, Shop] = {}
        self.orders: list[Order] = []
        self.late: list[list[StockLevel]] = []

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    @initialize(main=st.integers(0, 12), west=st.integers(0, 12), selling=st.booleans())
    def begin(self, main: int, west: int, selling: bool) -> None:
        self.truth = {"MAIN": main, "WEST": west}
        erp = ConnectionSettings("erp", "memory", "http://127.0.0.1:9", ("erp",))
        policies = {name: StorePolicy(guard_zero_percent=0, stock_share=n + 1)
                    for n, name in enumerate(NAMES)}  # fmt: skip
        made = Settings(
            self.folder, str(self.ledger.url), "", connections=(erp,), policies=policies
        )
        self.context = Context(made, self.ledger, lambda name: None, self.clock)  # type: ignore[arg-type,return-value]
        for name in NAMES[:2]:
            self.add(name)
        self.reports()
        self.project()
        if selling:
            self.all_that_are_added_are_connected_at_one_moment()
            self.project()

    # The shops ------------------------------------------------------------------------------
    @precondition(lambda self: len(self.shops) < len(NAMES))
    @rule()
    def a_store_is_added(self) -> None:
        self.add(NAMES[len(self.shops)])

    def add(self, name: str) -> None:
        store = Store(name, f"https://{name}.example", "EUR", START)
        with self.ledger.write() as connection:
            stores.add(connection, store, stores.new_secret())
        self.shops[name] = Shop()

    @precondition(lambda self: any(shop.cursor is None for shop in self.shops.values()))
    @rule()
    def all_that_are_added_are_connected_at_one_moment(self) -> None:
        """Each reads at once, before anybody has worked out what that means for the others."""
        new = [name for name, shop in self.shops.items() if shop.cursor is None]
        for name in new:
            self.shops[name].cursor = 0
            first_asked(self.context, name)
        for name in new:
            self.the_shop_polls(name)

    @precondition(lambda self: self.is_selling())
    @rule(name=STORES)
    def the_shop_polls(self, name: str) -> None:
        shop = self.shops.get(name)
        if shop is None or shop.cursor is None:
            return
        with self.ledger.read() as connection:
            rows = queries.page(connection, name, shop.cursor, 5000)
        for row in rows:
            shop.cursor = row.seq
            if row.quantity is not None:
                mine = [o for o in self.orders if o.store == name and not o.counted]
                mine = [o for o in mine if not o.cancelled]
                left = int(row.quantity) - sum(o.quantity for o in mine)
                shop.stock = max(left, 0)
                shop.short += mine if left < 0 else []

    @precondition(lambda self: any((s.cursor or 0) > s.confirmed for s in self.shops.values()))
    @rule(name=STORES)
    def the_shop_confirms(self, name: str) -> None:
        shop = self.shops.get(name)
        if shop is None or shop.cursor is None:
            return
        shop.short = [o for o in shop.short if not o.known]
        if not shop.short and shop.cursor > shop.confirmed:
            shop.confirmed = shop.cursor
            confirm(self.context, name, shop.cursor)

    @precondition(lambda self: any(shop.stock for shop in self.shops.values()))
    @rule(name=STORES, quantity=st.integers(1, 4))
    def somebody_buys(self, name: str, quantity: int) -> None:
        shop = self.shops.get(name)
        if shop is not None and shop.stock >= quantity:
            shop.stock -= quantity
            self.orders.append(Order(name, str(len(self.orders)), quantity))

    @precondition(lambda self: any(shop.stock for shop in self.shops.values()))
    @rule(name=STORES)
    def somebody_buys_all_there_is(self, name: str) -> None:
        shop = self.shops.get(name)
        if shop is not None and shop.stock:
            self.somebody_buys(name, shop.stock)

    def is_selling(self) -> bool:
        return any(shop.cursor is not None for shop in self.shops.values())

    # The road -------------------------------------------------------------------------------
    @rule()
    def project(self) -> None:
        known = [o for o in self.orders if o.known]
        project_catalog(self.context)
        for order in known:
            order.counted = True

    @precondition(lambda self: any(not o.known for o in self.orders))
    @rule(index=st.integers(0, 9))
    def an_order_arrives(self, index: int) -> None:
        waiting = [o for o in self.orders if not o.known]
        if waiting:
            order = waiting[index % len(waiting)]
            self.reserve(order, order.quantity)
            order.known = True

    @precondition(
        lambda self: any(o.counted and not o.booked and not o.cancelled for o in self.orders)
    )
    @rule(index=st.integers(0, 9))
    def an_order_is_cancelled(self, index: int) -> None:
        waiting = [o for o in self.orders if o.counted and o.is_open]
        if waiting:
            order = waiting[index % len(waiting)]
            order.cancelled = True
            self.reserve(order, 0)

    def reserve(self, order: Order, quantity: int) -> None:
        now = self.clock()
        with self.ledger.write() as connection:
            goods = {"MUG": Decimal(quantity)} if quantity else {}
            allocations.reserve(connection, order.store, order.number, goods, now)
            sources.mark_dirty(connection, ["MUG"], now)

    # The ERP --------------------------------------------------------------------------------
    @precondition(
        lambda self: any(o.known and not o.booked and not o.cancelled for o in self.orders)
    )
    @rule(index=st.integers(0, 9))
    def an_order_is_booked(self, index: int) -> None:
        waiting = [o for o in self.orders if o.known and o.is_open]
        if waiting:
            order = waiting[index % len(waiting)]
            order.booked = True
            self.clock.advance(seconds=1)
            with self.ledger.write() as connection:
                allocations.booked(connection, order.store, order.number, self.clock(), "erp")

    @precondition(lambda self: any(o.booked and not o.shipped for o in self.orders))
    @rule(index=st.integers(0, 9))
    def an_order_is_shipped(self, index: int) -> None:
        booked = [o for o in self.orders if o.booked and not o.shipped]
        if booked:
            order, left = booked[index % len(booked)], booked[index % len(booked)].quantity
            order.shipped = True
            for place in self.truth:
                part = min(left, self.truth[place])
                self.truth[place] -= part
                left -= part

    @rule(quantity=st.integers(1, 5))
    def goods_arrive(self, quantity: int) -> None:
        self.truth["WEST"] += quantity

    @rule(is_late=st.booleans())
    def reports(self, is_late: bool = False) -> None:
        """Some answers come late, after a newer one."""
        self.clock.advance(seconds=1)
        reserved = sum(o.quantity for o in self.orders if o.booked and not o.shipped)
        now = self.clock()
        levels = [
            StockLevel("MUG", place, Decimal(there), Decimal(reserved * (place == "MAIN")), now)
            for place, there in self.truth.items()
        ]
        if is_late:
            self.late.append(levels)
            return
        for answer in [levels, *self.late]:
            with self.ledger.write() as connection:
                sources.take_stock(connection, "erp", answer, now + timedelta(milliseconds=1))
        self.late = []

    @invariant()
    def what_is_sold_and_may_be_sold_is_there(self) -> None:
        owed = sum(o.quantity for o in self.orders if not o.shipped and not o.cancelled)
        may = sum(shop.stock for shop in self.shops.values())
        assert owed + may <= sum(self.truth.values()), "more sold than there is"


TestJoining = Joining.TestCase
TestJoining.settings = settings(
    max_examples=int(os.environ.get("JOINING_EXAMPLES", "25")),
    stateful_step_count=40,
    deadline=None,
)
