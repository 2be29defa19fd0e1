"""Orders with warehouses, answers, edits and refunds: any order of facts, one end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from causeway.canonical import (
    Money,
    Order,
    Refund,
    RemoteRefund,
    RequestAnswer,
    Return,
    ReturnLine,
    ReturnReceipt,
    Shipment,
    TaxAmount,
)
from causeway.canonical.codec import decode, encode
from causeway.canonical.fulfilment import ShipmentLine
from causeway.connectors.base import Capabilities
from causeway.connectors.samples import a_refund, an_order, eur
from causeway.flows import transitions
from causeway.flows.decision import Ask, Decision
from causeway.flows.facts import (
    Booked,
    CancelAnswered,
    Fact,
    HeldByHand,
    Looked,
    OrderSeen,
    RefundDecided,
    RefundReversed,
    Released,
    RequestAnswered,
    RequestSubmitted,
    ReturnArrived,
    ReturnDecided,
    ReturnRequested,
    Shipped,
    StopAnswered,
    Updated,
    UpdateRefused,
)
from causeway.flows.fulfilling import shipped_of, wanted_of
from causeway.flows.order_flow import decide
from causeway.flows.posting import refund_entry, sale_entry
from causeway.flows.routing import booking_side, goods_route
from causeway.flows.scene import Scene, Side
from causeway.flows.state import Financial, FulfilmentStatus, OrderState, Phase, RequestStatus
from causeway.flows.waits import waits
from causeway.policy import Rule, StorePolicy, Translation
from tests.world import START

ABLE = Capabilities(cancel=True, cancel_lines=True, update=True, answers=True, returns=True)
ERP = Side("erp", ("erp",), replace(ABLE, payments=True))
WMS = Side("wms", ("fulfilment",), ABLE)
SECOND = Side("second", ("fulfilment",), ABLE)
SCENE = Scene(StorePolicy(), (ERP, WMS, SECOND))


@dataclass
class Life:
    """One order's facts applied one after another, each decision kept as the ledger keeps it."""

    scene: Scene = SCENE
    state: OrderState | None = None
    asked: list[Ask] = field(default_factory=list)
    told: dict[tuple[str, str], Any] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    last: Decision | None = None

    def meet(self, fact: Fact) -> Decision:
        decision = decide(self.state, fact, self.scene)
        self.last = decision
        if decision.superseded or decision.state is None:
            return decision
        text = encode(decision.state)
        self.state = decode(OrderState, text)
        assert encode(self.state) == text
        for ask in decision.asks:
            encode(ask.payload)
        self.asked += decision.asks
        for tell in decision.tells:
            self.told.setdefault((tell.kind, tell.ref), tell.data)
        for name in decision.settled:
            kind = name.partition(":")[0]
            self.cases.discard(name if name != kind else kind)
        self.cases |= {f"{t.kind}:{t.ref}" if t.ref else t.kind for t in decision.troubles}
        return decision

    @property
    def now(self) -> OrderState:
        assert self.state is not None
        return self.state

    @property
    def keys(self) -> list[str]:
        return [ask.suffix for ask in self.asked]


def seen(version: int = 1, **changes: Any) -> OrderSeen:
    return OrderSeen(an_order(**{"rounding": None, **changes}), version, START)


def booked(scene: Scene = SCENE, **changes: Any) -> Life:
    life = Life(scene)
    life.meet(seen(1, **changes))
    life.meet(Booked("SO-1", START))
    return life


Word = Literal["accepted", "rejected", "on_hold", "released", "incomplete", "cancelled"]


def answer(word: Word, number: int, part: str = "1", reason: str = "why") -> RequestAnswered:
    at = START + timedelta(minutes=number)
    return RequestAnswered(RequestAnswer(f"{part}-{number}", "", word, reason, at), part, at)


def parcel(name: str, part: str, *goods: tuple[str, str], tracking: str = "T") -> Shipped:
    lines = tuple(ShipmentLine(sku, Decimal(quantity)) for sku, quantity in goods)
    sent = Shipment(name, "", "DHL", tracking and f"{tracking}-{name}", "", START, lines)
    return Shipped(sent, part, START)


ALL = (("MUG-01", "2"), ("BOOK-7", "1"))


def test_each_state_has_a_sentence_and_each_move_a_reason() -> None:
    for machine in (transitions.ORDER, transitions.STATUS, transitions.REQUEST, transitions.RETURN):
        for (before, after), reason in machine.items():
            assert before is not after
            assert reason
            assert before.sentence.endswith(".")
            assert after.sentence.endswith(".")


def test_an_answer_that_cannot_follow_is_refused_and_becomes_a_case() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", *ALL))
    before = life.now
    life.meet(answer("rejected", 1))
    assert life.now.fulfilments == before.fulfilments
    assert any(name.startswith("illegal_move") for name in life.cases)


def test_a_late_answer_that_is_older_changes_nothing() -> None:
    life = booked()
    life.meet(answer("released", 5))
    assert life.meet(answer("on_hold", 3)).superseded
    assert life.cases == set()


def test_what_a_warehouse_rejects_another_is_asked_for() -> None:
    life = booked()
    life.meet(answer("rejected", 1))
    first, second = life.now.fulfilments
    assert (first.request, second.connection) == (RequestStatus.REJECTED, "second")
    life.meet(answer("rejected", 2, part="2"))
    assert "no_warehouse" in life.cases
    assert life.now.phase is Phase.BOOKED


def test_what_a_warehouse_ends_short_of_comes_from_another() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", ("MUG-01", "2")))
    life.meet(answer("incomplete", 1))
    first, second = life.now.fulfilments
    assert first.status is FulfilmentStatus.INCOMPLETE
    assert [(x.sku, x.quantity) for x in second.lines] == [("BOOK-7", 1)]


def test_a_waiting_warehouse_is_a_case_that_closes_itself() -> None:
    life = booked()
    life.meet(answer("on_hold", 1, reason="address unclear"))
    assert life.cases == {"warehouse_waits:1"}
    life.meet(answer("released", 2))
    assert life.cases == set()


def test_the_erps_credit_check_holds_the_goods_back() -> None:
    life = booked(Scene(StorePolicy(), (ERP,)))
    assert life.now.phase is Phase.BOOKED
    life.meet(answer("on_hold", 1, part=""))
    assert life.cases == {"credit_hold"}
    life.meet(answer("released", 2, part=""))
    assert life.cases == set()


def test_the_shops_mail_waits_for_the_tracking_number() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", *ALL, tracking=""))
    assert ("shipment", "P-1") not in life.told
    assert ("status", "completed") not in life.told
    life.meet(parcel("P-1", "1", *ALL))
    assert life.told["shipment", "P-1"]["tracking_number"] == "T-P-1"
    assert ("status", "completed") in life.told


def test_more_than_was_asked_for_is_a_case() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", *ALL, ("PEN-1", "4")))
    assert life.cases == {"shipped_too_much:P-1"}
    assert life.now.phase is Phase.CLOSED


def test_an_edit_reaches_erp_and_warehouse_one_after_the_other() -> None:
    life = booked()
    one, *others = an_order().lines
    fewer = replace(one, quantity=Decimal(1), total=eur("12.50"), tax=eur("2.38"))
    fewer = replace(fewer, taxes=(TaxAmount("1", eur("2.38")),))
    rates = tuple(replace(r, total=eur("4.52")) if r.id == "1" else r for r in an_order().tax_rates)
    total = eur("49.67")
    life.meet(seen(2, lines=(fewer, *others), tax_rates=rates, total=total))
    assert life.keys[-2:] == ["update:2", "stop:1"], life.cases
    life.meet(Updated("2", START))
    life.meet(StopAnswered("1", "cancelled", "", START))
    assert life.keys[-1] == "request:2"
    assert [x.quantity for x in life.now.fulfilments[1].lines] == [1, 1]


def test_a_change_that_came_too_late_is_a_case() -> None:
    life = booked()
    life.meet(seen(2, billing=replace(an_order().billing, city="Hamburg")))
    life.meet(UpdateRefused("it is invoiced", START))
    assert life.cases == {"changed_after_booking"}


def test_the_sales_order_goes_only_after_the_warehouse_has_stopped() -> None:
    life = booked()
    life.meet(seen(2, status="cancelled"))
    assert "cancel" not in life.keys
    life.meet(StopAnswered("1", "cancelled", "", START))
    assert life.keys[-1] == "cancel"
    life.meet(CancelAnswered("cancelled", "", START))
    assert life.cases == set()


def test_an_invoice_that_stands_after_cancelling_is_a_case() -> None:
    life = booked(Scene(StorePolicy(), (ERP,)))
    life.meet(seen(2, status="cancelled"))
    left = "invoice INV/1 stands and needs a credit note"
    life.meet(CancelAnswered("cancelled", left, START, left=left))
    assert life.cases == {"left_after_cancelling:1"}


def test_a_refund_decided_there_is_told_once_and_its_echo_is_not_sent_back() -> None:
    life = booked()
    remote = RemoteRefund("R7", "", eur("5.00"), "late", START, pay_back=True)
    life.meet(RefundDecided(remote, "erp", START))
    assert life.meet(RefundDecided(remote, "erp", START)).superseded
    assert life.told["refund", "there:erp:R7"]["amount"] == "5.00"
    echo = Refund("80", eur("5.00"), "late", START, origin="sample:1042:refund:there:erp:R7")
    life.meet(seen(2, refunds=(echo,)))
    assert "refund:80" not in life.keys


def test_an_echo_is_known_by_the_hash_of_its_key_too() -> None:
    """The plugin writes that on the refund it makes."""
    life = booked()
    life.meet(RefundDecided(RemoteRefund("R7", "", eur("5.00"), "late", START), "erp", START))
    origin = sha256(b"sample:1042:refund:there:erp:R7").hexdigest()
    stranger = sha256(b"sample:1042:refund:there:erp:R8").hexdigest()
    echo = Refund("80", eur("5.00"), "late", START, origin=origin)
    other = Refund("81", eur("1.00"), "", START, origin=stranger)
    life.meet(seen(2, refunds=(echo, other)))
    assert [key for key in life.keys if key.startswith("refund:")] == ["refund:81"]


def test_a_refund_over_more_than_is_left_is_a_case_not_an_update() -> None:
    life = booked()
    life.meet(RefundDecided(RemoteRefund("R7", "", eur("500"), "", START), "erp", START))
    assert life.cases == {"refund_not_told:R7"}
    assert not any(kind == "refund" for kind, _ in life.told)


def refund_payload(life: Life, suffix: str) -> Refund:
    (ask,) = [ask for ask in life.asked if ask.suffix == suffix]
    found: Refund = ask.payload["refund"]
    return found


def test_goods_refunded_before_they_left_are_named_in_the_credit_and_taken_off() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", ("MUG-01", "1")))
    two = replace(a_refund().lines[0], quantity=Decimal(2))
    life.meet(seen(2, refunds=(a_refund(total=eur("29.75"), lines=(two,)),)))
    assert [line.unsent for line in refund_payload(life, "refund:79").lines] == [1]
    (off,) = [ask for ask in life.asked if ask.suffix == "cancel:lines:79"]
    assert [(x.sku, x.quantity) for x in off.payload["lines"]] == [("MUG-01", 1)]


def test_a_back_office_that_sends_by_itself_and_takes_no_lines_off_is_a_case() -> None:
    able = replace(ABLE, cancel_lines=False)
    life = booked(Scene(StorePolicy(), (replace(ERP, can=able),)))
    life.meet(seen(2, refunds=(a_refund(),)))
    assert life.cases == {"lines_not_cancelled:79"}
    assert [line.unsent for line in refund_payload(life, "refund:79").lines] == [0]


def test_a_refund_of_all_that_is_left_is_told_line_by_line() -> None:
    life = booked()
    first = a_refund(created_at=START)
    rest = eur("64.55") - first.total
    all_of_it = Refund("80", rest, "", START + timedelta(hours=1))
    life.meet(seen(2, status="refunded", refunds=(all_of_it, first)))
    lines = refund_payload(life, "refund:80").lines
    assert [(x.order_line_id, x.quantity) for x in lines] == [
        ("1", 1),
        ("2", 1),
        ("3", 0),
        ("4", 0),
    ]
    assert "cancel:lines:80" in life.keys
    worth = Money.total([x.total + x.tax for x in lines], "EUR").rounded()
    assert abs((worth - rest).minor_units()) <= 1


def test_a_plain_amount_stays_one() -> None:
    life = booked()
    life.meet(seen(2, refunds=(Refund("80", eur("5.00"), "", START),)))
    assert refund_payload(life, "refund:80").lines == ()


ABLE_TO_REVERSE = replace(ERP, can=replace(ERP.can, reverse_refunds=True))


def test_a_deleted_refund_is_taken_back_with_its_goods_and_its_entry() -> None:
    finance = Side("books", ("finance",), Capabilities(journal=True))
    life = booked(Scene(StorePolicy(), (ABLE_TO_REVERSE, WMS, finance)))
    life.meet(seen(2, refunds=(a_refund(),)))
    life.meet(StopAnswered("1", "cancelled", "", START))
    life.meet(seen(3))
    assert {"reverse:79", "update:without:79", "journal:refund:79-deleted"} <= set(life.keys)
    entries = {ask.suffix: ask.payload for ask in life.asked if ask.operation == "journal"}
    there, back = entries["journal:refund:79"], entries["journal:refund:79-deleted"]
    assert [(x.account, x.debit) for x in there.lines] == [
        (x.account, x.credit) for x in back.lines
    ]
    assert refund_payload(life, "reverse:79").lines[0].unsent == 1
    life.meet(RefundReversed("79", "CN-1", START))
    assert "CN-1" in life.told["note", "reverse:79"]["text"]
    assert life.now.financial is Financial.UNPAID
    assert wanted_of(life.now) == {"1": Decimal(2), "2": Decimal(1)}
    assert life.cases == set()


def test_what_the_back_office_cannot_take_back_is_a_case() -> None:
    for refused in ("", "the period is closed"):
        life = booked(Scene(StorePolicy(), (ABLE_TO_REVERSE if refused else ERP, WMS)))
        life.meet(seen(2, refunds=(Refund("80", eur("5.00"), "", START),)))
        life.meet(seen(3))
        if refused:
            life.meet(RefundReversed("80", "", START, refused))
        assert life.cases == {"refund_deleted:80"}


def test_a_refund_that_was_taken_back_and_shows_again_is_a_case() -> None:
    life = booked(Scene(StorePolicy(), (ABLE_TO_REVERSE, WMS)))
    plain = Refund("80", eur("5.00"), "", START)
    for version, refunds in enumerate(((plain,), (), (plain,)), 2):
        life.meet(seen(version, refunds=refunds))
    assert life.cases == {"refund_again:80"}
    life.meet(seen(5))
    assert life.cases == set()
    assert life.keys.count("reverse:80") == 1


def test_a_change_after_lines_were_taken_off_is_made_by_hand() -> None:
    life = booked()
    life.meet(seen(2, refunds=(a_refund(),)))
    city = replace(an_order().billing, city="Hamburg")
    life.meet(seen(3, refunds=(a_refund(),), billing=city))
    assert life.cases == {"changed_after_booking"}


def test_a_payment_that_is_only_promised_holds_the_order_until_it_is_collected() -> None:
    life = Life()
    life.meet(seen(1, captured=False))
    assert (life.now.phase, life.now.financial) == (Phase.HELD, Financial.AUTHORISED)
    assert life.cases == {"not_captured"}
    life.meet(seen(2, paid_at=START))
    assert (life.keys[0], life.cases) == ("book", set())


def test_a_suspicion_holds_until_a_person_releases_it() -> None:
    life = Life()
    life.meet(seen(1, marks=(("_wcpay_fraud_outcome_status", "review"),)))
    assert life.cases == {"suspected_fraud"}
    life.meet(Released("a person", START))
    assert (life.keys, life.cases) == (["book"], set())


def test_a_hold_by_hand_ends_with_its_time() -> None:
    life = Life(Scene(StorePolicy(rest_minutes=30), (ERP,)))
    life.meet(seen(1))
    assert (life.keys, life.cases) == ([], set())
    assert life.last is not None
    assert life.last.wake_at == START + timedelta(minutes=30)
    life.meet(HeldByHand("buyer calls back", "Ada", START + timedelta(hours=1), START))
    assert life.cases == {"held_by_hand"}
    life.meet(Looked(START + timedelta(minutes=31)))
    assert life.keys == []
    life.meet(Looked(START + timedelta(hours=1)))
    assert (life.keys, life.cases) == (["book"], set())


def test_a_missing_word_holds_and_the_mapping_lets_it_go() -> None:
    policy = StorePolicy(required_mappings=("payment",))
    life = Life(Scene(policy, (ERP,)))
    decision = life.meet(seen(1))
    assert [(m.table, m.word) for m in decision.missing] == [("payment", "cod")]
    life.scene = Scene(policy, (ERP,), (Translation("payment", "c*", "CASH"),))
    life.meet(Looked(START))
    assert life.asked[0].payload.payment_method == "CASH"


def test_a_deleted_product_is_mapped_by_its_number() -> None:
    bare = tuple(
        replace(x, sku="", code="44") if x.sku == "BOOK-7" else x for x in an_order().lines
    )
    life = Life(Scene(StorePolicy(), (ERP,)))
    life.meet(seen(1, lines=bare))
    assert life.cases == {"missing_sku"}
    life.scene = Scene(StorePolicy(), (ERP,), (Translation("sku", "#44", "BOOK-7"),))
    life.meet(Looked(START))
    assert [line.sku for line in life.asked[0].payload.product_lines] == ["MUG-01", "BOOK-7"]


def test_another_connectors_sales_order_is_taken_over_not_made_again() -> None:
    policy = StorePolicy(adopt={"erp": ("_old_link",)})
    life = Life(Scene(policy, (ERP, WMS)))
    decision = life.meet(seen(1, marks=(("_old_link", "SAL-9"),)))
    assert life.keys == []
    assert (life.now.booked_as, decision.adopted[0].theirs) == ("SAL-9", "SAL-9")
    life.meet(seen(2, marks=(("_old_link", "SAL-9"),), refunds=(a_refund(),)))
    assert life.keys == ["refund:79"]


def waited(life: Life) -> list[str]:
    return [f"{wait.who}: {wait.what}" for wait in waits(life.now)]


def test_each_step_says_for_whom_it_waits() -> None:
    life = Life()
    life.meet(seen(1, status="pending"))
    assert waited(life) == ["the shop: a payment, or another status than “pending”"]
    life.meet(seen(2))
    assert waited(life) == ["erp: to book it"]
    life.meet(Booked("SO-1", START))
    assert waited(life) == ["wms: to accept and send 2 x MUG-01, 1 x BOOK-7"]
    life.meet(answer("accepted", 1))
    assert waited(life) == ["wms: to send 2 x MUG-01, 1 x BOOK-7"]
    life.meet(parcel("P-1", "1", ("MUG-01", "2"), tracking=""))
    assert waited(life) == ["wms: to send 1 x BOOK-7", "wms: the tracking number of parcel P-1"]
    life.meet(answer("on_hold", 2, part=""))
    assert "erp: to let it go on after its credit check" in waited(life)
    assert "wms: to say whether it stopped" in waited(life)


def test_a_return_says_for_whom_it_waits_until_it_is_refunded() -> None:
    life = booked()
    life.meet(parcel("P-1", "1", *ALL))
    assert waited(life) == []
    line = ReturnLine("1", "MUG-01", "Mug", Decimal(1))
    back = Return("sample", "1042", "1042", "R1", (line,), START)
    life.meet(ReturnRequested(back, START))
    assert waited(life) == ["a person: to allow return R1"]
    life.meet(ReturnDecided("R1", True, "Ada", START))
    assert waited(life) == ["the buyer: to send the goods of return R1 back"]
    life.meet(ReturnArrived("R1", ReturnReceipt("1", "", START, (line,)), START))
    assert waited(life) == ["wms: to look at the goods of R1"]
    shelf = replace(line, disposition="restock")
    life.meet(ReturnArrived("R1", ReturnReceipt("2", "", START, (shelf,)), START))
    assert waited(life) == ["the shop: to refund return R1"]


def test_a_warehouse_that_cannot_send_is_told_once_with_what_follows() -> None:
    life = booked()
    life.meet(answer("rejected", 1, reason="none left"))
    assert "another one was asked" in life.told["note", "rerouted:1"]["text"]
    life.meet(answer("rejected", 2, part="2", reason="none here either"))
    assert "no other can" in life.told["note", "rerouted:2"]["text"]


def test_rules_choose_by_country_sku_weight_stock_and_split() -> None:
    rules = (
        Rule("Austria", "second", role="erp", countries=("AT",)),
        Rule("heavy", "second", warehouse="HALL", min_weight=Decimal(30)),
        Rule("books", "second", warehouse="SHELF", skus=("BOOK-*",), in_stock=True),
        Rule("rest", "wms", warehouse="MAIN"),
    )
    scene = Scene(
        StorePolicy(routes=rules), (ERP, WMS, SECOND), (), {("SHELF", "BOOK-7"): Decimal(1)}
    )
    order = an_order()
    wanted = {line.id: line.quantity for line in order.product_lines}
    route = goods_route(order, wanted, scene)
    assert {c.sku: c.warehouse for c in route.choices} == {"MUG-01": "MAIN", "BOOK-7": "SHELF"}
    assert any("too light" in reason for reason in route.choices[0].passed_over)
    together = replace(scene, policy=replace(scene.policy, split=False))
    assert len(goods_route(order, wanted, together).places) == 1
    assert booking_side(order, scene) == "erp"


def test_notes_speak_the_stores_language() -> None:
    life = booked(Scene(StorePolicy(language="de"), (ERP, WMS)))
    assert life.told["note", "booked"]["text"].startswith("In der Warenwirtschaft gebucht")


@given(st.integers(0, 10**7), st.integers(-3, 3), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_journal_entry_is_balanced_whatever_the_amount(
    units: int, off: int, currency: str
) -> None:
    step = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    order = in_currency(an_order(), currency)
    total = Money(Decimal(units + off).scaleb(-step), currency)
    refund = Refund("1", Money(Decimal(units).scaleb(-step), currency), "", START)
    for entry in (
        sale_entry(replace(order, total=total), SCENE),
        refund_entry(order, refund, SCENE),
    ):
        debit = Money.total([line.debit for line in entry.lines], currency)
        credit = Money.total([line.credit for line in entry.lines], currency)
        assert debit == credit
        assert all(bool(line.debit) != bool(line.credit) for line in entry.lines)


def in_currency(order: Order, currency: str) -> Order:
    def money(amount: Money) -> Money:
        return Money(amount.amount, currency)

    lines = tuple(
        replace(line, total=money(line.total), tax=money(line.tax), taxes=())
        for line in order.lines
    )
    rates = tuple(replace(rate, total=money(rate.total)) for rate in order.tax_rates)
    return replace(order, currency=currency, lines=lines, tax_rates=rates, rounding=None)


# What the outside may say, once what it answers was asked.
Said = tuple[Callable[[list[str]], bool], Fact]


def once(key: str) -> Callable[[list[str]], bool]:
    return lambda asked: key in asked


FACTS: list[Said] = [
    (lambda asked: True, seen(1)),
    (lambda asked: True, seen(2, refunds=(a_refund(),))),
    (lambda asked: True, seen(3, refunds=(a_refund(),), paid_at=START)),
    (once("book"), Booked("SO-1", START)),
    (once("request:1"), RequestSubmitted("1", "WR-1", START)),
    (once("request:1"), answer("accepted", 1)),
    (once("request:1"), answer("rejected", 2)),
    (once("request:2"), RequestSubmitted("2", "WR-2", START)),
    (once("request:2"), answer("on_hold", 3, part="2")),
    (once("request:2"), answer("released", 4, part="2")),
    (once("stop:1"), StopAnswered("1", "cancelled", "", START)),
    (once("stop:2"), StopAnswered("2", "cancelled", "", START)),
]


def travel(choose: Callable[[int], int]) -> Life:
    life, told = Life(), list[int]()
    while True:
        open_ = [i for i, (may, _) in enumerate(FACTS) if i not in told and may(life.keys)]
        if not open_:
            break
        place = open_[choose(len(open_))]
        told.append(place)
        life.meet(FACTS[place][1])
        life.meet(FACTS[told[choose(len(told))]][1])
    return finished(life)


def finished(life: Life) -> Life:
    """Every warehouse that still has something to send sends it."""
    for part in life.now.fulfilments:
        if not part.over:
            goods = [(x.sku, str(x.quantity - x.shipped)) for x in part.lines]
            life.meet(parcel(f"P-{part.id}", part.id, *goods))
    return life


@hypothesis_settings(max_examples=300)
@given(st.data())
def test_delayed_doubled_and_permuted_facts_end_alike(data: st.DataObject) -> None:
    straight = travel(lambda n: 0)
    other = travel(lambda n: data.draw(st.integers(0, n - 1)))
    for life in (straight, other):
        state = life.now
        assert len(life.keys) == len(set(life.keys)), "no key twice"
        assert not any(name.startswith("illegal") for name in life.cases)
        sent = {k: v for k, v in shipped_of(state.fulfilments).items() if v}
        assert sent == wanted_of(state), "what is wanted was sent, and nothing else"
        assert state.phase is Phase.CLOSED
    assert other.now.order == straight.now.order
    assert other.now.financial == straight.now.financial
    assert {"book", "refund:79", "payment"} <= set(other.keys) & set(straight.keys)


EVERY: list[Fact] = [
    *(fact for _, fact in FACTS),
    seen(4, status="cancelled"),
    seen(5, status="on-hold"),
    seen(6, status="processing", billing=replace(an_order().billing, city="Hamburg")),
    seen(7, captured=False),
    answer("incomplete", 6),
    answer("cancelled", 7),
    parcel("P-1", "1", ("MUG-01", "1")),
    parcel("P-2", "1", *ALL),
    parcel("P-3", "2", *ALL, tracking=""),
    StopAnswered("1", "too_late", "", START),
    CancelAnswered("cancelled", "", START),
    CancelAnswered("too_late", "", START),
    UpdateRefused("no", START),
    Looked(START),
    Released("Ada", START),
]


@hypothesis_settings(max_examples=300)
@given(st.lists(st.sampled_from(EVERY), max_size=25))
def test_whatever_is_reported_no_key_is_asked_twice_and_no_illegal_move_made(
    facts: list[Fact],
) -> None:
    life = Life()
    life.meet(seen(1))
    for fact in facts:
        before = life.now
        life.meet(fact)
        for machine, a, b in transitions._moves(before, life.now):
            assert a is b or (a, b) in machine
    assert len(life.keys) == len(set(life.keys))


@pytest.mark.parametrize("scene", [SCENE, Scene(StorePolicy(), ())])
def test_an_order_of_nobody_else_is_still_followed(scene: Scene) -> None:
    life = Life(scene)
    life.meet(seen(1))
    assert life.now.asked
