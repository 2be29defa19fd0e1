"""Shops that are connected at any moment: on a real ledger no two are ever told the same piece."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
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
FEW = st.sampled_from([0, 0, 1, 3])
REPORT = st.sampled_from(["", "now", "late"])


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
        self.report()
        self.project()
        if selling:
            self.connect_all_at_one_moment()
            self.project()

    # The shops ------------------------------------------------------------------------------
    @precondition(lambda self: len(self.shops) < len(NAMES) or not self.is_all_connected())
    @rule(also_connected=st.booleans())
    def a_store_is_added(self, also_connected: bool) -> None:
        if len(self.shops) < len(NAMES):
            self.add(NAMES[len(self.shops)])
        if also_connected:
            self.connect_all_at_one_moment()

    def add(self, name: str) -> None:
        store = Store(name, f"https://{name}.example", "EUR", START)
        with self.ledger.write() as connection:
            stores.add(connection, store, stores.new_secret())
        self.shops[name] = Shop()

    def is_all_connected(self) -> bool:
        return all(shop.cursor is not None for shop in self.shops.values())

    def connect_all_at_one_moment(self) -> None:
        """Each reads at once, before anybody has worked out what that means for the others."""
        new = [name for name, shop in self.shops.items() if shop.cursor is None]
        for name in new:
            self.shops[name].cursor = 0
            first_asked(self.context, name)
        for name in new:
            self.polls(name)

    @rule(name=STORES, polls=st.booleans(), bought=st.integers(0, 9), confirms=st.booleans())
    def a_shop_lives_on(self, name: str, polls: bool, bought: int, confirms: bool) -> None:
        shop = self.shops.get(name)
        if shop is None or shop.cursor is None:
            return
        if polls:
            self.polls(name)
        bought = min(bought, shop.stock)
        if bought:
            shop.stock -= bought
            self.orders.append(Order(name, str(len(self.orders)), bought))
        if confirms:
            self.confirms(name)

    def polls(self, name: str) -> None:
        shop = self.shops[name]
        assert shop.cursor is not None
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

    def confirms(self, name: str) -> None:
        shop = self.shops[name]
        shop.short = [o for o in shop.short if not o.known]
        if not shop.short and shop.cursor and shop.cursor > shop.confirmed:
            shop.confirmed = shop.cursor
            confirm(self.context, name, shop.cursor)

    # The road -------------------------------------------------------------------------------
    @rule(arrive=FEW, cancelled=FEW, booked=FEW, shipped=FEW, reported=REPORT, works=st.booleans())
    def time_passes(
        self, arrive: int, cancelled: int, booked: int, shipped: int, reported: str, works: bool
    ) -> None:
        """So many orders, the oldest first, come a step further."""
        for step, several in ((self.arrive, arrive), (self.cancel, cancelled),
                              (self.book, booked), (self.ship, shipped)):  # fmt: skip
            for _ in range(several):
                step()
        if reported:
            self.report(late=reported == "late")
        if works:
            self.project()

    def project(self) -> None:
        known = [o for o in self.orders if o.known]
        project_catalog(self.context)
        for order in known:
            order.counted = True

    def arrive(self) -> None:
        if order := next((o for o in self.orders if not o.known), None):
            self.reserve(order, order.quantity)
            order.known = True

    def cancel(self) -> None:
        if order := next((o for o in self.orders if o.counted and o.is_open), None):
            order.cancelled = True
            self.reserve(order, 0)

    def reserve(self, order: Order, quantity: int) -> None:
        now = self.clock()
        with self.ledger.write() as connection:
            goods = {"MUG": Decimal(quantity)} if quantity else {}
            allocations.reserve(connection, order.store, order.number, goods, now)
            sources.mark_dirty(connection, ["MUG"], now)

    # The ERP --------------------------------------------------------------------------------
    def book(self) -> None:
        if order := next((o for o in self.orders if o.known and o.is_open), None):
            order.booked = True
            self.clock.advance(seconds=1)
            with self.ledger.write() as connection:
                allocations.booked(connection, order.store, order.number, self.clock(), "erp")

    def ship(self) -> None:
        if order := next((o for o in self.orders if o.booked and not o.shipped), None):
            order.shipped, left = True, order.quantity
            for place in self.truth:
                part = min(left, self.truth[place])
                self.truth[place] -= part
                left -= part

    @rule(quantity=st.integers(1, 5))
    def goods_arrive(self, quantity: int) -> None:
        self.truth["WEST"] += quantity
        self.report()

    def report(self, *, late: bool = False) -> None:
        """Some answers come late, after a newer one."""
        self.clock.advance(seconds=1)
        reserved = sum(o.quantity for o in self.orders if o.booked and not o.shipped)
        now = self.clock()
        levels = [
            StockLevel("MUG", place, Decimal(there), Decimal(reserved * (place == "MAIN")), now)
            for place, there in self.truth.items()
        ]
        if late:
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


@pytest.fixture
def road() -> Iterator[Joining]:
    """Twelve pieces, shops a and b told of four and eight, and a third about to come."""
    joining = Joining()
    joining.begin(main=9, west=3, selling=True)
    for name in "ab":
        joining.polls(name)
        joining.confirms(name)
    yield joining
    joining.teardown()


def test_a_shop_that_comes_later_is_told_what_the_others_have_given_up(road: Joining) -> None:
    assert [road.shops[name].stock for name in "ab"] == [4, 8]
    road.a_store_is_added(also_connected=True)
    road.project()
    road.polls("c")
    assert road.shops["c"].stock == 0
    for name in "ab":
        road.polls(name)
        road.confirms(name)
    road.project()
    road.polls("c")
    assert [road.shops[name].stock for name in "abc"] == [2, 4, 6]


def test_a_word_about_an_older_figure_frees_nothing(road: Joining) -> None:
    """It says nothing of the lower one, which the shop has not read."""
    told = {name: road.shops[name].cursor or 0 for name in "ab"}
    road.a_store_is_added(also_connected=True)
    road.project()
    for name in "ab":
        confirm(road.context, name, told[name])
    road.project()
    road.polls("c")
    assert road.shops["c"].stock == 0


def test_a_shop_that_asks_while_figures_are_worked_out_is_reckoned_with(road: Joining) -> None:
    """What was worked out without it is worked out again before it is written."""
    road.a_store_is_added(also_connected=False)
    road.goods_arrive(quantity=3)
    road.context = replace(road.context, ledger=cast(Ledger, Meanwhile(road.ledger, road)))
    road.project()
    with road.ledger.read() as connection:
        told = {name: [int(row.quantity) for row in queries.page(connection, name, 0, 10)
                       if row.quantity is not None] for name in "abc"}  # fmt: skip
    assert told == {"a": [2], "b": [6], "c": [3]}


class Meanwhile:
    """The ledger, in which a shop asks between the reading and the writing of a projection."""

    def __init__(self, ledger: Ledger, road: Joining) -> None:
        self._ledger, self._road, self._came = ledger, road, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def write(self, patience: float | None = None) -> Any:
        if not self._came:
            self._came = True
            first_asked(replace(self._road.context, ledger=self._ledger), "c")
            self._road.shops["c"].cursor = 0
        return self._ledger.write(patience)
