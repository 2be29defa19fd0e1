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
from tests.world import ORDERS, START, fixture_names, fixture_order

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


def changed(name: str, **changes: Any) -> Order:
    data = fixture_order(name)
    data["order"].update(changes)
    return to_order("berlin", data)


def paid_with_cards(**changes: Any) -> Order:
    """`simple_cod`, of whose total cards have paid ten euros."""
    total = Decimal(fixture_order("simple_cod")["order"]["total"]) - 10
    return changed("simple_cod", total=str(total), **changes)


CARDS: list[dict[str, Any]] = [
    {"gift_cards": [{"id": 1, "code": "ABCD-1", "amount": "4.00"}, {"id": 2, "amount": "6"}]},
    {"pw_gift_cards_redeemed": [{"number": "ABCD-1", "amount": "10.00"}]},
    {"meta_data": [{"key": "_ywgc_applied_gift_cards_totals", "value": "10"}]},
]


@pytest.mark.parametrize("told", CARDS, ids=["WooCommerce", "PW", "YITH"])
def test_gift_cards_are_lines_below_zero_so_that_the_order_adds_up(told: dict[str, Any]) -> None:
    order = paid_with_cards(**told)
    cards = [line for line in order.lines if line.code == "gift_card"]
    assert sum(line.total.amount for line in cards) == -10
    assert not order.difference
    assert "ABCD-1" not in encode(order), "a card's number is money"
    (ask,) = decide(None, OrderSeen(order, 1, START), Scene()).asks
    assert ask.suffix == "book"


@pytest.mark.parametrize(
    "told", [{}, {"gift_cards": "10"}, {"gift_cards": [{"amount": "3.00"}]}, {"gift_cards": [7]}]
)
def test_cards_that_do_not_explain_what_is_missing_are_no_lines(told: dict[str, Any]) -> None:
    order = paid_with_cards(**told)
    assert order.difference.rounded().amount == -10
    decision = decide(None, OrderSeen(order, 1, START), Scene())
    assert [trouble.kind for trouble in decision.troubles] == ["total_mismatch"]


@pytest.mark.parametrize(
    ("number", "meta", "read"),
    [
        ("WEB-7", [], "WEB-7"),
        (None, [{"key": "_order_number_formatted", "value": "2026-0007"}], "2026-0007"),
        (None, [{"key": "_alg_wc_full_custom_order_number", "value": "A7"}], "A7"),
        ("WEB-7", [{"key": "_order_number", "value": "8"}], "WEB-7"),
    ],
)
def test_people_call_an_order_by_its_plugins_number(
    number: str | None, meta: list[dict[str, Any]], read: str
) -> None:
    own = str(fixture_order("simple_cod")["order"]["id"])
    assert changed("simple_cod", number=number or own, meta_data=meta).number == read


def test_a_renewal_names_its_subscription() -> None:
    meta = [{"key": "_subscription_renewal", "value": "4711"}]
    assert changed("simple_cod", meta_data=meta).subscription == "4711"


def lines_with(*said: dict[str, Any]) -> Order:
    """The order whose lines say so."""
    data = fixture_order("partial_refund_one_line")
    for line, more in zip(data["order"]["line_items"], said, strict=True):
        meta = more.pop("meta", [])
        line.update(more)
        line["meta_data"] = [*line["meta_data"], *meta]
    return to_order("berlin", data)


def test_what_needs_no_shipping_is_not_sent_and_not_weighed_against_a_shipping_line() -> None:
    order = lines_with({"needs_shipping": True, "weight": "0.35"}, {"needs_shipping": False})
    assert [line.to_send for line in order.product_lines] == [True, False]
    assert order.product_lines[0].weight == Decimal("0.35")
    assert order.needs_shipping
    nothing = lines_with({"needs_shipping": False}, {"needs_shipping": False})
    assert not nothing.needs_shipping, "though it has a shipping line"


def test_an_order_that_does_not_say_it_of_each_line_is_sent_as_before() -> None:
    assert lines_with({"needs_shipping": False}, {}).needs_shipping


def test_the_parts_of_a_bundle_that_are_packed_into_it_are_not_sent_by_themselves() -> None:
    packed = [
        {"key": "_bundled_by", "value": "a1"},
        {"key": "_bundled_item_needs_shipping", "value": "no"},
    ]
    order = lines_with({"needs_shipping": True}, {"needs_shipping": True, "meta": packed})
    assert [(line.to_send, line.part_of) for line in order.product_lines] == [
        (True, ""),
        (False, "a1"),
    ]


def test_three_decimals_are_kept_and_counted() -> None:
    """Kuwaiti dinars have a thousandth; `WC_Order` renders the shop's number of decimals."""
    data = fixture_order("simple_cod")
    order = to_order("berlin", {**data, "order": _in_dinars(data["order"])})
    assert str(order.total) == "35.585 KWD"
    assert not order.difference
    assert order.total.minor_units() == 35585


def _in_dinars(order: dict[str, Any]) -> dict[str, Any]:
    """One line of 35.585 without tax."""
    line = {**order["line_items"][0], "total": "35.585", "subtotal": "35.585", "taxes": []}
    line["total_tax"] = "0"
    empty = {name: list[Any]() for name in ("shipping_lines", "fee_lines", "tax_lines")}
    return {**order, **empty, "currency": "KWD", "line_items": [line], "total": "35.585"}
