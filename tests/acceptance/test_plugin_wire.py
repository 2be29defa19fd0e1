"""A refund decided behind the shop, from the sidecar's ledger over its feed into WooCommerce."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop
from tests.shop.sidecar import STORE, Sidecar

LONGEST_SECONDS = 60.0


def poll(shop: Shop) -> None:
    shop.php(f"{SERVICES}->breaker()->succeeded(); {SERVICES}->poller()->run();")


def results(shop: Shop, order: int) -> list[tuple[int, str]]:
    rows = shop.sql("SELECT state, result FROM wp_causeway_inbox WHERE entity_id = ?"
                    " AND kind = 'refund' ORDER BY feed_id", order)  # fmt: skip
    return [(row["state"], row["result"]) for row in rows]


def ended(shop: Shop, order: int, updates: int) -> list[tuple[int, str]]:
    """Poll until so many came to their end: on a busy machine an answer may come too late."""
    until = time.monotonic() + LONGEST_SECONDS
    while True:
        poll(shop)
        found = results(shop, order)
        if len([state for state, _ in found if state > 1]) >= updates or time.monotonic() > until:
            return found


@pytest.fixture(autouse=True)
def _paired_with_the_sidecar(paired: Shop, sidecar: Sidecar) -> None:
    """Whatever tests of other files paired the shop with."""
    paired.pair(sidecar.code)


@pytest.fixture
def bought(paired: Shop) -> dict[str, Any]:
    """Two mugs at 12.50 and 19 % tax, as the shop has them."""
    return paired.order(paired.checkout_store_api([("MUG-01", 2), ("PEN", 1)]))


def test_a_refund_of_one_piece_is_recorded_with_its_tax_and_the_piece_returns(
    paired: Shop, sidecar: Sidecar, bought: dict[str, Any]
) -> None:
    order, [mugs, _] = bought["id"], bought["line_items"]
    [rate] = [str(tax["id"]) for tax in mugs["taxes"]]
    refund = {
        "refund_id": "RET-1", "amount": "14.88", "currency": "EUR", "reason": "came back chipped",
        "restock": True,
        "lines": [{"order_line_id": str(mugs["id"]), "quantity": "1", "total": "12.50",
                   "taxes": {rate: "2.38"}}],
    }  # fmt: skip
    sidecar.tell("refund", order, f"{STORE}:{order}:refund:RET-1", refund)
    ended(paired, order, 1)
    poll(paired)
    sidecar.tell("refund", order, f"{STORE}:{order}:refund:RET-1", refund)  # told again
    poll(paired)
    [made] = paired.rest("GET", f"/wc/v3/orders/{order}/refunds")
    assert (made["amount"], made["reason"], made["refunded_payment"]) == (
        "14.88", "came back chipped", False)  # fmt: skip
    [line] = made["line_items"]
    assert (line["sku"], line["quantity"], line["total"], line["total_tax"]) == (
        "MUG-01", -1, "-12.50", "-2.38")  # fmt: skip
    [piece] = [i for i in paired.order(order)["line_items"] if i["id"] == mugs["id"]]
    restocked = {m["key"]: m["value"] for m in piece["meta_data"]}["_restock_refunded_items"]
    assert str(restocked) == "1"  # the stock itself is moved by others meanwhile
    assert results(paired, order) == [(2, f"recorded as refund {made['id']}")]
    assert paired.order(order)["status"] != "refunded"


def test_a_refund_of_more_than_there_is_is_refused_in_words_and_the_feed_goes_on(
    paired: Shop, sidecar: Sidecar, bought: dict[str, Any]
) -> None:
    order = bought["id"]
    whole = {"refund_id": "ALL", "amount": bought["total"], "currency": "EUR", "reason": "",
             "restock": False, "lines": []}  # fmt: skip
    sidecar.tell("refund", order, f"{STORE}:{order}:refund:ALL", whole)
    sidecar.tell("refund", order, f"{STORE}:{order}:refund:MORE",
                 {**whole, "refund_id": "MORE", "amount": "0.01"})  # fmt: skip
    (first, _), (second, why) = ended(paired, order, 2)
    assert (first, second) == (2, 3)
    assert "Invalid refund amount" in why
    assert paired.order(order)["status"] == "refunded"
    assert len(paired.order(order)["refunds"]) == 1
