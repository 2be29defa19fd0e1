"""`./scripts/faults oversell`: do several shops together sell more than there is?

Three stores, two warehouses, 500 SKUs, 20,000 orders in bursts. A till sells too: it is a seller
with a share of its own. There are refunds, cancellations, and an ERP that is away for minutes and
then answers with snapshots from before. Two shops are connected at one and the same moment, and the
other two at another, and each reads its catalogue before anybody has worked out what that means.
The catalogue's own code works on a real ledger; time is simulated. Beside it, with the same
customers in the same order, the plain way runs: every quarter of an hour the ERP's on-hand
overwrites what each shop has.

A unit is oversold when an accepted sale cannot be served from what is physically there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from causeway.canonical import StockLevel
from causeway.catalog import allocations, queries, sources
from causeway.connectors.base import ConnectionSettings
from causeway.engine.cataloguing import project_catalog
from causeway.engine.context import Context
from causeway.feed.applied import confirm, first_asked
from causeway.ledger import migrations, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.stores import Store
from causeway.policy import StorePolicy
from causeway.settings import Settings

SHOPS = ("berlin", "paris", "rome")
TILL = "till"
SELLERS = (*SHOPS, TILL)
# At which part of the time customers come in crowds, and when each seller is connected: two of
# them always at the same moment, and a crowd waits.
CROWDS = (0.0, 0.3, 0.5, 0.7)
OPENS = {"berlin": 0.0, "paris": 0.0, "rome": 0.3, TILL: 0.3}
WAREHOUSES = ("MAIN", "WEST")
BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)
STEP = timedelta(seconds=10)
PLAIN_EVERY = timedelta(minutes=15)
AWAY_EVERY, AWAY_FOR = timedelta(minutes=40), timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class Wish:
    """One customer: where and when, what, how many, and what becomes of the order."""

    at: int
    seller: str
    sku: str
    quantity: int
    fate: str


@dataclass(slots=True)
class Sale:
    number: int
    wish: Wish
    booked_at: datetime | None = None
    known: bool = False
    counted: bool = False
    """Whether the figures that the shop may read from now on know of it."""
    cancelled: bool = False


@dataclass
class Truth:
    """What physically lies there, and the sales that must be served from it."""

    there: dict[str, int]
    promised: dict[str, int] = field(default_factory=dict)
    sold: int = 0

    def sell(self, sku: str, quantity: int) -> None:
        self.promised[sku] = self.promised.get(sku, 0) + quantity
        self.sold += quantity

    def give_back(self, sku: str, quantity: int) -> None:
        self.promised[sku] -= quantity
        self.sold -= quantity

    def oversold(self, sku: str) -> int:
        return max(self.promised.get(sku, 0) - self.there[sku], 0)


def _steps(orders: int) -> int:
    return max(orders // 25, 1)


def wishes(orders: int, skus: int, seed: int) -> list[Wish]:
    """The same customers for both ways: bursts at campaigns, a quiet trickle between."""
    dice, found, steps = random.Random(seed), [], _steps(orders)
    for _ in range(orders):
        burst = dice.random() < 0.7
        at = dice.choice(CROWDS) * steps + dice.random() * steps * 0.02
        at = at if burst else dice.random() * steps
        seller = TILL if dice.random() < 0.15 else dice.choice(SHOPS)
        sku = f"SKU-{min(int(dice.expovariate(1 / (skus / 6))), skus - 1):04}"
        fate = dice.choices(("ship", "cancel", "refund"), (90, 6, 4))[0]
        found.append(Wish(int(at), seller, sku, dice.choice((1, 1, 1, 2, 3)), fate))
    return sorted(found, key=lambda wish: wish.at)


@dataclass
class Erp:
    """Its own books: on hand in two warehouses and what it reserves; away at times."""

    on_hand: dict[tuple[str, str], int]
    reserved: dict[str, int] = field(default_factory=dict)
    late: list[list[StockLevel]] = field(default_factory=list)

    def away(self, now: datetime) -> bool:
        return (now - BEGIN) % AWAY_EVERY >= AWAY_EVERY - AWAY_FOR

    def snapshot(self, now: datetime, skus: Sequence[str]) -> list[StockLevel]:
        return [
            StockLevel(
                sku,
                warehouse,
                Decimal(self.on_hand[sku, warehouse]),
                Decimal(self.reserved.get(sku, 0) if warehouse == WAREHOUSES[0] else 0),
                now,
            )
            for sku in skus
            for warehouse in WAREHOUSES
        ]

    def take(self, sku: str, quantity: int) -> None:
        for warehouse in WAREHOUSES:
            part = min(quantity, self.on_hand[sku, warehouse])
            self.on_hand[sku, warehouse] -= part
            quantity -= part


def stocked(skus: int, seed: int) -> dict[tuple[str, str], int]:
    dice = random.Random(seed + 1)
    return {(f"SKU-{n:04}", w): dice.randint(0, 25) for n in range(skus) for w in WAREHOUSES}


def fenced(found: Sequence[Wish], skus: int, seed: int, folder: Path) -> Truth:
    """Through the catalogue: grants, reservations, fences."""
    return _Fenced(Ledger(f"sqlite:///{folder}/ledger.sqlite"), skus, seed).run(found)


class _Fenced:
    def __init__(self, ledger: Ledger, skus: int, seed: int) -> None:
        self.ledger, self.now = ledger, BEGIN
        migrations.upgrade(ledger)
        self.skus = [f"SKU-{n:04}" for n in range(skus)]
        self.erp = Erp(stocked(skus, seed))
        there = {s: sum(self.erp.on_hand[s, w] for w in WAREHOUSES) for s in self.skus}
        self.truth = Truth(there)
        self.dice = random.Random(seed + 2)
        with ledger.write() as connection:
            for name in SELLERS:
                store = Store(name, f"https://{name}.example", "EUR", BEGIN)
                stores.add(connection, store, stores.new_secret())
        self.context = Context(_settings(ledger), ledger, _no_connector, lambda: self.now)
        self.stock: dict[str, dict[str, int]] = {name: {} for name in SELLERS}
        self.cursor: dict[str, int] = {}
        self.confirmed = dict.fromkeys(SELLERS, 0)
        self.short: dict[str, list[Sale]] = {name: [] for name in SELLERS}
        self.sales: list[Sale] = []
        self.open: list[Sale] = []
        self.unsent: list[Sale] = []
        self.uncounted: list[Sale] = []
        self.report(BEGIN)

    def run(self, found: Sequence[Wish]) -> Truth:
        queue, step = list(reversed(found)), 0
        opens = {name: int(part * _steps(len(found))) for name, part in OPENS.items()}
        while queue or self.open:
            now = BEGIN + step * STEP
            for name in SELLERS:
                if step == opens[name]:
                    self.cursor[name] = 0
                    self.read(name)
            while queue and queue[-1].at <= step:
                self.buy(queue.pop())
            self.step(now, step)
            step += 1
        self.ledger.close()
        return self.truth

    def buy(self, wish: Wish) -> None:
        """A shop sells from its own figure and from nothing else."""
        mine = self.stock[wish.seller]
        if mine.get(wish.sku, 0) < wish.quantity:
            return
        mine[wish.sku] -= wish.quantity
        sale = Sale(len(self.sales), wish)
        self.truth.sell(wish.sku, wish.quantity)
        self.sales.append(sale)
        self.open.append(sale)
        self.unsent.append(sale)
        self.uncounted.append(sale)

    def step(self, now: datetime, step: int) -> None:
        self.now = now
        self.arrive(now)
        if not self.erp.away(now):
            self.work(now)
            if step % 6 == 0:
                self.report(now + STEP / 2)
        elif step % 6 == 0:
            self.erp.late.append(self.erp.snapshot(now, self.skus))
        for name in self.cursor:
            if self.dice.random() < 0.5:
                self.poll(name)

    def arrive(self, now: datetime) -> None:
        """Some orders come at once, some minutes later, in any order."""
        coming = [sale for sale in self.unsent if self.dice.random() < 0.3]
        with self.ledger.write() as connection:
            for sale in coming:
                goods = {sale.wish.sku: Decimal(sale.wish.quantity)}
                allocations.reserve(connection, sale.wish.seller, str(sale.number), goods, now)
                sale.known = True
            sources.mark_dirty(connection, [sale.wish.sku for sale in coming], now)
        self.unsent = [sale for sale in self.unsent if not sale.known]

    def work(self, now: datetime) -> None:
        """The ERP books, ships, refuses; what was cancelled before it was booked is released."""
        left: list[Sale] = []
        with self.ledger.write() as connection:
            for sale in self.open:
                wish, order = sale.wish, str(sale.number)
                if not sale.known:
                    left.append(sale)
                elif sale.booked_at is None and wish.fate == "cancel":
                    self.truth.give_back(wish.sku, wish.quantity)
                    allocations.reserve(connection, wish.seller, order, {}, now)
                    sources.mark_dirty(connection, [wish.sku], now)
                elif sale.booked_at is None and self.dice.random() < 0.5:
                    sale.booked_at = now
                    reserved = self.erp.reserved
                    reserved[wish.sku] = reserved.get(wish.sku, 0) + wish.quantity
                    allocations.booked(connection, wish.seller, order, now, "erp")
                    left.append(sale)
                elif sale.booked_at is not None and self.dice.random() < 0.1:
                    self.erp.reserved[wish.sku] -= wish.quantity
                    if wish.fate == "refund":  # given back before it left: it lies there again
                        self.truth.give_back(wish.sku, wish.quantity)
                    else:
                        self.erp.take(wish.sku, wish.quantity)
                else:
                    left.append(sale)
        self.open = left

    def report(self, now: datetime) -> None:
        """Late answers from before come after the fresh one, as if they were news."""
        for levels in [self.erp.snapshot(now, self.skus), *self.erp.late]:
            with self.ledger.write() as connection:
                sources.take_stock(connection, "erp", levels, now)
        self.erp.late = []
        self.project()

    def project(self) -> None:
        arrived = [sale for sale in self.uncounted if sale.known]
        project_catalog(self.context)
        for sale in arrived:
            sale.counted = True
        self.uncounted = [sale for sale in self.uncounted if not sale.counted]

    def poll(self, name: str) -> None:
        """Some polls come before what has just arrived was worked out."""
        if self.dice.random() < 0.6:
            self.project()
        self.read(name)

    def read(self, name: str) -> None:
        """Everything new is put in force, less the shop's own orders that no figure counts."""
        first_asked(self.context, name)
        with self.ledger.read() as connection:
            rows = queries.page(connection, name, self.cursor[name], 5000)
        for row in rows:
            self.cursor[name] = row.seq
            if row.quantity is None:
                continue
            mine = [s for s in self.uncounted if (s.wish.seller, s.wish.sku) == (name, row.sku)]
            left = int(row.quantity) - sum(sale.wish.quantity for sale in mine)
            self.stock[name][row.sku] = max(left, 0)
            if left < 0:
                self.short[name] += mine
        self.confirm(name)

    def confirm(self, name: str) -> None:
        """A row that is below what the shop has sold already is not in force before that arrived:
        what it gives up would be given to others."""
        self.short[name] = [sale for sale in self.short[name] if not sale.known]
        if self.cursor[name] > self.confirmed[name] and not self.short[name]:
            self.confirmed[name] = self.cursor[name]
            confirm(self.context, name, self.cursor[name])


def _settings(ledger: Ledger) -> Settings:
    erp = ConnectionSettings("erp", "sandbox_erp", "http://127.0.0.1:9", ("erp",))
    # What a guard rail would keep back is another matter: here each figure counts at once.
    policy = StorePolicy(guard_zero_percent=0, guard_run_percent=0)
    return Settings(
        ledger.path.parent, str(ledger.url), "", connections=(erp,),
        policies=dict.fromkeys(SELLERS, policy),
    )  # fmt: skip


def _no_connector(name: str) -> NoReturn:
    raise LookupError(name)


def plain(found: Sequence[Wish], skus: int, seed: int) -> Truth:
    """The way of today: on hand overwrites every shop's figure each quarter of an hour."""
    erp = Erp(stocked(skus, seed))
    names = [f"SKU-{n:04}" for n in range(skus)]
    truth = Truth({s: sum(erp.on_hand[s, w] for w in WAREHOUSES) for s in names})
    stock: dict[str, dict[str, int]] = {name: dict(truth.there) for name in SELLERS}
    dice, queue, step = random.Random(seed + 2), list(reversed(found)), 0
    unshipped: list[Wish] = []
    while queue or unshipped:
        now = BEGIN + step * STEP
        while queue and queue[-1].at <= step:
            wish = queue.pop()
            if stock[wish.seller][wish.sku] >= wish.quantity:
                stock[wish.seller][wish.sku] -= wish.quantity
                truth.sell(wish.sku, wish.quantity)
                unshipped.append(wish)
        left: list[Wish] = []
        for wish in unshipped:
            if erp.away(now) or dice.random() >= 0.07:
                left.append(wish)
            elif wish.fate == "ship":
                erp.take(wish.sku, wish.quantity)
            else:
                truth.give_back(wish.sku, wish.quantity)
        unshipped = left
        if not erp.away(now) and (now - BEGIN) % PLAIN_EVERY < STEP:
            for mine in stock.values():
                mine.update({s: sum(erp.on_hand[s, w] for w in WAREHOUSES) for s in names})
        step += 1
    return truth


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing was oversold where stock is fenced."""
    parser = argparse.ArgumentParser(prog="scripts/faults oversell", description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--skus", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found, began = wishes(given.orders, given.skus, given.seed), time.monotonic()
    # Nothing is killed here: a ledger in memory counts the same, sooner.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        ours = fenced(found, given.skus, given.seed, Path(folder))
    theirs = plain(found, given.skus, given.seed)
    rows = {
        name: {
            "sold": truth.sold,
            "oversold_units": sum(truth.oversold(sku) for sku in truth.there),
            "oversold_skus": sum(truth.oversold(sku) > 0 for sku in truth.there),
            "there": sum(truth.there.values()),
        }
        for name, truth in (("fenced", ours), ("on-hand every 15 minutes", theirs))
    }
    if given.json:
        print(json.dumps(rows, indent=1))
    else:
        print(f"{given.orders} customers, {given.skus} SKUs, seed {given.seed}")
        for name, row in rows.items():
            print(f"{name:26} " + "  ".join(f"{what} {n}" for what, n in row.items()))
        print(f"({time.monotonic() - began:.0f} s)")
    return 1 if rows["fenced"]["oversold_units"] else 0


if __name__ == "__main__":
    sys.exit(main())
