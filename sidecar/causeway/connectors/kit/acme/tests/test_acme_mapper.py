"""Acme's words for ours, looked at one by one. Pure: no double, no network."""

from __future__ import annotations

import pytest
from causeway_acme import mapper

from causeway.canonical import Money
from causeway.connectors.samples import a_refund, an_order
from causeway.errors import MappingError


def test_an_order_adds_up_to_its_total_as_acme_adds() -> None:
    order = an_order()
    body = mapper.order_to_json(order, "berlin:1042:book", "MAIN")
    amounts = [Money.of(line[part], "EUR") for line in body["lines"] for part in ("net", "tax")]
    assert Money.total(amounts, "EUR") == order.total
    assert body["lines"][-1]["name"] == "Rounding"


def test_a_refund_does_too_and_names_its_order() -> None:
    body = mapper.refund_to_json(an_order(), a_refund(), "berlin:1042:refund:79", "7")
    assert (body["order"], body["lines"][0]["net"], body["lines"][0]["tax"]) == (
        "7",
        "12.50",
        "2.38",
    )


def test_long_keys_are_shortened_and_stay_different() -> None:
    long = "berlin:" + "9" * 200
    one, other = mapper.reference(f"{long}:1"), mapper.reference(f"{long}:2")
    assert len(one) == len(other) == mapper.LONGEST_REFERENCE
    assert one != other
    assert mapper.reference("berlin:1042:book") == "berlin:1042:book"


def test_an_answer_without_what_we_need_says_what_is_missing() -> None:
    with pytest.raises(MappingError, match="on_hand"):
        mapper.stock_level({"sku": "MUG-01", "warehouse": "MAIN"})
