"""Orders with warehouses, answers and edits: which way each one goes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from causeway.canonical import TaxAmount
from causeway.connectors.samples import an_order, eur
from causeway.flows import transitions
from causeway.flows.facts import CancelAnswered, StopAnswered, Updated, UpdateRefused
from causeway.flows.scene import Scene
from causeway.flows.state import FulfilmentStatus, Phase, RequestStatus
from causeway.policy import StorePolicy
from tests.order_life import ALL, ERP, answer, booked, parcel, seen
from tests.world import START


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
