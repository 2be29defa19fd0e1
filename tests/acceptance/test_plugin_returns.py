"""A return asked for in the order's panel: told once, and shown with what the order waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from causeway.flows.state import ReturnStatus
from tests.acceptance.story_road import RULES, ShopRoad, story_road
from tests.shop.admin import AdminRefused
from tests.shop.matrix import Combination
from tests.shop.shop import Shop


@pytest.fixture(scope="module")
def standing_road(shop: Shop, combination: Combination) -> Iterator[ShopRoad]:
    folder = shop.place.folder / "returns"
    with story_road(shop, folder, {"routes": RULES}, "north", "south") as road:
        yield road


@pytest.fixture
def road(standing_road: ShopRoad) -> ShopRoad:
    """With an order of which everything was sent."""
    standing_road.buys(("MUG-01", 2), ("TEA-100", 1))
    standing_road.plays("ship", external_ref=standing_road.key("request:1"))
    standing_road.turn()
    return standing_road


def panel(road: ShopRoad) -> dict[str, Any]:
    """What the panel's script is given, asked afresh."""
    road.shop.php("Causeway\\Admin\\Journeys::forget( $order );", order=int(road.id))
    found: dict[str, Any] = road.shop.rest("GET", f"/causeway/v1/admin/orders/{road.id}")
    return found


def ask(road: ShopRoad, number: int, reason: str = "", **goods: Any) -> dict[str, Any]:
    """What somebody types into the form, by SKU with _ for -."""
    by_sku = {line["sku"].replace("-", "_"): str(line["id"]) for line in road.lines}
    lines = {by_sku.get(sku, sku): quantity for sku, quantity in goods.items()}
    found: dict[str, Any] = road.shop.rest(
        "POST", f"/causeway/v1/admin/orders/{road.id}/returns",
        {"number": number, "lines": lines, "reason": reason},
    )  # fmt: skip
    return found


def refused(road: ShopRoad, number: int, **goods: Any) -> str:
    with pytest.raises(AdminRefused) as refusal:
        ask(road, number, **goods)
    assert refusal.value.status == 422
    return str(refusal.value)


def test_what_is_asked_in_the_panel_the_sidecar_knows_and_the_panel_shows(road: ShopRoad) -> None:
    form = panel(road)["returns"]
    assert 'data-causeway-number="1"' in form
    assert ('max="2"' in form, 'max="1"' in form, form.count("<label")) == (True, True, 3)

    said = ask(road, 1, "too <small>", MUG_01="1")
    assert said["return"] == f"{road.id}-1"
    assert "waits to be sent" in said["html"]
    road.turns_after_a_change()

    [back] = road.state.returns
    assert (back.id, back.status) == (f"{road.id}-1", ReturnStatus.REQUESTED)
    [line] = back.back.lines
    assert (line.sku, str(line.quantity), back.back.reason) == ("MUG-01", "1", "too")
    assert road.has_note("admin asked for return", f"{road.id}-1: 1 × ", "Reason: too")
    assert road.buyer_notes == [] or all("return" not in note for note in road.buyer_notes)

    shown = panel(road)
    assert f"{road.id}-1" in shown["journey"]
    assert f"to allow return {road.id}-1" in shown["journey"]
    assert "NORTH" in shown["journey"]
    assert "2 of 2 sent" in shown["journey"]
    assert 'data-causeway-number="2"' in shown["returns"]


def test_the_same_asked_or_sent_again_is_no_second_return(road: ShopRoad) -> None:
    ask(road, 1, MUG_01="1")
    assert "asked for already" in refused(road, 1, MUG_01="1")
    assert "waits to be sent" in refused(road, 2, MUG_01="1")
    road.turns_after_a_change()
    assert "asked for already" in refused(road, 1, MUG_01="1")
    road.shop.php(
        "Causeway\\Plugin::services()->outbox()->resend( 'return', array( $order ) );",
        order=int(road.id),
    )
    road.turns_after_a_change()
    assert [back.id for back in road.state.returns] == [f"{road.id}-1"]

    ask(road, 2, TEA_100="1")
    road.turns_after_a_change()
    assert [back.id for back in road.state.returns] == [f"{road.id}-1", f"{road.id}-2"]


def test_what_does_not_fit_the_order_is_refused(road: ShopRoad) -> None:
    assert "At most 2" in refused(road, 1, MUG_01="3")
    assert "no number" in refused(road, 1, MUG_01="many")
    assert "none of this order" in refused(road, 1, **{"999999": "1"})
    assert "at least one product" in refused(road, 1, MUG_01="0")
    road.refunds_in_shop(("MUG-01", 1))
    assert 'max="2"' not in panel(road)["returns"]
    assert "At most 1" in refused(road, 1, MUG_01="2")
    road.turn()
    assert road.state.returns == ()
    assert not road.has_note("asked for return")


def test_only_the_shops_people_may_ask(road: ShopRoad) -> None:
    path = f"{road.shop.url}/wp-json/causeway/v1/admin/orders/{road.id}/returns"
    body = {"number": 1, "lines": {str(road.lines[0]["id"]): "1"}}
    assert requests.post(path, json=body, timeout=60).status_code == 401
    # The cookie alone, as a foreign page could have it sent, is nobody.
    assert road.shop.admin.http.post(path, json=body, timeout=60).status_code == 401
    assert 'data-causeway-number="1"' in panel(road)["returns"]


def test_an_erasure_forgets_the_reason(road: ShopRoad) -> None:
    ask(road, 1, "Erika says it leaks", MUG_01="1")
    kept = road.shop.value(
        "$o = wc_get_order( $order ); do_action( 'woocommerce_privacy_remove_order_personal_data', $o );"
        "return wc_get_order( $order )->get_meta( '_causeway_returns' );",
        order=int(road.id),
    )
    assert [(asked["id"], asked["reason"]) for asked in kept] == [(f"{road.id}-1", "")]
    road.turns_after_a_change()
    [back] = road.state.returns
    assert back.back.reason == ""
