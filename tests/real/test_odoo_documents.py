"""What becomes of an order in a real Odoo after it was booked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from causeway.canonical import Order, Payment, Return, ReturnLine
from causeway.connectors.base import LineQuantity
from causeway.connectors.conformance.tools import at_once
from causeway.connectors.odoo.connector import OdooConnector, build
from causeway.connectors.samples import a_payment, a_refund, an_entry, an_order, eur
from causeway.errors import RejectedError, TooLate
from tests.real.conftest import odoo_settings
from tests.real.odoo_books import OdooBooks
from tests.real.odoo_server import OdooServer

WHEN = datetime(2026, 11, 3, 8, tzinfo=UTC)


@pytest.fixture
def erp(odoo: OdooServer) -> Iterator[OdooConnector]:
    connector = build(odoo_settings(odoo))
    yield connector
    connector.close()


@pytest.fixture
def order(erp: OdooConnector) -> Order:
    """Already booked."""
    order = an_order(store=f"store-{uuid4().hex[:8]}")
    erp.book_order(order, key_of(order))
    return order


def key_of(order: Order, what: str = "book") -> str:
    return f"{order.store}:{order.id}:{what}"


def a_return(order: Order, quantity: str = "1") -> Return:
    line = ReturnLine("1", "MUG-01", "Mug", Decimal(quantity))
    return Return(order.store, order.id, order.number, "5", (line,), WHEN)


def test_odoos_people_recognise_the_order(order: Order, odoo_books: OdooBooks) -> None:
    row = odoo_books.order(key_of(order), "state", "client_order_ref", "origin", "amount_total")
    assert (row["state"], row["client_order_ref"]) == ("sale", order.number)
    assert row["origin"] == key_of(order)
    texts = [line["name"] for line in odoo_books.lines(key_of(order))]
    assert texts == ["Mug", "Book", "Flat rate", "Cash on delivery", "Rounding"]


def test_orders_for_the_same_product_do_not_collide(erp: OdooConnector, odoo: OdooServer) -> None:
    """Odoo would do them again after seconds; it logs each one that it has to."""
    before = len(odoo.log.read_text())
    orders = [an_order(store=f"store-{uuid4().hex[:8]}") for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda order: erp.book_order(order, key_of(order)), orders))
    assert "stock_quant" not in odoo.log.read_text()[before:]


def test_part_of_an_order_is_cancelled_once(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    lines = (LineQuantity("1", "MUG-01", Decimal(1)),)
    for _ in range(2):
        done = erp.cancel_order(order, key_of(order), lines, key_of(order, "cancel:1"))
        assert done.result == "cancelled"
    rows = odoo_books.lines(key_of(order))
    assert rows[0]["product_uom_qty"] == 1
    assert [row["name"] for row in rows if row["display_type"]] == [
        "Cancelled by the shop: 1 MUG-01"
    ]


def test_of_goods_that_left_no_part_can_be_cancelled(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    odoo_books.ship(key_of(order), MUG_01="2")
    both = (LineQuantity("1", "MUG-01", Decimal(1)),)
    assert erp.cancel_order(order, key_of(order), both, "c1").result == "too_late"
    book = (LineQuantity("2", "BOOK-7", Decimal(1)),)
    assert erp.cancel_order(order, key_of(order), book, key_of(order, "c2")).result == "cancelled"


def test_an_order_is_changed_while_nothing_left(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    city = replace(order.shipping, city="Hamburg")
    changed = replace(
        order, shipping=city, lines=(order.lines[0], *order.lines[2:]),
        total=eur("43.15"), rounding=None,
    )  # fmt: skip
    for _ in range(2):
        erp.update_order(changed, key_of(order), key_of(order, "update:2"))
    row = odoo_books.order(key_of(order), "amount_total", "partner_shipping_id")
    assert Decimal(row["amount_total"]) == Decimal("43.15")
    delivery = odoo_books.read("res.partner", row["partner_shipping_id"][0], "city")
    assert delivery["city"].startswith("Hamburg")
    odoo_books.ship(key_of(order))
    with pytest.raises(TooLate):
        erp.update_order(order, key_of(order), key_of(order, "update:3"))


def test_what_was_sent_comes_back_under_the_returns_key(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    back, key = a_return(order), key_of(order, "return:5")
    with pytest.raises(RejectedError) as early:
        erp.book_return(order, back, key_of(order), key)
    assert early.value.code == "not_shipped"
    odoo_books.ship(key_of(order))
    on_hand = odoo_books.on_hand("MUG-01")
    first, second = (erp.book_return(order, back, key_of(order), key) for _ in range(2))
    assert (first.id, second.existed) == (second.id, True)
    assert len(odoo_books.records("stock.picking", key)) == 1
    odoo_books.receive(key)
    assert odoo_books.on_hand("MUG-01") == on_hand + 1
    receipts = [item for item in erp.read_receipts("").items if item.request_key == key]
    assert [(line.order_line_id, line.quantity) for line in receipts[0].lines] == [
        ("1", Decimal(1))
    ]


def test_more_than_was_sent_cannot_come_back(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    odoo_books.ship(key_of(order))
    with pytest.raises(RejectedError, match="3 too many"):
        erp.book_return(order, a_return(order, "5"), key_of(order), key_of(order, "return:6"))


def test_a_payment_settles_the_invoice_once(
    order: Order, odoo: OdooServer, odoo_books: OdooBooks
) -> None:
    erp = build(odoo_settings(odoo, invoice_on_payment=True))
    payment, key = Payment(order.id, "cod", "ch_1", order.total, WHEN), key_of(order, "payment:1")
    first, second = (erp.book_payment(order, payment, key_of(order), key) for _ in range(2))
    assert (first.id, second.existed) == (second.id, True)
    assert len(odoo_books.records("account.payment", key)) == 1
    (invoice,) = odoo_books.order(key_of(order), "invoice_ids")["invoice_ids"]
    row = odoo_books.read("account.move", invoice, "state", "amount_total", "payment_state")
    assert (row["state"], Decimal(row["amount_total"])) == ("posted", order.total.amount)
    assert row["payment_state"] in {"paid", "in_payment"}
    told = [item for item in erp.read_invoices("").items if item.order_key == key_of(order)]
    assert [(item.kind, item.total) for item in told] == [("invoice", order.total.rounded())]


def test_twenty_payments_at_once_make_one_invoice_and_settle_it(
    order: Order, odoo: OdooServer, odoo_books: OdooBooks
) -> None:
    erp = build(odoo_settings(odoo, invoice_on_payment=True))
    key, payment = key_of(order, "payment"), a_payment(order)
    at_once(erp, lambda: erp.book_payment(order, payment, key_of(order), key))
    assert len(odoo_books.records("account.payment", key)) == 1
    (invoice,) = odoo_books.order(key_of(order), "invoice_ids")["invoice_ids"]
    row = odoo_books.read("account.move", invoice, "state", "payment_state")
    assert row["state"] == "posted"
    assert row["payment_state"] in {"paid", "in_payment"}


def test_a_refund_turns_the_invoice_back(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    invoice = odoo_books.invoice(key_of(order))
    refund, key = a_refund(), key_of(order, "refund:79")
    made = erp.book_refund(order, refund, key)
    row = odoo_books.read("account.move", int(made.id), "state", "reversed_entry_id", "move_type")
    assert (row["state"], row["move_type"]) == ("posted", "out_refund")
    assert row["reversed_entry_id"][0] == invoice
    assert not [item for item in erp.read_refunds("").items if item.id == made.id]


def test_a_credit_note_made_there_is_told_as_a_refund(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    credit = odoo_books.credit(odoo_books.invoice(key_of(order)))
    (told,) = [item for item in erp.read_refunds("").items if item.order_key == key_of(order)]
    assert (told.id, told.amount) == (str(credit), order.total.rounded())


def test_a_journal_entry_is_posted_once_and_balances(
    erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    key = f"store-{uuid4().hex[:8]}:1042:post"
    entry = an_entry(date=date(2026, 11, 2))
    first, second = (erp.post_journal(entry, key) for _ in range(2))
    assert (first.id, second.existed) == (second.id, True)
    row = odoo_books.read("account.move", int(first.id), "state", "amount_total", "date")
    assert row == {**row, "state": "posted", "amount_total": Decimal("119.0"), "date": "2026-11-02"}


def test_a_tracking_number_written_later_is_told(
    order: Order, erp: OdooConnector, odoo_books: OdooBooks
) -> None:
    number = odoo_books.ship(key_of(order))
    page = erp.read_shipments("")
    odoo_books.track(number, "1Z-LATE")
    while page.more:
        page = erp.read_shipments(page.cursor)
    (told,) = [item for item in erp.read_shipments(page.cursor).items if item.id == number]
    assert (told.tracking_number, told.carrier) == ("1Z-LATE", "Parcel Post")
    assert [(line.order_line_id, line.sku) for line in told.lines] == [
        ("1", "MUG-01"), ("2", "BOOK-7")
    ]  # fmt: skip


def test_prices_are_those_odoo_works_out_for_an_order(
    odoo: OdooServer, odoo_books: OdooBooks
) -> None:
    """A percentage, a formula and a fixed price, against a line Odoo priced by itself."""
    client = odoo_books.client
    name = f"List {uuid4().hex[:6]}"
    (currency,) = client.search("res.currency", [["name", "=", "EUR"]], ("id",))
    (made,) = client.call(
        "product.pricelist", "create", vals_list=[{"name": name, "currency_id": currency["id"]}]
    )
    products = [odoo_books.create_product(f"{name}-{sku}", "17.35") for sku in "ABC"]
    special = {"applied_on": "0_product_variant", "pricelist_id": made}
    client.call(
        "product.pricelist.item", "create",
        vals_list=[
            {**special, "product_id": products[0], "compute_price": "fixed", "fixed_price": 3.33},
            {**special, "product_id": products[1], "compute_price": "formula",
             "price_discount": 10, "price_round": 0.5, "price_surcharge": -0.01},
            {"applied_on": "3_global", "pricelist_id": made, "compute_price": "percentage",
             "percent_price": 7.5},
        ],
    )  # fmt: skip
    (partner,) = client.search("res.partner", [["active", "=", True]], ("id",), limit=1)
    (draft,) = client.call(
        "sale.order", "create",
        vals_list=[{"partner_id": partner["id"], "pricelist_id": made,
                    "order_line": [[0, 0, {"product_id": product}] for product in products]}],
    )  # fmt: skip
    lines = client.search(
        "sale.order.line", [["order_id", "=", draft]], ("price_reduce_taxexcl",), order="id"
    )
    theirs = [Decimal(line["price_reduce_taxexcl"]).quantize(Decimal("0.01")) for line in lines]
    items = build(odoo_settings(odoo, price_list=name)).read_prices("").items
    ours = {item.sku: item.regular.amount for item in items}
    assert [ours[f"{name}-{sku}"] for sku in "ABC"] == theirs
