"""The life of an order: every real order's answer, and what no order of events can change."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from causeway.canonical import FulfilmentRequest, Money, Order, Refund, Shipment
from causeway.canonical.fulfilment import ShipmentLine
from causeway.connectors.samples import a_refund, an_order, eur
from causeway.connectors.woocommerce.mapper import to_order
from causeway.engine.events import read_payload
from causeway.flows.decision import Decision
from causeway.flows.facts import (
    Booked,
    DeliveryParked,
    Fact,
    OrderDeleted,
    OrderSeen,
    RefundBooked,
    RequestSubmitted,
    Shipped,
)
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene, Side
from causeway.flows.state import Financial, OrderState, Phase
from causeway.policy import StorePolicy, Translation
from tests.world import ORDERS, START, fixture_names

POLICY = StorePolicy()
OFFICE = Side("office", ("erp", "fulfilment"))

# What each of WooCommerce's own orders comes to, at first sight and once the back office has it.
#   order                     phase at first   money                 asked for                  troubles
EXPECTED = {
    "b2b_customer_vat":          ("held",      "unpaid",             "",                        "held_by_shop"),
    "cancelled":                 ("cancelled", "voided",             "",                        ""),
    "completed":                 ("accepted",  "paid",               "book",                    ""),
    "compound_tax_quebec":       ("accepted",  "unpaid",             "book request:1",          ""),
    "failed_payment":            ("received",  "unpaid",             "",                        ""),
    "fees_and_surcharge":        ("accepted",  "unpaid",             "book request:1",          ""),
    "free_gift_zero_price":      ("accepted",  "unpaid",             "book request:1",          ""),
    "full_refund_restocked":     ("accepted",  "refunded",           "book refund:82",          ""),
    "missing_sku":               ("held",      "unpaid",             "",                        "missing_sku"),
    "mixed_tax_rates":           ("accepted",  "unpaid",             "book request:1",          ""),
    "partial_refund_one_line":   ("accepted",  "partially_refunded", "book refund:79 request:1", ""),
    "pending_unpaid":            ("received",  "unpaid",             "",                        ""),
    "percent_and_fixed_coupons": ("accepted",  "unpaid",             "book request:1",          ""),
    "prices_include_tax":        ("accepted",  "unpaid",             "book request:1",          ""),
    "ship_to_other_country":     ("accepted",  "unpaid",             "book request:1",          ""),
    "simple_cod":                ("accepted",  "paid",               "book request:1",          ""),
    "two_hundred_lines":         ("accepted",  "unpaid",             "book request:1",          ""),
    "unicode_and_markup":        ("accepted",  "unpaid",             "book request:1",          ""),
    "variation_card":            ("accepted",  "paid",               "book request:1",          ""),
    "virtual_only_no_shipping":  ("accepted",  "unpaid",             "book",                    ""),
    "zero_decimal_jpy":          ("accepted",  "unpaid",             "book request:1",          ""),
}  # fmt: skip


@dataclass
class Life:
    """One order's facts applied one after another, as the order desk does it."""

    policy: StorePolicy = POLICY
    sides: tuple[Side, ...] = (OFFICE,)
    state: OrderState | None = None
    asked: list[str] = field(default_factory=list)
    payloads: dict[str, Any] = field(default_factory=dict)
    told: dict[tuple[str, str], Any] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    tables: tuple[Translation, ...] = ()
    stock: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    last: Decision | None = None

    def meet(self, fact: Fact) -> Decision:
        scene = Scene(self.policy, self.sides, self.tables, self.stock)
        decision = decide(self.state, fact, scene)
        self.last = decision
        if decision.superseded or decision.state is None:
            did = (decision.asks, decision.tells, decision.troubles, decision.steps)
            assert not any(did)
            return decision
        self.state = decision.state
        self.asked += [ask.suffix for ask in decision.asks]
        self.payloads.update({ask.suffix: ask.payload for ask in decision.asks})
        for tell in decision.tells:
            self.told.setdefault((tell.kind, tell.ref), tell.data)
        self.cases -= {name.partition(":")[0] for name in decision.settled}
        self.cases |= {trouble.kind for trouble in decision.troubles}
        return decision

    @property
    def now(self) -> OrderState:
        assert self.state is not None
        return self.state


def fixture(name: str) -> Order:
    return to_order("berlin", read_payload((ORDERS / f"{name}.json").read_text(encoding="utf-8")))


def seen(version: int = 1, **changes: Any) -> OrderSeen:
    return OrderSeen(an_order(**{"rounding": None, **changes}), version, START)


def booked_life(**changes: Any) -> Life:
    life = Life()
    life.meet(seen(1, **changes))
    life.meet(Booked("SO-1", START))
    return life


def parcel(parcel_id: str, *goods: tuple[str, str]) -> Shipment:
    lines = tuple(ShipmentLine(sku, Decimal(quantity)) for sku, quantity in goods)
    return Shipment(parcel_id, "sample:1042:request:1", "DHL", f"T-{parcel_id}", "", START, lines)


def plain_refund(refund_id: str, amount: str = "1.00") -> Refund:
    """Money without goods."""
    return a_refund(id=refund_id, total=eur(amount), lines=())


def test_the_table_has_every_fixture() -> None:
    assert sorted(EXPECTED) == fixture_names()


@pytest.mark.parametrize("name", fixture_names())
def test_each_real_order_gets_its_answer(name: str) -> None:
    phase, money, asked, troubles = EXPECTED[name]
    life = Life()
    life.meet(OrderSeen(fixture(name), 1, START))
    assert (life.now.phase.value, life.now.financial.value) == (phase, money)
    assert life.cases == set(troubles.split())
    if life.asked:
        life.meet(Booked("SO-1", START))
    assert life.asked == asked.split()


@pytest.mark.parametrize("name", [n for n, e in EXPECTED.items() if "request:1" in e[2]])
def test_each_real_order_is_closed_by_its_last_parcel(name: str) -> None:
    life = Life()
    life.meet(OrderSeen(fixture(name), 1, START))
    life.meet(Booked("SO-1", START))
    request: FulfilmentRequest = life.payloads["request:1"]
    goods = [(line.sku, str(line.quantity)) for line in request.lines]
    life.meet(RequestSubmitted("1", "WH-1", START))
    assert life.now.phase is Phase.BOOKED
    life.meet(Shipped(parcel("P-1", *goods), "1", START))
    assert (life.now.phase, life.now.fulfilment) == (Phase.CLOSED, "closed")
    assert ("status", "completed") in life.told


def test_what_was_refunded_before_is_not_sent() -> None:
    life = Life()
    life.meet(OrderSeen(fixture("partial_refund_one_line"), 1, START))
    life.meet(Booked("SO-1", START))
    ordered = {line.id: line.quantity for line in fixture("partial_refund_one_line").product_lines}
    sent = {line.order_line_id: line.quantity for line in life.payloads["request:1"].lines}
    (back,) = fixture("partial_refund_one_line").refunds[0].lines
    assert sent.get(back.order_line_id, Decimal(0)) == ordered[back.order_line_id] - back.quantity


def test_a_warehouse_learns_no_more_than_it_needs() -> None:
    life = booked_life()
    text = repr(life.payloads["request:1"])
    assert "erika@example.org" not in text
    assert "64.55" not in text


def test_an_unknown_status_is_held_until_somebody_maps_it() -> None:
    life = Life()
    life.meet(seen(1, status="layaway"))
    assert (life.now.phase, life.cases, life.asked) == (Phase.HELD, {"unknown_status"}, [])
    life.policy = StorePolicy(statuses={"layaway": "book"})
    life.meet(seen(2, status="layaway"))
    assert (life.cases, life.asked) == (set(), ["book"])


def test_a_held_order_goes_on_when_the_shop_says_so() -> None:
    life = Life()
    life.meet(seen(1, status="on-hold"))
    assert life.cases == {"held_by_shop"}
    life.meet(seen(2, status="processing"))
    assert (life.now.phase, life.cases, life.asked) == (Phase.ACCEPTED, set(), ["book"])


def test_a_line_without_sku_is_held_until_it_has_one() -> None:
    bare = tuple(replace(line, sku="") for line in an_order().lines)
    life = Life()
    life.meet(seen(1, lines=bare))
    assert (life.now.phase, life.cases) == (Phase.HELD, {"missing_sku"})
    life.meet(seen(2))
    assert (life.cases, life.asked) == (set(), ["book"])


def test_cancelled_before_booking_is_nobodys_trouble() -> None:
    life = Life()
    life.meet(seen(1, status="pending"))
    life.meet(seen(2, status="cancelled"))
    assert (life.now.phase, life.now.financial) == (Phase.CANCELLED, Financial.VOIDED)
    assert (life.asked, life.cases) == ([], set())


@pytest.mark.parametrize("when", ["while it is being booked", "after booking"])
def test_cancelled_after_it_was_sent_on_is_a_case(when: str) -> None:
    life = Life()
    life.meet(seen(1))
    if when == "after booking":
        life.meet(Booked("SO-1", START))
    life.meet(seen(2, status="cancelled"))
    assert (life.now.phase, life.cases) == (Phase.CANCELLED, {"cancelled_after_booking"})


def test_goods_of_an_order_cancelled_while_it_was_booked_are_not_asked_for() -> None:
    life = Life()
    life.meet(seen(1))
    life.meet(seen(2, status="cancelled"))
    life.meet(Booked("SO-1", START))
    assert life.asked == ["book"]
    assert (life.now.phase, life.now.booked_as) == (Phase.CANCELLED, "SO-1")


def test_deleted_after_booking_is_a_case_and_before_is_none() -> None:
    early, late = Life(), booked_life()
    early.meet(seen(1, status="pending"))
    early.meet(OrderDeleted(2, START))
    late.meet(OrderDeleted(2, START))
    assert (early.now.phase, early.cases) == (Phase.CANCELLED, set())
    assert (late.now.phase, late.cases) == (Phase.CANCELLED, {"cancelled_after_booking"})


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("lines", {"lines": an_order().lines[:-1]}),
    ("total", {"total": eur("70.00")}),
    ("shipping address", {"shipping": replace(an_order().shipping, city="Hamburg")}),
    ("billing address", {"billing": replace(an_order().billing, city="Hamburg")}),
]


@pytest.mark.parametrize(("what", "changes"), CHANGES, ids=[c[0] for c in CHANGES])
def test_changed_after_booking_is_a_case_that_says_what(what: str, changes: dict[str, Any]) -> None:
    life = booked_life()
    decision = life.meet(seen(2, **changes))
    assert life.cases == {"changed_after_booking"}
    assert what in decision.troubles[0].detail
    assert life.asked == ["book", "request:1"]
    life.meet(seen(3))
    assert life.cases == set(), "undone in the shop"


def test_a_status_that_moves_on_after_booking_is_no_change() -> None:
    life = booked_life()
    life.meet(seen(2, status="completed"))
    assert life.cases == set()


def test_a_refund_that_is_gone_again_is_a_case() -> None:
    life = booked_life()
    life.meet(seen(2, refunds=(plain_refund("79"),)))
    decision = life.meet(seen(3))
    assert life.cases == {"refund_deleted"}
    assert "79" in decision.troubles[0].title
    assert life.asked == ["book", "request:1", "refund:79"]


def test_two_parcels_close_the_order_only_together() -> None:
    life = booked_life()
    life.meet(Shipped(parcel("P-1", ("MUG-01", "2")), "1", START))
    assert (life.now.phase, life.now.fulfilment) == (Phase.BOOKED, "in_progress")
    assert ("status", "completed") not in life.told
    life.meet(Shipped(parcel("P-2", ("BOOK-7", "1")), "1", START))
    assert life.now.phase is Phase.CLOSED
    assert [kind for kind, _ in life.told].count("shipment") == 2


def test_a_shop_that_completes_by_itself_is_not_told_to() -> None:
    life = booked_life()
    life.policy = StorePolicy(complete_when_shipped=False)
    life.meet(Shipped(parcel("P-1", ("MUG-01", "2"), ("BOOK-7", "1")), "1", START))
    assert life.now.phase is Phase.CLOSED
    assert ("status", "completed") not in life.told


def test_a_parked_delivery_is_told_to_the_shops_people_only() -> None:
    life = booked_life()
    life.meet(DeliveryParked("request", "wms", "no such item", START))
    told = [data for (kind, ref), data in life.told.items() if "parked" in ref]
    assert len(told) == 1
    assert "no such item" in told[0]["text"]
    assert told[0]["to_customer"] is False


STATUSES = ["pending", "on-hold", "processing", "completed", "refunded", "cancelled", "layaway"]
REFUNDS = st.lists(st.sampled_from(["1", "2", "3"]), unique=True, max_size=3)


@st.composite
def any_fact(draw: st.DrawFn) -> Fact:
    version = draw(st.integers(1, 6))
    if draw(st.integers(0, 9)) == 0:
        return OrderDeleted(version, START)
    refunds = tuple(plain_refund(i) for i in draw(REFUNDS))
    total = eur(draw(st.sampled_from(["64.55", "64.54", "64.60"])))
    return seen(version, status=draw(st.sampled_from(STATUSES)), refunds=refunds, total=total)


@hypothesis_settings(max_examples=200)
@given(st.lists(any_fact(), max_size=12), st.integers(0, 12))
def test_whatever_the_shop_shows_nothing_is_asked_twice(facts: list[Fact], book_at: int) -> None:
    life = Life()
    for place, fact in enumerate(facts):
        before = life.state
        decision = life.meet(fact)
        if before is not None:
            newer = getattr(fact, "version", 0) > before.version
            assert decision.superseded is not newer
            assert life.now.asked or not before.asked, "what was asked stays asked"
        assert life.meet(fact).superseded, "the same fact again changes nothing"
        if place == book_at and life.state is not None and life.now.asked:
            life.meet(Booked("SO-1", START))
    assert len(life.asked) == len(set(life.asked))
    if life.state is not None:
        assert ("book" in life.asked) is life.now.asked
        versions = [f.version for f in facts if isinstance(f, OrderSeen | OrderDeleted)]
        assert life.now.version <= max(versions)
        if life.now.phase is Phase.HELD:
            assert life.cases, "who is held is told why"


@dataclass
class Road:
    """Everything that happens to one order, to be told in any order that can really occur."""

    versions: list[OrderSeen]
    parcels: list[Shipped]

    def ready(self, life: Life, told: list[Fact]) -> list[Fact]:
        """What may be told next: versions any time, answers once they were asked for."""
        found: list[Fact] = [v for v in self.versions if v not in told]
        answers: list[tuple[str, Fact]] = [("book", Booked("SO-1", START))]
        answers += [
            (a, RefundBooked(a[7:], f"CN-{a[7:]}", START))
            for a in life.asked
            if a.startswith("refund")
        ]
        answers += [("request:1", RequestSubmitted("1", "WH-1", START))]
        answers += [("request:1", shipped) for shipped in self.parcels]
        return found + [fact for asked, fact in answers if asked in life.asked and fact not in told]


def travel(road: Road, choose: Any) -> Life:
    """Tell it all, `choose(n)` says which of n comes next; now and then something comes again."""
    life, told = Life(), list[Fact]()
    while ready := road.ready(life, told):
        fact = ready[choose(len(ready))]
        told.append(fact)
        life.meet(fact)
        again = told[choose(len(told))]
        life.meet(again)
    return life


def outcome(life: Life) -> Any:
    """Where the order stands, without the order in which it got there."""
    parts = [replace(p, shipments=tuple(sorted(p.shipments))) for p in life.now.fulfilments]
    return (
        life.now.phase,
        life.now.financial,
        life.now.version,
        life.now.booked_as,
        {refund.id for refund in life.now.order.refunds},
        set(life.now.refunds_asked),
        parts,
    )


ROAD = Road(
    versions=[
        seen(1),
        seen(2, refunds=(plain_refund("1"),)),
        seen(3, refunds=(plain_refund("1"), plain_refund("2", "3.00"))),
        seen(4, refunds=(plain_refund("1"), plain_refund("2", "3.00")), paid_at=START),
    ],
    parcels=[
        Shipped(parcel("P-1", ("MUG-01", "1")), "1", START),
        Shipped(parcel("P-2", ("MUG-01", "1"), ("BOOK-7", "1")), "1", START + timedelta(hours=1)),
    ],
)


@hypothesis_settings(max_examples=200)
@given(st.data())
def test_in_whatever_order_things_arrive_the_order_ends_the_same(data: st.DataObject) -> None:
    straight = travel(ROAD, lambda n: 0)
    other = travel(ROAD, lambda n: data.draw(st.integers(0, n - 1)))
    assert outcome(other) == outcome(straight)
    assert sorted(other.asked) == sorted(straight.asked)
    assert len(other.asked) == len(set(other.asked))
    assert set(other.told) == set(straight.told)
    assert other.cases == straight.cases == set()
    assert straight.now.phase is Phase.CLOSED


def test_an_order_refunded_in_full_says_so() -> None:
    life = booked_life()
    life.meet(seen(2, refunds=(plain_refund("1", "60.00"),)))
    assert life.now.financial is Financial.PARTIALLY_REFUNDED
    life.meet(seen(3, refunds=(plain_refund("1", "60.00"), plain_refund("2", "4.55"))))
    assert life.now.financial is Financial.REFUNDED


def test_a_free_order_is_not_a_refunded_one() -> None:
    life = Life()
    free = tuple(replace(x, total=eur("0"), tax=eur("0"), taxes=()) for x in an_order().lines)
    life.meet(seen(1, lines=free, tax_rates=(), total=Money.zero("EUR")))
    assert (life.now.financial, life.asked) == (Financial.UNPAID, ["book"])
