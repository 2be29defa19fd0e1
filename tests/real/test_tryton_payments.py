"""Money received for sales of a real Tryton: booked once, matched with the invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from causeway.canonical import Money, Order, Payment
from causeway.connectors.samples import an_order
from causeway.connectors.tryton.connector import TrytonConnector, build
from causeway.errors import MappingMissing, RejectedError
from tests.real.conftest import rpc_settings, settings
from tests.real.sharing import shared
from tests.real.tryton_books import CONTEXT, TrytonBooks
from tests.real.tryton_server import TrytonServer

PAID = datetime.now(UTC)


@pytest.fixture
def clerk(tryton: TrytonServer) -> TrytonConnector:
    """With a key that may also keep accounts."""
    return shared(build, settings(tryton, token=tryton.full_key))


@pytest.fixture
def order(clerk: TrytonConnector) -> Order:
    """Already booked."""
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    clerk.book_order(order, key_of(order))
    return order


def key_of(order: Order, what: str = "book") -> str:
    return f"{order.store}:{order.id}:{what}"


def payment_of(order: Order, **changes: Any) -> Payment:
    return replace(Payment(order.id, "stripe", "ch_1", order.total, PAID), **changes)


def entries(books: TrytonBooks, key: str) -> list[dict[str, Any]]:
    return books.client.search(
        "account.move", [["description", "=", key]],
        ("state", "lines.debit", "lines.credit", "lines.reconciliation", "lines.party",
         "lines.amount_second_currency"), context=CONTEXT,
    )  # fmt: skip


def invoice_of(books: TrytonBooks, key: str) -> dict[str, Any]:
    (invoice,) = books.client.search(
        "account.invoice", [["id", "in", books.sale(key)["invoices"]]],
        ("state", "total_amount", "payment_lines"), context=CONTEXT,
    )  # fmt: skip
    return invoice


def test_a_payment_without_an_invoice_waits_as_the_customers_credit(
    order: Order, clerk: TrytonConnector, books: TrytonBooks
) -> None:
    key = key_of(order, "payment")
    assert clerk.find("payment", key) is None
    first, second = (
        clerk.book_payment(order, payment_of(order), key_of(order), key) for _ in range(2)
    )
    assert (first.id, first.existed, second.existed) == (second.id, False, True)
    (entry,) = entries(books, key)
    assert entry["state"] == "posted"
    assert sum(line["debit"] for line in entry["lines"]) == order.total.amount
    assert sum(line["credit"] for line in entry["lines"]) == order.total.amount
    found = clerk.find("payment", key)
    assert found is not None
    assert found.complete


def test_by_json_rpc_a_payment_settles_the_invoice_whose_warning_may_be_answered(
    order: Order, tryton: TrytonServer, books: TrytonBooks
) -> None:
    erp = build(rpc_settings(tryton, invoice_on_payment=True, skip_warnings=["invoice_taxes"]))
    key = key_of(order, "payment")
    for _ in range(2):
        erp.book_payment(order, payment_of(order), key_of(order), key)
    assert invoice_of(books, key_of(order))["state"] == "paid"
    (entry,) = entries(books, key)
    assert [bool(line["reconciliation"]) for line in entry["lines"] if line["credit"]] == [True]


def test_a_warning_that_is_not_on_the_list_is_a_refusal_that_names_it(
    order: Order, tryton: TrytonServer, books: TrytonBooks
) -> None:
    erp = build(rpc_settings(tryton, invoice_on_payment=True, skip_warnings=["other"]))
    with pytest.raises(RejectedError, match="'invoice_taxes' to skip_warnings") as refused:
        erp.book_payment(order, payment_of(order), key_of(order), key_of(order, "payment"))
    assert refused.value.code == "warning"
    assert invoice_of(books, key_of(order))["state"] == "draft"


def test_a_payment_in_another_currency_is_booked_at_its_days_rate(
    clerk: TrytonConnector, books: TrytonBooks, order: Order
) -> None:
    key = key_of(order, "payment:cad")
    paid = payment_of(order, amount=Money.of("16.00", "CAD"))
    clerk.book_payment(order, paid, key_of(order), key)
    (entry,) = entries(books, key)
    assert sum(line["debit"] for line in entry["lines"]) == Decimal("10.00")
    assert {line["amount_second_currency"] for line in entry["lines"]} == {
        Decimal("16.00"), Decimal("-16.00"),
    }  # fmt: skip


def test_a_payment_of_a_closed_period_is_refused_with_a_way_on(
    order: Order, clerk: TrytonConnector, books: TrytonBooks
) -> None:
    day = datetime(PAID.year - 1, 2, 3, tzinfo=UTC)
    (period,) = books.client.search(
        "account.period", [["start_date", "<=", day.date()], ["end_date", ">=", day.date()]],
        ("id",), context=CONTEXT,
    )  # fmt: skip
    books.client.act("account.period", period["id"], "close", ("id",), CONTEXT)
    key = key_of(order, "payment:old")
    with pytest.raises(RejectedError, match="open the period there and retry") as refused:
        clerk.book_payment(order, payment_of(order, paid_at=day), key_of(order), key)
    assert refused.value.code == "closed_period"
    assert entries(books, key) == []


def test_a_user_who_may_not_keep_accounts_stops_the_payment_and_not_the_connection(
    order: Order, erp: TrytonConnector
) -> None:
    with pytest.raises(RejectedError, match="group Accounting") as refused:
        erp.book_payment(order, payment_of(order), key_of(order), key_of(order, "payment"))
    assert refused.value.code == "missing_right"


def test_without_payment_methods_no_payments_are_asked_for(tryton: TrytonServer) -> None:
    erp = build(settings(tryton, payment_methods={}))
    assert not erp.capabilities.payments


def test_a_payment_method_that_is_not_mapped_is_named(order: Order, tryton: TrytonServer) -> None:
    erp = build(settings(tryton, payment_methods={"cod": "Web"}))
    with pytest.raises(MappingMissing, match="stripe"):
        erp.book_payment(order, payment_of(order), key_of(order), key_of(order, "payment"))
