"""What a real Odoo refuses: the right class, a sentence for a bookkeeper, a way on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from causeway.canonical import Order
from causeway.connectors.faulty import faulty
from causeway.connectors.odoo import shipments
from causeway.connectors.odoo.connector import build
from causeway.connectors.samples import an_entry, an_order
from causeway.errors import CredentialsError, MappingMissing, RejectedError
from tests.real.conftest import odoo_settings
from tests.real.odoo_books import OdooBooks
from tests.real.odoo_server import OdooServer


def a_new_order() -> Order:
    return an_order(store=f"store-{uuid4().hex[:8]}")


def key_of(order: Order) -> str:
    return f"{order.store}:{order.id}:book"


def test_a_user_without_rights_is_named_with_the_groups_that_lack(odoo: OdooServer) -> None:
    erp = build(odoo_settings(odoo, token=odoo.weak_key))
    check = erp.check()
    assert not check.ok
    assert any("give them the group" in problem for problem in check.problems)
    order = a_new_order()
    with pytest.raises(CredentialsError, match="lacks rights"):
        erp.book_order(order, key_of(order))


def test_a_revoked_key_says_how_to_make_a_new_one(odoo: OdooServer, odoo_books: OdooBooks) -> None:
    erp = build(odoo_settings(odoo, token="0" * 40))
    with pytest.raises(CredentialsError, match="make a new one there"):
        erp.read_stock("")


def test_a_closed_period_is_refused_as_such(odoo: OdooServer, odoo_books: OdooBooks) -> None:
    (company,) = odoo_books.client.search("res.company", [], ("id",))
    lock = {"hard_lock_date": "2024-12-31"}
    odoo_books.client.call("res.company", "write", [company["id"]], vals=lock)
    erp = build(odoo_settings(odoo))
    key = f"store-{uuid4().hex[:8]}:1:post"
    with pytest.raises(RejectedError) as refused:
        erp.post_journal(an_entry(date=date(2024, 6, 30)), key)
    assert refused.value.code == "closed_period", refused.value
    assert "period is closed" in refused.value.reason


def test_a_product_deleted_there_is_a_missing_mapping(
    odoo: OdooServer, odoo_books: OdooBooks
) -> None:
    sku = f"GONE-{uuid4().hex[:6]}"
    made = odoo_books.create_product(sku)
    order = a_new_order()
    order = replace(order, lines=(replace(order.lines[0], sku=sku), *order.lines[1:]))
    erp = build(odoo_settings(odoo))
    erp.book_order(order, key_of(order))
    odoo_books.client.call("product.product", "write", [made], vals={"active": False})
    again = replace(order, id="2")
    with pytest.raises(MappingMissing, match=sku):
        erp.book_order(again, key_of(again))


def test_a_field_they_renamed_is_permanent_and_named(
    odoo: OdooServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {**shipments.FIELDS, "x_parcel": {}}
    monkeypatch.setattr(shipments, "FIELDS", fields)
    with pytest.raises(RejectedError, match="x_parcel") as refused:
        build(odoo_settings(odoo)).read_shipments("")
    assert refused.value.code == "server_error"
    assert "Traceback" not in refused.value.reason


def test_a_tax_named_wrongly_is_told_by_check_and_refused(odoo: OdooServer) -> None:
    erp = build(odoo_settings(odoo, taxes={"19": "VAT 19 old", "7": "VAT 7"}))
    assert "VAT 19 old" in " ".join(erp.check().problems)
    order = a_new_order()
    with pytest.raises(MappingMissing, match="VAT 19 old"):
        erp.book_order(order, key_of(order))


def test_a_tax_mapped_to_another_is_refused_with_both_totals_and_mended_on_retry(
    odoo: OdooServer,
) -> None:
    order = a_new_order()
    wrong = build(odoo_settings(odoo, taxes={"19": "VAT 7", "7": "VAT 7"}))
    with pytest.raises(RejectedError, match=r"64\.55") as refused:
        wrong.book_order(order, key_of(order))
    assert refused.value.code == "total_differs"
    booked = build(odoo_settings(odoo)).book_order(order, key_of(order))
    assert booked.existed


def test_another_site_at_the_address_is_told(odoo: OdooServer) -> None:
    with faulty(odoo.url, lambda *_: "lie_page") as proxy:
        erp = build(replace(odoo_settings(odoo), url=proxy.url))
        with pytest.raises(RejectedError) as refused:
            erp.find("order", "nobody:1")
    assert refused.value.code == "not_odoo"
