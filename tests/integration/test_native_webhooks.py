"""WooCommerce's own webhooks, for a shop without the plugin: kept once, in the right order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from causeway.connectors.memory import Office
from causeway.ledger.tables import cases, events
from tests.world import SECRET, World, fixture_order

PATH = "/v1/stores/berlin/webhooks"
JSON = "application/json"


def hook(
    world: World, topic: str, data: Any, secret: str = SECRET, path: str = PATH, kind: str = JSON
) -> TestResponse:
    """As `WC_Webhook::deliver` sends it."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": kind,
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": made,
        "X-WC-Webhook-ID": "7",
    }
    return world.app.test_client().post(path, data=body, headers=headers)


def booked(office: Office, kind: str) -> list[Any]:
    """What stands in the back office's own books."""
    return [entry for entry in office.books if entry.kind == kind]


def an_order(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = fixture_order("simple_cod")["order"]
    return {**order, **changes}


def test_an_order_of_a_webhook_is_booked(world: World, office: Office) -> None:
    assert hook(world, "order.updated", an_order()).status_code == 202
    world.drain()
    assert len(booked(office, "order")) == 1


def test_the_same_webhook_twice_is_one_event(world: World) -> None:
    first = hook(world, "order.updated", an_order()).get_json()
    again = hook(world, "order.updated", an_order()).get_json()
    assert again["duplicates"] == first["accepted"]
    assert len(world.rows(events)) == 1


def test_an_older_look_at_an_order_that_arrives_late_changes_nothing(
    world: World, office: Office
) -> None:
    newer = an_order(status="processing", date_modified_gmt="2026-11-20T15:36:30")
    older = an_order(status="cancelled", date_modified_gmt="2026-11-20T15:36:20")
    for order in (newer, older):
        hook(world, "order.updated", order)
    world.drain()
    assert len(booked(office, "order")) == 1
    assert world.rows(cases) == []


def test_a_refund_told_as_a_plain_amount_reaches_the_back_office(
    world: World, office: Office
) -> None:
    refund = {"id": 79, "reason": "late", "total": "-5.00"}
    hook(world, "order.updated", an_order(refunds=[refund]))
    world.drain()
    assert len(booked(office, "refund")) == 1


def test_a_deleted_order_is_told_by_its_number_alone(world: World) -> None:
    answer = hook(world, "order.deleted", {"id": 1042})
    assert (answer.status_code, len(answer.get_json()["accepted"])) == (202, 1)


def test_the_ping_of_a_webhook_just_saved_is_answered_and_keeps_nothing(world: World) -> None:
    answer = world.app.test_client().post(
        PATH, data=b"webhook_id=7", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert world.rows(events) == []


@pytest.mark.parametrize(
    ("what", "status", "kind", "field"),
    [
        ({"secret": "another"}, 401, "bad-signature", "X-WC-Webhook-Signature"),
        ({"path": "/v1/stores/nobody/webhooks"}, 401, "unknown-store", "causeway-store"),
        ({"topic": "coupon.created"}, 422, "invalid", "X-WC-Webhook-Topic"),
        ({"topic": ""}, 422, "invalid", "X-WC-Webhook-Topic"),
        ({"data": b"{"}, 400, "bad-json", ""),
        ({"data": b"[]"}, 422, "invalid", "body"),
        ({"data": {"id": "a b"}}, 422, "invalid", "events.0.entity_id"),
        ({"data": b" " * (3 * 2**20)}, 413, "body-too-large", ""),
        ({"kind": "text/plain"}, 415, "unsupported-media-type", "Content-Type"),
    ],
)
def test_what_is_not_right_is_answered_with_field_and_remedy(
    world: World, what: dict[str, Any], status: int, kind: str, field: str
) -> None:
    given: dict[str, Any] = {"topic": "order.updated", "data": an_order(), **what}
    answer = hook(world, **given)
    problem = answer.get_json()
    assert (answer.status_code, problem["type"].split(":")[-1]) == (status, kind), problem
    assert (problem.get("field", ""), bool(problem["remedy"])) == (field, True)
    assert world.rows(events) == []


def test_a_ledger_that_cannot_be_written_is_said_so_that_nobody_believes_it_kept(
    sqlite_world: World,
) -> None:
    hook(sqlite_world, "order.updated", an_order())  # the store is known from now on
    with sqlite_world.write() as connection:
        connection.exec_driver_sql("ALTER TABLE events RENAME TO gone")
    answer = hook(sqlite_world, "order.updated", an_order(status="completed"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
