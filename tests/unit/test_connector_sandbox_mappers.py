from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.canonical import Address, Money, TaxAmount
from causeway.connectors.sandbox_erp import mapper as erp
from causeway.connectors.sandbox_wms import mapper as wms
from causeway.errors import MappingError
from causeway.sandbox.order_form import read_order
from causeway.sandbox.reading import Fields
from causeway.sandbox.server import create_app
from tests.factories import a_refund, a_request, an_order, eur
from tests.sandbox_tools import TOKEN, call

KEY = "sample:1042:book"


def booked(**changes: Any) -> Any:
    """The ERP's own reading of what the mapper wrote."""
    return read_order(Fields(erp.order_to_json(an_order(**changes), KEY, "MAIN")))


def test_an_order_is_understood_by_the_erp_and_comes_to_the_same_total() -> None:
    form = booked()
    assert form.total == Decimal("64.55")
    assert (form.external_ref, form.origin) == (KEY, "sample:1042")
    assert [line.document["kind"] for line in form.lines] == [
        "item",
        "item",
        "shipping",
        "fee",
        "rounding",
    ]


def test_line_taxes_go_under_the_code_of_their_rate() -> None:
    body = erp.order_to_json(an_order(), KEY, "MAIN")
    assert body["lines"][1]["taxes"] == [{"code": "DE-7", "amount": "1.3993"}]
    assert body["taxes"][0] == {"code": "DE-19", "percent": "19", "amount": "6.89"}


def test_an_order_without_rounding_has_no_rounding_line() -> None:
    for none in (None, eur("0.00")):
        body = erp.order_to_json(an_order(rounding=none), KEY, "MAIN")
        assert all(line["kind"] != "rounding" for line in body["lines"])


def test_a_guest_has_no_customer_reference() -> None:
    order = an_order()
    guest = replace(order, customer=replace(order.customer, id=""))
    assert erp.order_to_json(order, KEY, "MAIN")["customer"]["ref"] == "sample:12"
    assert erp.order_to_json(guest, KEY, "MAIN")["customer"]["ref"] == ""


def test_the_vat_id_and_the_buyers_own_reference_travel() -> None:
    order = an_order(purchase_order="PO-77")
    order = replace(order, customer=replace(order.customer, vat_id="DE811907980"))
    body = erp.order_to_json(order, KEY, "MAIN")
    assert body["customer"]["vat_id"] == "DE811907980"
    assert body["purchase_order"] == "PO-77"


@given(
    st.decimals("0.01", 10**6, places=2),
    st.decimals(0, 10**5, places=4),
    st.decimals("-0.02", "0.02", places=2),
)
def test_any_order_that_adds_up_is_accepted_to_the_minor_unit(
    net: Decimal, tax: Decimal, rounding: Decimal
) -> None:
    order = an_order()
    line = replace(
        order.lines[0], total=Money(net, "EUR"), taxes=(TaxAmount("1", Money(tax, "EUR")),)
    )
    rate = replace(order.tax_rates[0], total=Money(tax, "EUR").rounded())
    total = Money(net, "EUR") + rate.total + Money(rounding, "EUR")
    changed = replace(
        order, lines=(line,), tax_rates=(rate,), rounding=Money(rounding, "EUR"), total=total
    )
    form = read_order(Fields(erp.order_to_json(changed, KEY, "MAIN")))
    assert form.total == total.amount


def test_a_refund_names_the_order_and_is_accepted(tmp_path: Path) -> None:
    app = create_app(tmp_path, TOKEN)
    order = an_order()
    call(app, "POST", "/erp/orders", erp.order_to_json(order, KEY, "MAIN"))
    body = erp.refund_to_json(order, a_refund(), "sample:1042:refund:79", KEY)
    status, credit = call(app, "POST", "/erp/credits", body)
    assert (status, credit["total"], credit["reason"]) == (201, "14.88", "Handle broken")
    assert credit["lines"][0]["taxes"] == [{"code": "DE-19", "amount": "2.38"}]


def test_a_refund_of_a_plain_amount_needs_no_lines() -> None:
    refund = a_refund(lines=(), total=eur("5"))
    body = erp.refund_to_json(an_order(), refund, "k", KEY)
    assert (body["total"], body["lines"]) == ("5.00", [])


def test_the_warehouse_learns_no_email_and_no_price(tmp_path: Path) -> None:
    request = a_request(note="Ring twice")
    body = wms.request_to_json(request, "sample:1042:request:1")
    assert set(body) == {
        "external_ref",
        "origin",
        "order_reference",
        "warehouse",
        "shipping_method",
        "recipient",
        "lines",
        "note",
    }
    assert set(body["lines"][0]) == {"line_ref", "sku", "name", "quantity"}
    assert b"@" not in orjson.dumps(body)
    app = create_app(tmp_path, TOKEN)
    status, made = call(app, "POST", "/wms/requests", body)
    assert (status, made["recipient"]["name"]) == (201, "Erika Mustermann")


@given(st.builds(Address, *[st.text(max_size=20)] * 10))
def test_an_address_keeps_every_word_of_it(address: Address) -> None:
    body = erp.address_to_json(address)
    for name, value in asdict(address).items():
        if name not in ("first_name", "last_name"):
            assert body[name] == value
    assert body["name"] == address.name


def test_a_level_and_a_price_are_read_exactly() -> None:
    row = {
        "sku": "A",
        "warehouse": "MAIN",
        "on_hand": "-1.5",
        "reserved": "2",
        "as_of": "2026-03-14T09:26:53.123Z",
    }
    level = erp.stock_level(row)
    assert (level.on_hand, level.reserved) == (Decimal("-1.5"), Decimal(2))
    assert level.as_of == datetime(2026, 3, 14, 9, 26, 53, 123000, tzinfo=UTC)
    priced = {"currency": "EUR", "regular": "12.5", "sale": None, "includes_tax": True}
    price = erp.price({**row, **priced})
    assert (price.regular, price.sale, price.includes_tax) == (eur("12.5"), None, True)
    assert erp.price({**row, **priced, "sale": "9"}).sale == eur("9")


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"stock": [], "cursor": 7, "more": False},
        {"stock": [], "cursor": "c", "more": "no"},
        {"stock": {}, "cursor": "c", "more": False},
        {"stock": ["row"], "cursor": "c", "more": False},
        {"stock": [{}], "cursor": "c", "more": False},
        {"stock": [{"sku": "A", "warehouse": "M", "on_hand": "many"}], "cursor": "c", "more": True},
        {
            "stock": [
                {
                    "sku": "A",
                    "warehouse": "M",
                    "on_hand": "1",
                    "reserved": "0",
                    "as_of": "2026-03-14T09:26:53",
                }
            ],
            "cursor": "c",
            "more": False,
        },
    ],
)
def test_a_page_that_makes_no_sense_is_not_half_read(page: dict[str, Any]) -> None:
    with pytest.raises(MappingError):
        erp.page(page, "stock", erp.stock_level)


def test_the_order_in_force_is_the_newest_that_is_not_cancelled() -> None:
    rows = [
        {"external_ref": "a", "status": "cancelled"},
        {"external_ref": "b", "status": "confirmed"},
        {"external_ref": "c", "status": "cancelled"},
    ]
    assert erp.order_reference({"orders": rows}) == "b"
    assert erp.order_reference({"orders": rows[2:]}) == "c"
    assert erp.order_reference({"orders": []}) is None
