"""WooCommerce's own orders, and whatever could come in their place."""

# ruff: noqa: E501, PT017 - tables are read line by line; an error may come or may not
from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from causeway.canonical import Money, Order
from causeway.canonical.codec import decode, encode
from causeway.connectors.woocommerce.mapper import to_order
from causeway.engine.events import read_payload
from causeway.errors import MappingError
from causeway.flows.facts import OrderSeen
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene
from tests.world import ORDERS, START, fixture_names

NAMES = fixture_names()
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**40),
    st.text(max_size=20),
    st.decimals(),
    st.sampled_from(
        ["", "0", "-1", "1e-300", "1E+14", "1E-999999", "NaN", "Infinity", "sNaN", "1,50", "12.5 EUR",
         "\0", "2026-13-45T00:00:00", "2026-11-20T15:36:32Z", "wc-processing", "EURO", " ", "🍵"]
    ),
    st.just([]), st.just({}), st.just([[]]), st.just([None]), st.just({"a": []}),
)  # fmt: skip


def load(name: str) -> dict[str, Any]:
    return read_payload((ORDERS / f"{name}.json").read_text(encoding="utf-8"))


def order_of(name: str) -> Order:
    return to_order("berlin", load(name))


SMALL = {name: load(name) for name in NAMES if name != "two_hundred_lines"}


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a document."""
    found = [path] if path else []
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in inner:
        found += places(value, (*path, key))
    return found


PLACES = {name: places(data) for name, data in SMALL.items()}


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A real order with one to three of its members dropped or replaced by junk."""
    name = draw(st.sampled_from(sorted(SMALL)))
    data = copy.deepcopy(SMALL[name])
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(PLACES[name]))
        node: Any = data
        try:
            for key in parents:
                node = node[key]
            if draw(st.booleans()):
                del node[last]
            else:
                node[last] = draw(JUNK)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier damage took it away
    return data


@pytest.mark.parametrize("name", NAMES)
def test_a_real_order_adds_up(name: str) -> None:
    order = order_of(name)
    assert not order.difference.rounded(), f"misses by {order.difference}"


@pytest.mark.parametrize("name", NAMES)
def test_a_real_order_keeps_its_figures(name: str) -> None:
    raw, order = load(name)["order"], order_of(name)
    assert order.total == Money.of(raw["total"], raw["currency"])
    assert order.tax_total == Money.of(raw["total_tax"], raw["currency"])
    assert len(order.product_lines) == len(raw["line_items"])
    assert order.store == "berlin"
    assert order.id == str(raw["id"])
    assert order.created_at.isoformat() == raw["date_created_gmt"] + "+00:00"


@pytest.mark.parametrize("name", NAMES)
def test_the_taxes_of_the_lines_explain_the_rates(name: str) -> None:
    order = order_of(name)
    for rate in order.tax_rates:
        shares = [t.amount for line in order.lines for t in line.taxes if t.rate_id == rate.id]
        missed = (rate.total - Money.total(shares, order.currency)).minor_units()
        assert abs(missed) <= max(len(shares) / 2, 2)


@pytest.mark.parametrize(
    ("name", "lines", "refunds", "vat_id", "purchase_order", "ships"),
    [
        ("b2b_customer_vat", 2, [], "DE123456789", "PO-2026/77", True),
        ("fees_and_surcharge", 5, [], "", "", True),
        ("full_refund_restocked", 3, ["42.10"], "", "", True),
        ("partial_refund_one_line", 3, ["14.88"], "", "", True),
        ("two_hundred_lines", 201, [], "", "", True),
        ("virtual_only_no_shipping", 1, [], "", "", False),
        ("zero_decimal_jpy", 2, [], "", "", True),
    ],
)
def test_what_is_special_about_an_order_is_read(
    name: str, lines: int, refunds: list[str], vat_id: str, purchase_order: str, ships: bool
) -> None:
    order = order_of(name)
    assert len(order.lines) == lines
    assert [f"{refund.total.rounded().amount:f}" for refund in order.refunds] == refunds
    assert (order.customer.vat_id, order.purchase_order) == (vat_id, purchase_order)
    assert order.needs_shipping is ships


def test_a_refund_names_the_line_it_gives_back() -> None:
    order = order_of("partial_refund_one_line")
    known = {line.id for line in order.lines}
    (line,) = order.refunds[0].lines
    assert line.order_line_id in known
    assert line.quantity > 0
    assert line.total.amount > 0
    assert line.total + line.tax == order.refunds[0].total


def test_names_keep_their_script_and_lose_control_characters() -> None:
    data = load("unicode_and_markup")
    data["order"]["billing"]["first_name"] = "Zo\u00eb\x00\x1b[31m\u05e9\u05dc\u05d5\u05dd"
    assert to_order("berlin", data).billing.first_name == "Zo\u00eb[31m\u05e9\u05dc\u05d5\u05dd"


def test_a_status_with_its_prefix_is_the_same_status() -> None:
    data = load("simple_cod")
    data["order"]["status"] = "wc-processing"
    assert to_order("berlin", data).status == "processing"


def test_members_nobody_knows_are_left_alone() -> None:
    data = load("simple_cod")
    data["order"]["_plugin"] = {"x": [1, 2, 3]}
    data["order"]["line_items"][0]["bundle"] = True
    assert to_order("berlin", data) == order_of("simple_cod")


def test_a_number_with_decimals_is_taken_exactly() -> None:
    """REST renders amounts as text; a plugin may render numbers, which are parsed as Decimal."""
    text = json.dumps(json.loads((ORDERS / "simple_cod.json").read_text(encoding="utf-8")))
    data = read_payload(text.replace('"total": "35.58"', '"total": 35.58'))
    assert to_order("berlin", data).total == Money.of("35.58", "EUR")


def test_a_float_is_refused() -> None:
    data = load("simple_cod")
    data["order"]["total"] = 35.58
    with pytest.raises(MappingError, match="decimal"):
        to_order("berlin", data)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("order",), None, "order"),
        (("order", "total"), "abc", "order.total"),
        (("order", "total"), "NaN", "order.total"),
        (("order", "currency"), "Euro", "order.currency"),
        (("order", "line_items"), {}, "order.line_items"),
        (("order", "line_items", 0, "quantity"), "two", "order.line_items.0.quantity"),
        (("order", "line_items", 0, "taxes", 0, "total"), [], "order.line_items.0.taxes.0.total"),
        (("order", "date_created_gmt"), "yesterday", "order.date_created_gmt"),
        (("order", "line_items", 0, "quantity"), "1E-999999", "order"),
        (("order", "fee_lines"), [{"id": n, "total": "9E+14"} for n in (1, 2)], "order"),
        (("refunds",), "none", "refunds"),
    ],
)
def test_nonsense_is_named_by_its_path(path: tuple[Any, ...], value: Any, field: str) -> None:
    data = load("simple_cod")
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(MappingError) as caught:
        to_order("berlin", data)
    assert caught.value.field == field
    assert caught.value.problem
    assert "WooCommerce" in caught.value.remedy


@hypothesis_settings(max_examples=300)
@given(damaged())
def test_a_damaged_order_is_an_order_or_a_mapping_error(data: dict[str, Any]) -> None:
    try:
        order = to_order("berlin", data)
    except MappingError as error:
        assert error.field
        return
    assert decode(Order, encode(order)) == order
    decision = decide(None, OrderSeen(order, 1, START), Scene())
    assert decision.asks or decision.troubles or decision.state is not None


@given(st.dictionaries(st.sampled_from(["order", "refunds", "x"]), JUNK))
def test_anything_at_all_is_a_mapping_error(data: dict[str, Any]) -> None:
    with pytest.raises(MappingError):
        to_order("berlin", data)


def test_prices_of_one_are_exact_enough() -> None:
    data = load("simple_cod")
    data["order"]["line_items"][0].update(quantity=3, subtotal="10.00")
    assert to_order("berlin", data).lines[0].unit_price.amount == Decimal("3.333333")
