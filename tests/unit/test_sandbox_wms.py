from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from causeway.sandbox.app import App
from causeway.sandbox.server import create_app
from tests.sandbox_tools import TOKEN, a_request_body, an_order_body, call


@pytest.fixture
def app(tmp_path: Path) -> App:
    return create_app(tmp_path, TOKEN, accept_after=60, ship_after=3600)


def advance(app: App, seconds: float) -> None:
    assert call(app, "POST", "/sandbox/clock", {"advance_seconds": seconds})[0] == 200


def status_of(app: App, number: str = "WR-1001") -> str:
    return str(call(app, "GET", f"/wms/requests/{number}")[1]["status"])


def mugs(app: App) -> tuple[str, str]:
    _, page = call(app, "GET", "/erp/stock?limit=1000")
    [row] = [row for row in page["stock"] if row["sku"] == "MUG-01"]
    return row["on_hand"], row["reserved"]


def test_a_request_is_submitted_accepted_and_shipped_by_the_clock(app: App) -> None:
    status, made = call(app, "POST", "/wms/requests", a_request_body())
    assert (status, made["number"], made["status"]) == (201, "WR-1001", "submitted")
    advance(app, 61)
    assert status_of(app) == "accepted"
    assert call(app, "GET", "/wms/shipments")[1]["shipments"] == []
    advance(app, 3600)
    assert status_of(app) == "shipped"
    [parcel] = call(app, "GET", "/wms/shipments")[1]["shipments"]
    assert parcel["request_external_ref"] == "berlin:1:request:1"
    assert parcel["lines"] == [{"line_ref": "", "sku": "MUG-01", "quantity": "2"}]
    assert parcel["carrier"]
    assert parcel["tracking_url"].endswith("/sandbox/track/" + parcel["tracking_number"])


def test_what_ships_leaves_the_stock_and_uses_up_the_reservation(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    call(app, "POST", "/wms/requests", a_request_body())
    assert mugs(app) == ("5000", "2")
    advance(app, 3601)
    assert mugs(app) == ("4998", "0")


def test_shipping_without_an_order_touches_nobodys_reservation(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    call(app, "POST", "/wms/requests", a_request_body(origin="other:9"))
    advance(app, 3601)
    assert mugs(app) == ("4998", "2")


def test_cancelling_an_order_after_shipping_gives_nothing_back(app: App) -> None:
    call(app, "POST", "/erp/orders", an_order_body())
    call(app, "POST", "/wms/requests", a_request_body())
    advance(app, 3601)
    call(app, "POST", "/erp/orders/SO-1001/cancel")
    assert mugs(app) == ("4998", "0")


def test_the_same_reference_again_answers_409_with_the_request(app: App) -> None:
    _, made = call(app, "POST", "/wms/requests", a_request_body())
    status, again = call(app, "POST", "/wms/requests", a_request_body())
    assert (status, again["document"]) == (409, made)
    _, found = call(app, "GET", "/wms/requests?external_ref=berlin:1:request:1")
    assert found == {"requests": [made]}


def test_a_request_can_be_cancelled_until_it_ships(app: App) -> None:
    for number in (1, 2):
        call(app, "POST", "/wms/requests", a_request_body(external_ref=f"r{number}"))
    status, cancelled = call(app, "POST", "/wms/requests/WR-1001/cancel")
    assert (status, cancelled["status"]) == (200, "cancelled")
    advance(app, 3601)
    assert len(call(app, "GET", "/wms/shipments")[1]["shipments"]) == 1
    status, answer = call(app, "POST", "/wms/requests/WR-1002/cancel")
    assert (status, answer["error"]["code"]) == (409, "already_shipped")


def test_shipments_come_by_page_oldest_first(app: App) -> None:
    for number in range(5):
        call(app, "POST", "/wms/requests", a_request_body(external_ref=f"r{number}"))
    advance(app, 3601)
    seen, cursor, more = [], "", True
    while more:
        _, page = call(app, "GET", f"/wms/shipments?limit=2&after={cursor}")
        seen += [parcel["request_external_ref"] for parcel in page["shipments"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == [f"r{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_ref": None}, "external_ref"),
        ({"recipient": {}}, "recipient"),
        ({"recipient": "Berlin"}, "recipient"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "", "quantity": "1"}]}, "lines[0].sku"),
        ({"lines": [{"sku": 7, "quantity": "1"}]}, "lines[0].sku"),
        ({"lines": [{"sku": "PEN", "quantity": "-1"}]}, "lines[0].quantity"),
    ],
)
def test_a_wrong_field_is_named(app: App, change: dict[str, Any], field: str) -> None:
    status, answer = call(app, "POST", "/wms/requests", a_request_body(**change))
    assert (status, answer["error"]["field"]) == (422, field)


@pytest.mark.parametrize("seconds", [-1, "1e9", "999999999999", None, "soon"])
def test_the_clock_is_moved_ahead_only_and_within_reason(app: App, seconds: Any) -> None:
    _, before = call(app, "GET", "/sandbox/clock")
    status, answer = call(app, "POST", "/sandbox/clock", {"advance_seconds": seconds})
    assert (status, answer["error"]["field"]) == (422, "advance_seconds")
    assert call(app, "GET", "/sandbox/clock")[1]["ahead_seconds"] == before["ahead_seconds"]


def test_clock_and_books_are_still_there_after_a_restart(tmp_path: Path) -> None:
    app = create_app(tmp_path, TOKEN, accept_after=60, ship_after=3600)
    call(app, "POST", "/wms/requests", a_request_body())
    advance(app, 1800)
    app.sandbox.books.close()
    app = create_app(tmp_path, TOKEN)
    assert call(app, "GET", "/sandbox/clock")[1]["ahead_seconds"] == 1800
    assert status_of(app) == "accepted"
    advance(app, 1801)
    assert status_of(app) == "shipped"


def test_two_sandboxes_cannot_keep_one_set_of_books(tmp_path: Path) -> None:
    create_app(tmp_path, TOKEN)
    with pytest.raises(RuntimeError, match="cannot be used"):
        create_app(tmp_path, TOKEN)
