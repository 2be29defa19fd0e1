"""The manifest: what a shop has, compared with what has arrived here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire_client import ShopClient
from tests.world import World, fixture_order, order_event

DAY = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-20T12:00:00Z", "whole": True}
KNOWN = {"id": "55", "version": 1, "status": "processing", "total": "35.58"}


@pytest.fixture
def shop(world: World) -> ShopClient:
    shop = world.shop()
    shop.events([order_event(fixture_order("simple_cod"))])
    world.drain()
    return shop


def compare(shop: ShopClient, *rows: dict[str, Any], **changes: Any) -> Any:
    answer = shop.post_json("/v1/manifest", {**DAY, **changes, "orders": list(rows)})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def test_what_never_came_is_missing(shop: ShopClient) -> None:
    lack = compare(shop, KNOWN, {"id": "9", "version": 1}, {**KNOWN, "version": 2})
    assert (lack["missing"], lack["differing"], lack["complete_until"]) == (["9", "55"], [], None)


@pytest.mark.parametrize("change", [{"total": "35.59"}, {"status": "completed"}])
def test_the_same_version_with_other_content_differs(
    shop: ShopClient, change: dict[str, Any]
) -> None:
    assert compare(shop, {**KNOWN, **change})["differing"] == ["55"]


@pytest.mark.parametrize("change", [{}, {"total": "35.580"}, {"status": "wc-processing"}])
def test_a_store_that_lacks_nothing_is_complete(shop: ShopClient, change: dict[str, Any]) -> None:
    lack = compare(shop, {**KNOWN, **change})
    assert lack == {"missing": [], "differing": [], "complete_until": "2026-11-20T12:00:00+00:00"}


def test_part_of_a_list_proves_nothing(shop: ShopClient) -> None:
    assert compare(shop, KNOWN, whole=False)["complete_until"] is None


def test_a_gap_between_two_stretches_proves_nothing_new(shop: ShopClient) -> None:
    assert compare(shop, KNOWN)["complete_until"].startswith("2026-11-20T12")
    late = compare(shop, start="2026-11-20T13:00:00Z", end="2026-11-20T14:00:00Z")
    assert late["complete_until"].startswith("2026-11-20T12")
    joined = compare(shop, start="2026-11-20T12:00:00Z", end="2026-11-20T14:00:00Z")
    assert joined["complete_until"].startswith("2026-11-20T14")


def test_nothing_is_complete_before_it_has_happened(world: World, shop: ShopClient) -> None:
    assert (
        compare(shop, KNOWN, end="2030-01-01T00:00:00Z")["complete_until"]
        == world.clock().isoformat()
    )


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"{}", b'{"start": 1}', b'{"orders": [1]}', b"[" * 5000, b"\xff", b""]
)
def test_a_manifest_that_is_none_is_refused(world: World, shop: ShopClient, body: bytes) -> None:
    answer = shop.post("/v1/manifest", body)
    assert answer.status_code in {400, 422}
    assert answer.get_json()["remedy"]
    assert world.reported == []


@pytest.mark.parametrize(
    "row",
    [{"version": 10**18}, {"total": "1E+999999"}, {"total": "NaN"}, {"total": "Infinity"},
     {"id": "a\0b"}, {"id": "x" * 65}, {"version": None}, {"version": "1"}, {"status": "\0" * 40}],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_no_error_of_ours(
    world: World, shop: ShopClient, row: dict[str, Any]
) -> None:
    answer = shop.post_json("/v1/manifest", {**DAY, "orders": [{**KNOWN, **row}]})
    assert answer.status_code in {200, 422}
    assert world.reported == []
