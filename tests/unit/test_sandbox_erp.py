from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.sandbox.app import App
from causeway.sandbox.reading import plain, to_minor
from causeway.sandbox.server import create_app
from tests.sandbox_tools import TOKEN, an_order_body, call

MUG = {"sku": "MUG-01", "warehouse": "MAIN"}


@pytest.fixture
def app(tmp_path: Path) -> App:
    return create_app(tmp_path, TOKEN)


def level(app: App, sku: str) -> tuple[str, str] | None:
    _, page = call(app, "GET", "/erp/stock?limit=1000")
    rows = [row for row in page["stock"] if row["sku"] == sku]
    return (rows[0]["on_hand"], rows[0]["reserved"]) if rows else None


def a_line(**changes: Any) -> dict[str, Any]:
    return {"sku": "MUG-01", "name": "Mug", "quantity": "1", "net": "10.00", **changes}


def test_an_order_gets_a_number_and_reserves_stock(app: App) -> None:
    status, order = call(app, "POST", "/erp/orders", an_order_body())
    assert (status, order["number"], order["status"]) == (201, "SO-1001", "confirmed")
    assert level(app, "MUG-01") == ("5000", "2")


def test_the_same_reference_again_answers_409_with_the_order(app: App) -> None:
    _, order = call(app, "POST", "/erp/orders", an_order_body())
    status, answer = call(app, "POST", "/erp/orders", an_order_body(order_reference="other"))
    assert (status, answer["error"]["code"]) == (409, "duplicate")
    assert answer["error"]["field"] == "external_ref"
    assert answer["document"] == order
    assert level(app, "MUG-01") == ("5000", "2")


def test_an_order_is_found_by_reference_origin_and_number(app: App) -> None:
    _, order = call(app, "POST", "/erp/orders", an_order_body())
    for query in ("external_ref=berlin:1:book", "origin=berlin:1"):
        assert call(app, "GET", f"/erp/orders?{query}") == (200, {"orders": [order]})
    assert call(app, "GET", "/erp/orders/SO-1001") == (200, order)
    assert call(app, "GET", "/erp/orders?external_ref=berlin:2:book") == (200, {"orders": []})
    assert call(app, "GET", "/erp/orders/SO-1002")[0] == 404


def test_a_total_the_lines_do_not_come_to_is_refused(app: App) -> None:
    status, answer = call(app, "POST", "/erp/orders", an_order_body(total="29.76"))
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (
        422,
        "total_differs",
        "total",
    )
    assert "29.75 EUR, not 29.76 EUR" in answer["error"]["message"]
    assert call(app, "GET", "/sandbox/books")[1]["orders"] == 0


def test_shipping_fee_credit_and_rounding_lines_count_to_the_total(app: App) -> None:
    lines = [
        a_line(),
        a_line(kind="shipping", sku="", net="4.90"),
        a_line(kind="fee", net="-1.00"),
        a_line(kind="rounding", net="0.01"),
    ]
    status, order = call(
        app, "POST", "/erp/orders", an_order_body(lines=lines, taxes=[], total="13.91")
    )
    assert status == 201
    assert [line["kind"] for line in order["lines"]] == ["item", "shipping", "fee", "rounding"]
    assert level(app, "MUG-01") == ("5000", "1")


def test_yen_have_no_cents(app: App) -> None:
    body = an_order_body(currency="JPY", lines=[a_line(net="1280.4")], taxes=[])
    assert call(app, "POST", "/erp/orders", {**body, "total": "1280"})[0] == 201
    status, answer = call(app, "POST", "/erp/orders", {**body, "total": "1280.4"})
    assert (status, answer["error"]["field"]) == (422, "total")


def test_line_taxes_may_miss_the_sum_by_rounding_only(app: App) -> None:
    line = a_line(taxes=[{"code": "DE-19", "amount": "1.8954"}])
    body = an_order_body(lines=[line], total="11.90")
    good = {"code": "DE-19", "percent": "19", "amount": "1.90"}
    assert call(app, "POST", "/erp/orders", {**body, "taxes": [good]})[0] == 201
    bad = {**body, "external_ref": "x", "total": "12.90", "taxes": [{**good, "amount": "2.90"}]}
    status, answer = call(app, "POST", "/erp/orders", bad)
    assert (status, answer["error"]["code"]) == (422, "taxes_differ")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_ref": ""}, "external_ref"),
        ({"external_ref": "x" * 256}, "external_ref"),
        ({"external_ref": 7}, "external_ref"),
        ({"currency": "eur"}, "currency"),
        ({"total": 29.75}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": "1e3"}, "total"),
        ({"total": None}, "total"),
        ({"total": True}, "total"),
        ({"lines": []}, "lines"),
        ({"lines": "MUG-01"}, "lines"),
        ({"lines": [7]}, "lines"),
        ({"lines": [a_line(sku="")]}, "lines[0].sku"),
        ({"lines": [a_line(), a_line(quantity="0")]}, "lines[1].quantity"),
        ({"lines": [a_line(kind="gift")]}, "lines[0].kind"),
        ({"lines": [a_line(taxes=[{"code": "A", "amount": 1.5}])]}, "lines[0].taxes[0].amount"),
        ({"customer": []}, "customer"),
        ({"billing": {"city": ["Berlin"]}}, "billing.city"),
    ],
)
def test_a_wrong_field_is_named(app: App, change: dict[str, Any], field: str) -> None:
    status, answer = call(app, "POST", "/erp/orders", an_order_body(**change))
    assert (status, answer["error"]["field"]) == (422, field)


def test_an_unknown_item_is_learned_with_stock_and_without_a_price(app: App) -> None:
    body = an_order_body(lines=[a_line(sku="NEW/ß")], taxes=[], total="10.00")
    assert call(app, "POST", "/erp/orders", body)[0] == 201
    assert level(app, "NEW/ß") == ("100", "1")
    _, prices = call(app, "GET", "/erp/prices?limit=1000")
    assert "NEW/ß" not in {row["sku"] for row in prices["prices"]}


def test_a_strict_sandbox_refuses_an_unknown_item_and_changes_nothing(tmp_path: Path) -> None:
    app = create_app(tmp_path, TOKEN, strict_items=True)
    body = an_order_body(lines=[a_line(), a_line(sku="NEW")], taxes=[], total="20.00")
    status, answer = call(app, "POST", "/erp/orders", body)
    assert (status, answer["error"]["code"]) == (422, "unknown_item")
    assert answer["error"]["field"] == "lines[1].sku"
    assert call(app, "GET", "/sandbox/books")[1]["orders"] == 0
    assert level(app, "MUG-01") == ("5000", "0")


def test_virtual_goods_are_sold_but_lie_nowhere(app: App) -> None:
    body = an_order_body(lines=[a_line(sku="EBOOK-1")], taxes=[], total="10.00")
    assert call(app, "POST", "/erp/orders", body)[0] == 201
    assert level(app, "EBOOK-1") is None


def test_cancelling_gives_back_the_reservation_once(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    for _ in range(2):
        status, order = call(app, "POST", "/erp/orders/SO-1001/cancel")
        assert (status, order["status"]) == (200, "cancelled")
    assert level(app, "MUG-01") == ("5000", "0")


def test_the_books_would_tell_of_a_reference_created_twice(app: App) -> None:
    """Asked of the log too, which no constraint keeps from saying so."""
    call(app, "POST", "/erp/orders", an_order_body())
    assert call(app, "GET", "/sandbox/books")[1]["created_twice"] == []
    with app.sandbox.books.writing() as db:
        db.execute("DELETE FROM orders")
    call(app, "POST", "/erp/orders", an_order_body())
    assert call(app, "GET", "/sandbox/books")[1]["created_twice"] == ["berlin:1:book"]


def test_what_is_played_twice_is_nothing_created_twice(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    for answer in ("on_hold", "released"):
        played = {"external_ref": "berlin:1:book", "answer": answer}
        assert call(app, "POST", "/sandbox/credit", played)[0] == 201
    assert call(app, "GET", "/sandbox/books")[1]["created_twice"] == []


def a_credit(**changes: Any) -> dict[str, Any]:
    credit = {
        "external_ref": "berlin:1:refund:7",
        "order_external_ref": "berlin:1:book",
        "currency": "EUR",
        "total": "20.00",
    }
    return {**credit, **changes}


def test_credits_are_unique_and_never_more_than_the_order(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    status, credit = call(app, "POST", "/erp/credits", a_credit())
    assert (status, credit["number"]) == (201, "CN-1001")
    status, again = call(app, "POST", "/erp/credits", a_credit())
    assert (status, again["document"]) == (409, credit)
    status, more = call(app, "POST", "/erp/credits", a_credit(external_ref="b", total="9.76"))
    assert (status, more["error"]["code"]) == (422, "exceeds_order")
    assert call(app, "POST", "/erp/credits", a_credit(external_ref="b", total="9.75"))[0] == 201
    _, found = call(app, "GET", "/erp/credits?external_ref=berlin:1:refund:7")
    assert found == {"credits": [credit]}
    assert call(app, "GET", "/sandbox/books")[1]["totals"] == {
        "EUR": {"orders": "29.75", "credits": "29.75"}
    }


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"total": "0"}, "invalid", "total"),
        ({"total": "-1.00"}, "invalid", "total"),
        ({"total": "1.001"}, "invalid", "total"),
        ({"currency": "USD"}, "currency_differs", "currency"),
        ({"order_external_ref": "other"}, "unknown_order", "order_external_ref"),
        ({"lines": [{"net": "30.00"}]}, "total_differs", "lines"),
    ],
)
def test_a_credit_that_cannot_be_is_refused(
    app: App, change: dict[str, Any], code: str, field: str
) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    status, answer = call(app, "POST", "/erp/credits", a_credit(**change))
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (422, code, field)


def test_customers_are_kept_under_their_reference(app: App) -> None:
    assert call(app, "GET", "/erp/customers/berlin:12")[0] == 404
    status, made = call(app, "PUT", "/erp/customers/berlin:12", {"name": "Erika"})
    assert (status, made["name"]) == (200, "Erika")
    order = an_order_body(customer={"ref": "berlin:12", "name": "Erika M.", "vat_id": "DE1"})
    call(app, "POST", "/erp/orders", order)
    _, customer = call(app, "GET", "/erp/customers/berlin:12")
    assert (customer["name"], customer["vat_id"]) == ("Erika M.", "DE1")


def test_changes_of_stock_come_in_their_order_and_only_once(app: App) -> None:
    _, page = call(app, "GET", "/erp/stock?limit=1000")
    assert not page["more"]
    call(app, "POST", "/erp/stock", {**MUG, "on_hand": "7"})
    call(app, "POST", "/erp/stock", {"sku": "PEN", "on_hand": "-2.5"})
    call(app, "POST", "/erp/stock", {**MUG, "on_hand": "6"})
    _, page = call(app, "GET", f"/erp/stock?after={page['cursor']}")
    assert [(row["sku"], row["on_hand"]) for row in page["stock"]] == [
        ("PEN", "-2.5"),
        ("MUG-01", "6"),
    ]
    _, page = call(app, "GET", f"/erp/stock?after={page['cursor']}")
    assert page["stock"] == []


def test_a_price_can_be_changed_and_read(app: App) -> None:
    _, before = call(app, "GET", "/erp/prices?limit=1000")
    body = {"sku": "PEN", "currency": "EUR", "regular": "0.35", "includes_tax": True}
    assert call(app, "POST", "/erp/prices", body)[0] == 200
    _, page = call(app, "GET", f"/erp/prices?after={before['cursor']}")
    [row] = page["prices"]
    assert (row["sku"], row["regular"], row["sale"], row["includes_tax"]) == (
        "PEN",
        "0.35",
        None,
        True,
    )


@pytest.mark.parametrize("cursor", ["7", "x.1", "0.0", "%C2%B2.1", "-1"])
def test_a_cursor_of_other_books_is_refused(app: App, cursor: str) -> None:
    status, answer = call(app, "GET", f"/erp/stock?after={cursor}")
    assert (status, answer["error"]["code"]) == (400, "unknown_cursor")


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1.5", "²"])
def test_a_limit_out_of_bounds_is_refused(app: App, limit: str) -> None:
    status, answer = call(app, "GET", f"/erp/stock?limit={limit}")
    assert (status, answer["error"]["field"]) == (400, "limit")


@given(st.decimals(-(10**9), 10**9, places=6))
def test_plain_numbers_are_the_same_numbers(number: Decimal) -> None:
    text = plain(number)
    assert Decimal(text) == number
    assert "E" not in text
    assert text != "-0"


@given(st.decimals(-(10**9), 10**9, places=6), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_rounding_moves_by_half_a_minor_unit_at_most(number: Decimal, currency: str) -> None:
    unit = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}[currency]
    rounded = to_minor(number, currency)
    assert rounded % unit == 0
    assert abs(rounded - number) <= unit / 2


def test_a_reversed_credit_counts_no_more_and_its_room_is_free_again(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    _, credit = call(app, "POST", "/erp/credits", a_credit())
    for _ in range(2):
        status, turned = call(app, "POST", f"/erp/credits/{credit['number']}/reverse", {})
        assert (status, turned["status"]) == (200, "reversed")
    _, books = call(app, "GET", "/sandbox/books")
    assert Decimal(books["totals"]["EUR"]["credits"]) == 0
    whole = a_credit(external_ref="b", total="29.75", lines=[])
    assert call(app, "POST", "/erp/credits", whole)[0] == 201
    assert call(app, "POST", "/erp/credits/CN-9/reverse", {})[0] == 404


def test_the_credit_check_tells_its_decisions_in_order(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    for word in ("on_hold", "released"):
        body = {"external_ref": "berlin:1:book", "answer": word, "reason": "limit"}
        assert call(app, "POST", "/sandbox/credit", body)[0] == 201
    _, page = call(app, "GET", "/erp/decisions")
    assert [row["answer"] for row in page["decisions"]] == ["on_hold", "released"]
    wrong = {"external_ref": "berlin:1:book", "answer": "perhaps"}
    assert call(app, "POST", "/sandbox/credit", wrong)[1]["error"]["field"] == "answer"
    stranger = {"external_ref": "nobody", "answer": "released"}
    assert call(app, "POST", "/sandbox/credit", stranger)[1]["error"]["code"] == "unknown_order"
