"""The ledger's own JSON: exact, and the same record back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.canonical import FulfilmentRequest, Money, Order, Refund, Shipment
from causeway.canonical.codec import decode, encode
from causeway.canonical.fulfilment import ShipmentLine
from causeway.connectors.samples import a_refund, a_request, an_order
from causeway.connectors.woocommerce import mapper
from causeway.engine.events import read_payload
from causeway.flows.facts import OrderSeen
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState
from tests.world import ORDERS, START, fixture_names

AMOUNTS = st.decimals(min_value=-(10**14), max_value=10**14, allow_nan=False).map(
    lambda amount: Money(amount, "EUR")
)


@given(AMOUNTS, st.text(max_size=30))
def test_every_digit_and_letter_comes_back(total: Money, note: str) -> None:
    order = an_order(total=total, customer_note=note.encode("utf-8", "replace").decode())
    again = decode(Order, encode(order))
    assert again == order
    assert str(again.total.amount) == str(total.amount)


def test_the_other_records_come_back_too() -> None:
    when = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    line = ShipmentLine("MUG-01", Decimal("1.50"))
    parcel = Shipment("P-1", "berlin:1:request:1", "DHL", "x", "", when, (line,))
    assert decode(Refund, encode(a_refund())) == a_refund()
    assert decode(FulfilmentRequest, encode(a_request())) == a_request()
    assert decode(Shipment, encode(parcel)) == parcel


@pytest.mark.parametrize("name", fixture_names())
def test_the_state_of_a_real_order_comes_back(name: str) -> None:
    data = read_payload((ORDERS / f"{name}.json").read_text(encoding="utf-8"))
    order = mapper.to_order("berlin", data)
    state = decide(None, OrderSeen(order, 1, START), Scene()).state
    assert decode(OrderState, encode(state)) == state


def test_money_is_text_never_a_number() -> None:
    text = encode(an_order(total=Money.of("35.58", "EUR")))
    assert json.loads(text)["total"] == {"amount": "35.58", "currency": "EUR"}
    assert not any(isinstance(value, float) for value in _leaves(json.loads(text)))


def test_a_time_keeps_its_zone() -> None:
    order = replace(an_order(), paid_at=datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert decode(Order, encode(order)).paid_at == order.paid_at


@pytest.mark.parametrize("text", ["null", "[]", "{}", '{"store": 1}', "not json"])
def test_what_encode_did_not_write_is_not_read(text: str) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - cattrs or json, whichever stumbles first
        decode(Order, text)


def _leaves(node: object) -> list[object]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in _leaves(value)]
    if isinstance(node, list):
        return [leaf for value in node for leaf in _leaves(value)]
    return [node]
