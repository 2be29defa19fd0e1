"""Refunds on an order's road: told once, line by line, taken back, and balanced in the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from causeway.canonical import Money, Order, Refund, RemoteRefund
from causeway.connectors.base import Capabilities
from causeway.connectors.samples import a_refund, an_order, eur
from causeway.flows.facts import RefundDecided, RefundReversed, StopAnswered
from causeway.flows.fulfilling import wanted_of
from causeway.flows.posting import refund_entry, sale_entry
from causeway.flows.scene import Scene, Side
from causeway.flows.state import Financial
from causeway.policy import StorePolicy
from tests.order_life import ABLE, ERP, SCENE, WMS, Life, booked, parcel, seen
from tests.world import START


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
