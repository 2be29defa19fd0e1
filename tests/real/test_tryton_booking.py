"""Orders booked into a real Tryton: once, whole, and to the minor unit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from causeway.canonical import Address, Customer, Order
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.samples import BUYER, an_order, eur
from causeway.connectors.tryton import booking
from causeway.connectors.tryton.client import TrytonClient
from causeway.connectors.tryton.connector import TrytonConnector, build
from causeway.connectors.tryton.options import TrytonOptions
from causeway.errors import (
    CredentialsError,
    MappingMissing,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)
from tests.real.conftest import settings
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer


class Interrupted(TrytonClient):
    """A client whose process dies right after its writes number `dies_after` reached the server."""

    def __init__(self, connection: ConnectionSettings, dies_after: int) -> None:
        database = connection.options["database"]
        super().__init__(connection.url, database, connection.token)
        self.left = dies_after

    def create(self, model: str, *arguments: Any) -> dict[str, Any]:
        return self._count(model, super().create(model, *arguments))

    def write(self, model: str, *arguments: Any) -> dict[str, Any]:
        return self._count(model, super().write(model, *arguments))

    def act(self, model: str, *arguments: Any) -> dict[str, Any]:
        return self._count(model, super().act(model, *arguments))

    def _count(self, model: str, answer: dict[str, Any]) -> dict[str, Any]:
        self.left -= model == "sale.sale"
        if not self.left:
            raise UnknownOutcome("the connection ended before its answer came")
        return answer


def interrupted(connection: ConnectionSettings, dies_after: int) -> TrytonConnector:
    client = Interrupted(connection, dies_after)
    return TrytonConnector(client, TrytonOptions.of(connection.options))


def a_new_order(**changes: Any) -> Order:
    return an_order(store=f"store-{uuid4().hex[:8]}", **changes)


def a_long_order(lines: int = 25) -> Order:
    """One line after another of three pieces for 10.00, and a cent that rounding explains."""
    order = a_new_order()
    pattern = replace(order.lines[0], quantity=Decimal(3), total=eur("10.00"), tax=eur("1.90"))
    taxes = (replace(pattern.taxes[0], amount=eur("1.90")),)
    many = tuple(
        replace(pattern, id=str(number), sku=f"BULK-{number}", taxes=taxes)
        for number in range(lines)
    )
    rate = replace(order.tax_rates[0], total=eur("1.90") * lines, shipping_total=eur("0"))
    total = eur("11.90") * lines + eur("0.01")
    return replace(order, lines=many, tax_rates=(rate,), total=total)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a long order need not be very long; 200 lines of a shop go in real ones."""
    monkeypatch.setattr(booking, "BLOCK", 10)


def key_of(order: Order) -> str:
    return f"{order.store}:{order.id}:book"


def test_an_order_becomes_one_confirmed_sale_for_its_people_to_recognise(
    erp: TrytonConnector, books: TrytonBooks
) -> None:
    order = a_new_order(number="WC-1042", purchase_order="PO-7")
    booked = erp.book_order(order, key_of(order))
    sale = books.sale(key_of(order))
    assert sale["state"] == "processing"
    assert sale["total_amount"] == order.total.amount
    assert (sale["number"], sale["reference"]) == (booked.number, "WC-1042")
    assert sale["party"]["code"] == f"{order.store.upper()}-C-12"
    assert len(sale["shipments"]) == len(sale["invoices"]) == 1


@pytest.mark.usefixtures("small_blocks")
def test_five_threads_booking_a_long_order_make_one_sale_with_each_line_once(
    connection: ConnectionSettings, books: TrytonBooks
) -> None:
    order = a_long_order()

    def book(_: int) -> str:
        connector = build(connection)
        for _ in range(20):
            try:
                return connector.book_order(order, key_of(order)).id
            except (RetryableError, UnknownOutcome):
                continue
        raise AssertionError("twenty tries were not enough")

    with ThreadPoolExecutor(5) as pool:
        ids = set(pool.map(book, range(5)))
    sale = books.sale(key_of(order))
    assert len(ids) == 1
    assert sale["total_amount"] == order.total.amount
    codes = [line["product"]["code"] for line in sale["lines"]]
    assert sorted(set(codes) - {"ROUNDING"}) == sorted(line.sku for line in order.lines)
    assert len(codes) == len(set(codes))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("step", range(1, 7))
def test_a_crash_after_any_write_is_finished_under_the_same_key(
    step: int, connection: ConnectionSettings, erp: TrytonConnector, books: TrytonBooks
) -> None:
    order = a_long_order()  # create, two more blocks of lines, rounding, quote, confirm
    with pytest.raises(UnknownOutcome):
        interrupted(connection, dies_after=step).book_order(order, key_of(order))
    left = erp.find("order", key_of(order))
    assert left is not None
    assert left.complete is (step == 6)
    again = erp.book_order(order, key_of(order))
    assert again.existed
    assert again.id == left.id
    sale = books.sale(key_of(order))
    assert (sale["state"], sale["total_amount"]) == ("processing", order.total.amount)
    assert len(sale["lines"]) == len(order.lines) + 1


def test_a_guest_has_one_party_for_an_email_and_the_address_of_each_order(
    erp: TrytonConnector, books: TrytonBooks
) -> None:
    guest = Customer(id="", email="Guest@Example.org")
    first = a_new_order(customer=guest)
    moved = Address(first_name="Erika", address_1="Rue 2", city="Paris", country="FR")
    second = replace(first, id="1043", billing=moved, shipping=moved)
    third = replace(first, id="1044", customer=replace(guest, email="guest@example.org"))
    for order in (first, second, third):
        erp.book_order(order, key_of(order))
    sales = [books.sale(key_of(order)) for order in (first, second, third)]
    assert len({sale["party"]["id"] for sale in sales}) == 1
    assert [sale["shipment_address"]["city"] for sale in sales] == [
        "Berlin, DE-BE", "Paris", "Berlin, DE-BE",
    ]  # fmt: skip
    assert sales[0]["shipment_address"]["id"] == sales[2]["shipment_address"]["id"]


def test_guests_can_have_a_party_for_each_order(tryton: TrytonServer, books: TrytonBooks) -> None:
    erp = build(settings(tryton, guests="per_order"))
    first = a_new_order(customer=Customer(id="", email="guest@example.org"))
    second = replace(first, id="1043")
    for order in (first, second):
        erp.book_order(order, key_of(order))
    codes = {books.sale(key_of(order))["party"]["code"] for order in (first, second)}
    assert codes == {f"{first.store.upper()}-O-1042", f"{first.store.upper()}-O-1043"}


def test_what_buyers_write_arrives_as_they_wrote_it(
    erp: TrytonConnector, books: TrytonBooks
) -> None:
    odd = replace(BUYER, last_name="<b>O'Neil</b> 🐫 שלום\x00", phone="call me; or not")
    order = a_new_order(
        billing=odd, shipping=odd, customer=Customer(id="7", email="no e-mail", vat_id="nonsense")
    )
    erp.book_order(order, key_of(order))
    assert books.sale(key_of(order))["party"]["name"] == "Erika <b>O'Neil</b> 🐫 שלום"


def test_an_unknown_sku_is_named_and_nothing_is_made(
    erp: TrytonConnector, books: TrytonBooks
) -> None:
    order = a_new_order()
    line = replace(order.lines[0], sku="NO-SUCH")
    with pytest.raises(MappingMissing) as missing:
        erp.book_order(replace(order, lines=(line, *order.lines[1:])), key_of(order))
    assert (missing.value.table, missing.value.value) == ("product", "NO-SUCH")
    assert books.sales(key_of(order)) == []


@pytest.mark.parametrize(
    ("changes", "table", "value"),
    [
        ({"billing": replace(BUYER, country="ZZ")}, "country", "ZZ"),
        ({"tax_rates": ()}, "tax", "rate 1"),
    ],
)
def test_other_words_without_a_counterpart_are_named(
    changes: dict[str, Any], table: str, value: str, erp: TrytonConnector
) -> None:
    order = a_new_order(**changes)
    with pytest.raises(MappingMissing) as missing:
        erp.book_order(order, key_of(order))
    assert (missing.value.table, missing.value.value) == (table, value)


def test_a_wrongly_mapped_tax_is_refused_and_mended_on_retry(
    tryton: TrytonServer, erp: TrytonConnector, books: TrytonBooks
) -> None:
    order = a_new_order()
    wrong = build(settings(tryton, taxes={"19": "VAT 7", "7": "VAT 7"}))
    with pytest.raises(RejectedError) as refused:
        wrong.book_order(order, key_of(order))
    assert refused.value.code == "total_differs"
    assert books.sale(key_of(order))["state"] == "draft"
    erp.book_order(order, key_of(order))
    sale = books.sale(key_of(order))
    assert (sale["state"], sale["total_amount"]) == ("processing", order.total.amount)


def test_a_sale_that_stands_there_with_another_total_is_not_adopted(erp: TrytonConnector) -> None:
    order = a_new_order()
    erp.book_order(order, key_of(order))
    changed = replace(order, total=order.total + eur("0.01"))
    with pytest.raises(RejectedError, match=r"stands there with 64\.55 EUR"):
        erp.book_order(changed, key_of(order))


def test_a_sale_cancelled_there_is_told(
    connection: ConnectionSettings, erp: TrytonConnector, books: TrytonBooks
) -> None:
    order = a_new_order()
    with pytest.raises(UnknownOutcome):
        interrupted(connection, dies_after=1).book_order(order, key_of(order))
    sale = books.sale(key_of(order))["id"]
    books.client.act("sale.sale", sale, "cancel", ("id",), {"company": 1})
    with pytest.raises(RejectedError) as refused:
        erp.book_order(order, key_of(order))
    assert refused.value.code == "cancelled"


def test_a_sale_tryton_cannot_process_says_why_and_is_finished_on_retry(
    tryton: TrytonServer, erp: TrytonConnector, books: TrytonBooks
) -> None:
    sku = f"NEW-{uuid4().hex[:8]}"
    template = books.create_product(sku)  # without the accounts an invoice needs
    order = a_new_order()
    order = replace(order, lines=(replace(order.lines[0], sku=sku), *order.lines[1:]))
    with pytest.raises(RetryableError, match="is confirmed but not processed"):
        erp.book_order(order, key_of(order))
    left = erp.find("order", key_of(order))
    assert left is not None
    assert not left.complete
    may_process = build(settings(tryton, token=tryton.admin_key))
    with pytest.raises(RejectedError, match=r"[Aa]ccount"):
        may_process.book_order(order, key_of(order))
    books.give_accounts(template)
    may_process.book_order(order, key_of(order))
    assert books.sale(key_of(order))["state"] == "processing"


def test_a_key_without_rights_is_a_matter_of_credentials(tryton: TrytonServer) -> None:
    weak = build(settings(tryton, token=tryton.weak_key))
    order = a_new_order()
    with pytest.raises(CredentialsError, match="lacks rights"):
        weak.book_order(order, key_of(order))
    check = weak.check()
    assert not check.ok
    assert "groups Sales and Stock" in check.problems[0]


def test_check_names_every_setting_tryton_does_not_know(tryton: TrytonServer) -> None:
    wrong = settings(tryton, web_shop="Nowhere", warehouse="X", taxes={"19": "VAT 20"})
    check = build(wrong).check()
    assert [problem for problem in check.problems if "is mapped for" in problem] == [
        "no web shop is mapped for 'Nowhere'",
        "no warehouse is mapped for 'X'",
        "no tax is mapped for 'VAT 20'",
    ]


def test_an_unknown_database_is_told(tryton: TrytonServer) -> None:
    check = build(settings(tryton, database="nowhere")).check()
    assert not check.ok
    assert "database" in check.detail
