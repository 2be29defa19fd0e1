"""The golden files of the wire: what is asked, and what the running app answers.

`documents()` plays every case through a real app with a fixed clock and fixed ids. `renew.py`
writes the result down; the tests hold that what is written down is still what is answered.
"""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from causeway.canonical import Money, Price, StockLevel
from causeway.connectors import registry
from causeway.connectors.memory import Office
from causeway.intake.views import Intake
from causeway.ledger import updates
from causeway.ledger.updates import NewUpdate
from causeway.settings import IntakeSettings
from causeway.wire.problems import URN
from tests.contract import signing
from tests.contract.bodies import ENVELOPES, a_batch
from tests.wire_client import ShopClient
from tests.world import (
    MEMORY,
    OFFICE_TOKEN,
    SECRET,
    START,
    World,
    empty_ledger,
    fixture_order,
    office_connection,
    order_event,
)

HEADERS = ("Content-Type", "Allow", "Retry-After", "ETag", "Cache-Control", "Vary")
# Small limits, so that what goes past them fits into a file.
LIMITS = IntakeSettings(max_body_bytes=65536, max_batch_events=50)
Document = dict[str, Any]


def documents(folder: Path) -> dict[str, Document]:
    """Every golden file by its path under tests/contract, made anew."""
    found: dict[str, Document] = {
        "signatures.json": signing.signatures(),
        "pairing.json": signing.pairings(),
    }
    for name, case in ENVELOPES.items():
        with a_world(folder / name) as (world, _):
            found[f"envelopes/{name}.json"] = _played(world.shop(), case)
    with a_world(folder / "problems") as (world, office):
        found.update(_problems(world))
    with a_world(folder / "feed") as (world, office):
        found.update(_feed(world, office))
        found.update(_orders(world))
        found.update(_manifest(world))
    with a_world(folder / "catalog") as (world, office):
        found.update(_catalog(world, office))
    with a_world(folder / "several") as (world, office):
        found.update(_first_asked(world, office))
    return found


@contextmanager
def a_world(folder: Path) -> Iterator[tuple[World, Office]]:
    """A sidecar as the golden files mean it: the store berlin, one office, one call at a time."""
    folder.mkdir(parents=True)
    (folder / "ledger.sqlite").write_bytes(empty_ledger())
    office = Office(f"http://{folder.name}.office.example", OFFICE_TOKEN).open()
    connections = (office_connection(office, concurrency=1),)
    with patch.dict(registry.KINDS, memory=registry.Kind(MEMORY, MEMORY)):
        world = World(folder, f"sqlite:///{folder}/ledger.sqlite", connections, intake=LIMITS)
        world.add_store()
        try:
            yield world, office
        finally:
            world.close()
            office.close()


def body_bytes(request: Document) -> bytes:
    """The body that a golden request means, in whichever form it is written down."""
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    if "body_text" in request:
        return str(request["body_text"]).encode()
    return json.dumps(request["body"]).encode() if "body" in request else b""


def send(shop: ShopClient, request: Document) -> TestResponse:
    """Send a golden request, signed, and changed afterwards where it says so."""
    body = body_bytes(request)
    headers = dict(request.get("headers", {}))
    if body and "Content-Type" not in headers:
        headers["Content-Type"] = "application/json"
    return shop.send(
        request["method"],
        request["path"],
        body,
        headers=headers,
        message_id=request.get("message_id"),
        secrets=[request["secret"]] if "secret" in request else None,
    )


def written(answer: TestResponse) -> Document:
    """An answer as golden files write it down."""
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    found: Document = {"status": answer.status_code, "headers": headers}
    if answer.get_data():
        found["body"] = json.loads(answer.get_data())
    return found


def _played(shop: ShopClient, case: Document) -> Document:
    return {**case, "answer": written(send(shop, case["request"]))}


def _problems(world: World) -> dict[str, Document]:
    found: dict[str, Document] = {}
    shop, body = world.shop(), a_batch()
    post = {"method": "POST", "path": "/v1/events"}

    def keep(name: str, about: str, request: Document, answer: Document) -> None:
        body = answer["body"]
        problem = body["refused"][0]["problem"] if answer["status"] == 202 else body
        assert problem["type"] == URN + name, answer
        found[f"problems/{name}.json"] = {"about": about, "request": request, "answer": answer}

    def play(name: str, about: str, request: Document) -> None:
        keep(name, about, request, written(send(shop, request)))

    play("bad-json", "The body is no JSON.", {**post, "body_text": '{"events": ['})
    play(
        "bad-signature",
        "Signed with another secret.",
        {**post, "body": body, "secret": signing.SECOND},
    )
    skewed = ShopClient(
        world.app.test_client(), "berlin", shop.secrets, lambda: START.replace(hour=14)
    )
    request = {**post, "body": body, "signed_at": "2026-11-20T14:36:35Z"}
    keep(
        "timestamp-skew",
        "The shop's clock is an hour late.",
        request,
        written(send(skewed, request)),
    )
    play(
        "unknown-store",
        "A store that was never paired.",
        {**post, "body": body, "headers": {"causeway-store": "paris"}},
    )
    play("not-found", "An order that never arrived.", {"method": "GET", "path": "/v1/orders/999"})
    play("method-not-allowed", "Nothing is read there.", {"method": "GET", "path": "/v1/events"})
    again = {**post, "body": body, "message_id": "msg_sent_before"}
    send(shop, again)
    play("replayed", "The same message a second time.", again)
    play(
        "body-too-large",
        f"More than the {LIMITS.max_body_bytes} bytes that are taken here.",
        {**post, "body_text": " " * (LIMITS.max_body_bytes + 1)},
    )
    del found["problems/body-too-large.json"]["request"]["body_text"]
    found["problems/body-too-large.json"]["request"]["body_bytes"] = LIMITS.max_body_bytes + 1
    play(
        "unsupported-media-type",
        "A body that says it is text.",
        {**post, "body": body, "headers": {"Content-Type": "text/plain"}},
    )
    play("invalid", "No event that can be kept.", {**post, "body": {"events": [{}]}})
    other = a_batch()
    other["events"][0]["data"]["order"]["total"] = "99.99"
    about = "The id came before with other content. It stands in `refused` of an answer 202."
    play("id-reused", about, {**post, "body": other})
    client = world.app.test_client()
    answer = client.post("/v1/events", data=b"{}", headers={"causeway-store": "berlin"},
                         environ_overrides={"CONTENT_LENGTH": "100"})  # fmt: skip
    request = {**post, "body_text": "{}", "headers": {"Content-Length": "100"}}
    keep("bad-request", "The body ends before its length.", request, written(answer))
    about = "An error nobody expected. Nothing a sender does causes it; nothing of it is told."
    with patch.object(Intake, "keep", side_effect=RuntimeError("secret text")):
        play("internal", about, {**post, "body": a_batch("internal")})
    about = "The ledger cannot be written. Nothing was kept; the same events are to be sent later."
    error = OperationalError("INSERT", {}, Exception("disk I/O error"))
    with patch.object(world.app.extensions["causeway_intake"]._writer, "run", side_effect=error):
        play("not-ready", about, {**post, "body": a_batch("not-ready")})
    return found


def _feed(world: World, office: Office) -> dict[str, Document]:
    shop = world.shop()
    shop.events([order_event(fixture_order("simple_cod"))])
    world.drain()
    office.ship("berlin:55:request:1", "P-1", "JD014600003828", START.replace(hour=16))
    world.poll()
    note = NewUpdate(
        "berlin:55:note:arrival",
        "note",
        "order",
        "55",
        '{"text":"Your parcel arrives on Monday.","to_customer":true}',
    )
    with world.write() as connection:
        updates.add(connection, "berlin", [note], world.clock())
    last = shop.get("/v1/updates").get_json()["cursor"]
    get, post = {"method": "GET"}, {"method": "POST", "path": "/v1/updates/ack"}
    cases = {
        "updates_all": ("From the beginning: notes, a shipment, a status.", {**get, "path": "/v1/updates"}),
        "updates_first_page": ("Two at most; there are more.", {**get, "path": "/v1/updates?limit=2"}),
        "updates_second_page": ("On from there.", {**get, "path": "/v1/updates?after=2&limit=2"}),
        "updates_empty": ("Nothing is new.", {**get, "path": f"/v1/updates?after={last}"}),
        "updates_bad_cursor": ("No cursor at all.", {**get, "path": "/v1/updates?after=first"}),
        "updates_bad_limit": ("More than a page holds.", {**get, "path": "/v1/updates?limit=501"}),
        "ack_refused": (
            "Up to there, but one was not applied: a person is told.",
            {**post, "body": {"cursor": "4", "refused": [
                {"id": "4", "reason": "the order is “cancelled” meanwhile"}]}},
        ),
        "ack_bad_reason": (
            "Refused without a reason.",
            {**post, "body": {"cursor": last, "refused": [{"id": "5", "reason": ""}]}},
        ),
        "ack": ("Everything up to there was applied.", {**post, "body": {"cursor": last}}),
        "ack_back": ("Going back is not remembered.", {**post, "body": {"cursor": "1"}}),
        "ack_too_far": ("Past the last update.", {**post, "body": {"cursor": "99"}}),
        "ack_no_cursor": ("No cursor in it.", {**post, "body": {"after": 1}}),
    }  # fmt: skip
    return {
        f"feed/{name}.json": _played(shop, {"about": about, "request": request})
        for name, (about, request) in cases.items()
    }


def _orders(world: World) -> dict[str, Document]:
    """In the world that the feed has played."""
    shop = world.shop()
    shop.events([order_event(fixture_order("missing_sku"))])
    world.drain()
    cases = {
        "journey": ("Booked and shipped; the shop would not take its new status.", "/v1/orders/55"),
        "held": ("Held by a case.", "/v1/orders/74"),
        "unknown": ("Never arrived.", "/v1/orders/999"),
    }
    return {
        f"orders/{name}.json": _played(
            shop, {"about": about, "request": {"method": "GET", "path": path}}
        )
        for name, (about, path) in cases.items()
    }


def _manifest(world: World) -> dict[str, Document]:
    """In the same world: it has orders 55 and 74, both at version 1."""
    shop, post = world.shop(), {"method": "POST", "path": "/v1/manifest"}
    span = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-20T15:00:00Z", "whole": True}
    known = {"id": 55, "version": 1, "status": "processing", "total": "35.58"}
    other = {"id": "74", "version": 1, "status": "processing", "total": "9.40"}
    rows = {
        "lacking": ("Two never came in that version.", [known, {**other, "version": 2}, {"id": "75", "version": 1}]),
        "differing": ("The same version with another total.", [{**known, "total": "99.00"}, other]),
        "complete": ("Everything is here.", [known, other]),
        "not_a_list": ("No list of orders.", None),
        "bad_row": ("A row without its version.", [{"id": 55}]),
    }  # fmt: skip
    found = {}
    for name, (about, orders) in rows.items():
        request = {**post, "body": {**span, "orders": orders}}
        found[f"manifest/{name}.json"] = _played(shop, {"about": about, "request": request})
    request = {**post, "body_text": '{"start":'}
    found["manifest/bad_json.json"] = _played(shop, {"about": "No JSON.", "request": request})
    return found


def _first_asked(world: World, office: Office) -> dict[str, Document]:
    """A second shop sells already when this one is connected."""
    world.add_store("paris", SECRET)
    world.shop("paris").get("/v1/catalog")
    office.stock.append(StockLevel("MUG-01", "MAIN", Decimal(9), Decimal(0), START))
    office.prices.append(Price("MUG-01", Money.of("14.90", "EUR"), None, True, START))
    world.poll()
    about = "One of several shops asks for the first time: it is told no quantity yet."
    first = {"about": about, "request": {"method": "GET", "path": "/v1/catalog"}}
    return {"catalog/first_asked.json": _played(world.shop(), first)}


def _catalog(world: World, office: Office) -> dict[str, Document]:
    shop = world.shop()
    office.stock += [
        StockLevel("MUG-01", "MAIN", Decimal(12), Decimal(2), START),
        StockLevel("CLOTH-M", "MAIN", Decimal("7.5"), Decimal(0), START),
        StockLevel("POSTER", "MAIN", Decimal(-3), Decimal(0), START),
    ]
    eur = [Money.of(amount, "EUR") for amount in ("14.90", "9.99", "5")]
    office.prices += [
        Price("MUG-01", eur[0], eur[1], True, START),
        Price("GIFT-CARD", eur[2], None, True, START),
    ]
    world.poll()
    get = {"method": "GET"}
    about = "All rows; null where no source says anything."
    first = _played(shop, {"about": about, "request": {**get, "path": "/v1/catalog"}})
    cursor, etag = first["answer"]["body"]["cursor"], first["answer"]["headers"]["ETag"]
    cases = {
        "page_with_more": ("Two rows at most.", {**get, "path": "/v1/catalog?limit=2"}),
        "last_page": ("On from there.", {**get, "path": "/v1/catalog?after=2&limit=2"}),
        "nothing_new": (
            "The ETag of the page is still right.",
            {**get, "path": "/v1/catalog", "headers": {"If-None-Match": etag}},
        ),
        "empty": ("Past the last row.", {**get, "path": f"/v1/catalog?after={cursor}"}),
        "bad_limit": ("More than a page holds.", {**get, "path": "/v1/catalog?limit=5001"}),
    }
    found = {
        f"catalog/{name}.json": _played(shop, {"about": about, "request": request})
        for name, (about, request) in cases.items()
    }
    world.clock.advance(minutes=1)
    office.stock.append(replace(office.stock[0], on_hand=Decimal(5), as_of=world.clock()))
    world.poll()
    about = "One row changed: it moved to the end."
    request = {**get, "path": f"/v1/catalog?after={cursor}"}
    found["catalog/changed.json"] = _played(shop, {"about": about, "request": request})
    return {"catalog/first_page.json": first, **found}
