"""What comes in through POST /v1/events: kept once for good, or refused with a remedy."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from redis import Redis
from sqlalchemy import text

from causeway.app import create_app
from causeway.connectors.memory import Office
from causeway.ledger import stores
from causeway.ledger.tables import cases, events
from causeway.settings import IntakeSettings
from causeway.wire import gate
from tests.contract.bodies import a_batch, an_event
from tests.wire_client import ShopClient
from tests.world import SECRET, World, fixture_order, order_event

# What must be in no log: the secret, and what makes a customer known.
PRIVATE = (
    SECRET.removeprefix("whsec_")[:20],
    "Mustermann",
    "Erika",
    "erika@example.org",
    "Hauptstr",
)
OTHER = stores.new_secret()


@pytest.fixture(autouse=True)
def silent_about_people(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Holds for every test here: nothing private in any log, at any level."""
    caplog.set_level(logging.DEBUG)
    yield
    told = "\n".join(record.getMessage() for record in caplog.records) + caplog.text
    assert not [word for word in PRIVATE if word in told]


@pytest.fixture
def shop(world: World) -> ShopClient:
    return world.shop()


def an_order(version: int = 1, **changes: Any) -> dict[str, Any]:
    return order_event(fixture_order("simple_cod"), version, **changes)


def problem_of(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The problem of an answer, which must be of this kind and name a remedy."""
    body: dict[str, Any] = answer.get_json()
    assert (answer.status_code, body.get("type")) == (status, f"urn:causeway:problem:{kind}"), body
    assert answer.content_type == "application/problem+json"
    assert body["remedy"]
    return body


def test_an_order_is_written_down_before_it_is_acknowledged(world: World, shop: ShopClient) -> None:
    answer = shop.events([an_order()])
    assert (answer.status_code, answer.get_json()["accepted"]) == (202, [an_order()["id"]])
    (row,) = world.rows(events)
    assert (row.source, row.id, row.state) == ("berlin", an_order()["id"], "waiting")
    assert json.loads(row.data) == an_order()["data"]


def test_the_same_event_again_is_a_success_and_changes_nothing(
    world: World, shop: ShopClient
) -> None:
    for _ in range(3):
        answer = shop.events([an_order()])
    said = answer.get_json()
    assert (said["accepted"], said["duplicates"], said["refused"]) == ([], [an_order()["id"]], [])
    assert len(world.rows(events)) == 1


def test_an_event_is_a_duplicate_even_months_after_it_was_worked_on(
    world: World, shop: ShopClient
) -> None:
    shop.events([an_order()])
    world.drain()
    world.clock.advance(days=100)
    assert shop.events([an_order()]).get_json()["duplicates"]


def test_the_same_id_with_other_content_is_refused_and_the_first_stands(
    world: World, shop: ShopClient
) -> None:
    shop.events([an_order()])
    answer = shop.events([an_order(version=2, id=an_order()["id"]), an_order(version=3)])
    assert answer.status_code == 202
    body = answer.get_json()
    assert body["accepted"] == [an_order(version=3)["id"]]
    assert body["refused"][0]["problem"]["type"] == "urn:causeway:problem:id-reused"
    assert sorted(row.version for row in world.rows(events)) == [1, 3]


def test_two_stores_may_use_the_same_id(world: World, shop: ShopClient) -> None:
    world.add_store("paris", OTHER)
    for client in (shop, world.shop("paris", OTHER)):
        assert client.events([an_order()]).get_json()["accepted"]
    assert sorted(row.source for row in world.rows(events)) == ["berlin", "paris"]


def test_the_same_event_a_hundred_times_at_once_is_one_row(world: World, office: Office) -> None:
    shops = [world.shop() for _ in range(100)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda client: client.events([an_order()]), shops))
    assert {answer.status_code for answer in answers} == {202}
    bodies = [answer.get_json() for answer in answers]
    assert all(body["accepted"] + body["duplicates"] == [an_order()["id"]] for body in bodies)
    assert len(world.rows(events)) == 1
    world.drain()
    assert len(office.under("order", "berlin:55:book")) == 1


def test_a_bad_event_does_not_stop_its_neighbours_and_somebody_is_told_once(
    world: World, shop: ShopClient
) -> None:
    for version in (1, 2):
        batch = [
            an_order(version),
            an_event(f"bad {version}", version=0),
            an_event(f"ok {version}"),
        ]
        body = shop.events(batch).get_json()
        assert len(body["accepted"]) == 2
        assert body["refused"][0]["index"] == 1
    assert len(world.rows(events)) == 4
    (case,) = world.rows(cases)
    assert (case.kind, case.store, case.state) == ("event_refused", "berlin", "open")


BAD_BODIES: list[tuple[str, bytes, int, str]] = [
    ("nothing", b"", 400, "bad-json"),
    ("half an object", b'{"events": [', 400, "bad-json"),
    ("bad UTF-8", b'{"events": ["\xff\xfe"]}', 400, "bad-json"),
    ("NUL", b"\0", 400, "bad-json"),
    ("gzip that does not say so", gzip.compress(b"{}"), 400, "bad-json"),
    ("a list 10,000 deep", b"[" * 10_000 + b"]" * 10_000, 400, "bad-json"),
    ("an object 10,000 deep", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "bad-json"),
    ("a number of 10,000 digits", b'{"events": ' + b"9" * 10_000 + b"}", 400, "bad-json"),
    ("NaN", b'{"events": [NaN]}', 400, "bad-json"),
    ("a number", b"5", 422, "invalid"),
    ("no events", b'{"events": []}', 422, "invalid"),
    ("a personal event", b'{"events": [{"data": {"email": "erika@example.org"}}]}', 422, "invalid"),
]


def test_a_batch_of_nothing_but_bad_events_is_told_to_somebody(
    world: World, shop: ShopClient
) -> None:
    answer = shop.events([an_event("bad", version=0)])
    assert (answer.status_code, answer.get_json()["field"]) == (422, "events.0.version")
    (case,) = world.rows(cases)
    assert (case.kind, case.state) == ("event_refused", "open")


@pytest.mark.parametrize(
    ("about", "body", "status", "kind"), BAD_BODIES, ids=[b[0] for b in BAD_BODIES]
)
def test_a_body_that_is_no_batch_is_refused(
    sqlite_world: World, about: str, body: bytes, status: int, kind: str
) -> None:
    problem_of(sqlite_world.shop().post("/v1/events", body), status, kind)
    assert sqlite_world.rows(events) == []
    assert sqlite_world.reported == []


BAD_HEADERS: list[tuple[str, dict[str, str | None], int, str, str]] = [
    ("no store", {"causeway-store": None}, 401, "bad-signature", "causeway-store"),
    ("an unknown store", {"causeway-store": "paris"}, 401, "unknown-store", "causeway-store"),
    ("a store's name with NUL", {"causeway-store": "ber\0lin"}, 401, "unknown-store", "causeway-store"),
    ("a store's name too long", {"causeway-store": "b" * 5000}, 401, "unknown-store", "causeway-store"),
    ("a store's name as SQL", {"causeway-store": "x' OR 1=1 --"}, 401, "unknown-store", "causeway-store"),
    ("no id", {"webhook-id": None}, 401, "bad-signature", "webhook-id"),
    ("no time", {"webhook-timestamp": None}, 401, "bad-signature", "webhook-timestamp"),
    ("no signature", {"webhook-signature": None}, 401, "bad-signature", "webhook-signature"),
    ("a time that is none", {"webhook-timestamp": "nan"}, 401, "bad-signature", "webhook-timestamp"),
    ("a time of 401 digits", {"webhook-timestamp": "1" + "0" * 400}, 401, "bad-signature", "webhook-timestamp"),
    ("an id with a dot", {"webhook-id": "a.b"}, 401, "bad-signature", "webhook-id"),
    ("no comma", {"webhook-signature": "v1abc"}, 401, "bad-signature", "webhook-signature"),
    ("many commas", {"webhook-signature": "v1,,,,a"}, 401, "bad-signature", "webhook-signature"),
    ("no base64", {"webhook-signature": "v1,%%%"}, 401, "bad-signature", "webhook-signature"),
    ("beyond ASCII", {"webhook-signature": "v1,\u00fc"}, 401, "bad-signature", "webhook-signature"),
    ("10,000 signatures", {"webhook-signature": "v1,a " * 10_000}, 401, "bad-signature", "webhook-signature"),
    ("another type", {"Content-Type": "text/plain"}, 415, "unsupported-media-type", "Content-Type"),
    ("no type", {"Content-Type": None}, 415, "unsupported-media-type", "Content-Type"),
    ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type", "Content-Type"),
    ("compressed", {"Content-Encoding": "gzip"}, 415, "unsupported-media-type", "Content-Encoding"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("about", "headers", "status", "kind", "name"), BAD_HEADERS, ids=[b[0] for b in BAD_HEADERS]
)
def test_a_bad_header_is_named(
    world: World, about: str, headers: dict[str, str | None], status: int, kind: str, name: str
) -> None:
    problem = problem_of(world.shop().events([an_order()], headers=headers), status, kind)
    assert problem["field"] == name
    assert world.rows(events) == []
    assert world.reported == []


def test_a_message_signed_with_another_secret_is_refused_before_it_is_read(world: World) -> None:
    answer = world.shop().post("/v1/events", b"not json", secrets=[OTHER])
    assert problem_of(answer, 401, "bad-signature")["field"] == "webhook-signature"


def test_a_changed_body_is_refused(world: World) -> None:
    body = json.dumps(a_batch()).encode()
    answer = world.shop().post("/v1/events", body.replace(b"35.58", b"85.58"), signed_as=body)
    problem_of(answer, 401, "bad-signature")


def test_an_answer_to_a_stranger_is_not_signed(world: World) -> None:
    shop = world.shop()
    shop.events([an_order()], secrets=[OTHER])
    assert shop.unsigned
    shop.events([an_order()])
    assert not shop.unsigned


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_off_is_named_with_both_times(world: World, minutes: int) -> None:
    sent = world.clock() + timedelta(minutes=minutes)
    shop = ShopClient(world.app.test_client(), "berlin", [SECRET], lambda: sent)
    problem = problem_of(shop.events([an_order()]), 401, "timestamp-skew")
    assert problem["sent_at"] == sent.isoformat()
    assert problem["received_at"] == world.clock().isoformat()
    assert sent.isoformat() in problem["detail"]
    assert "clock" in problem["remedy"]


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_just_in_time(world: World, seconds: int) -> None:
    sent = world.clock() + timedelta(seconds=seconds)
    shop = ShopClient(world.app.test_client(), "berlin", [SECRET], lambda: sent)
    assert shop.events([an_order()]).status_code == 202


@pytest.mark.parametrize("redis", ["without Redis", "with Redis"])
def test_a_captured_message_is_not_taken_again(
    redis: str, sqlite_url: str, new_world: Callable[..., World], request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("redis_url") if redis == "with Redis" else ""
    if url:
        Redis.from_url(url).flushall()
    world = new_world(sqlite_url, redis_url=url)
    shop = world.shop()
    assert shop.events([an_order()], message_id="captured").status_code == 202
    problem = problem_of(shop.events([an_order()], message_id="captured"), 409, "replayed")
    assert problem["field"] == "webhook-id"
    assert len(world.rows(events)) == 1


def test_all_processes_remember_a_message_together(
    sqlite_url: str, new_world: Callable[..., World], redis_url: str
) -> None:
    Redis.from_url(redis_url).flushall()
    world = new_world(sqlite_url, redis_url=redis_url)
    other = create_app(world.parts)
    assert world.shop().get("/v1/updates", message_id="captured").status_code == 200
    elsewhere = ShopClient(other.test_client(), "berlin", [SECRET], world.clock)
    problem_of(elsewhere.get("/v1/updates", message_id="captured"), 409, "replayed")


def test_a_message_id_is_each_stores_own(world: World) -> None:
    world.add_store("paris", OTHER)
    for shop in (world.shop(), world.shop("paris", OTHER)):
        assert shop.get("/v1/updates", message_id="the-same").status_code == 200


def test_a_forged_message_does_not_use_up_an_id(world: World) -> None:
    """Who cannot sign cannot make the shop's own message look like a replay."""
    shop = world.shop()
    shop.get("/v1/updates", message_id="mine", secrets=[OTHER])
    assert shop.get("/v1/updates", message_id="mine").status_code == 200


def test_an_old_secret_is_accepted_until_it_expires_and_not_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "CACHE_SECONDS", 0.0)
    with world.write() as connection:
        stores.rotate(connection, "berlin", OTHER, world.clock(), timedelta(hours=24))
    old, new = world.shop(), world.shop("berlin", OTHER)
    world.clock.advance(hours=23, minutes=59)
    assert [shop.get("/v1/updates").status_code for shop in (old, new)] == [200, 200]
    world.clock.advance(minutes=2)
    problem_of(old.get("/v1/updates"), 401, "bad-signature")
    assert new.get("/v1/updates").status_code == 200


def test_an_answer_can_be_verified_with_the_old_secret_while_rotating(world: World) -> None:
    """A shop that has not got the new secret yet goes on believing the sidecar."""
    with world.write() as connection:
        stores.rotate(connection, "berlin", OTHER, world.clock(), timedelta(hours=24))
    for shop in (world.shop(), world.shop("berlin", OTHER)):
        assert shop.events([an_order()]).status_code == 202
        assert not shop.unsigned


def test_a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not(
    sqlite_url: str, new_world: Callable[..., World]
) -> None:
    world = new_world(sqlite_url, intake=IntakeSettings(max_body_bytes=8192))
    body = json.dumps({"events": [an_order()]}).encode()
    whole = body + b" " * (8192 - len(body))
    assert world.shop().post("/v1/events", whole).status_code == 202
    problem = problem_of(world.shop().post("/v1/events", whole + b" "), 413, "body-too-large")
    assert problem["limit_bytes"] == 8192
    assert "intake.max_body_bytes" in problem["remedy"]


def test_a_bomb_is_refused_unopened(world: World) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    answer = world.shop().post("/v1/events", bomb, headers={"Content-Encoding": "gzip"})
    problem_of(answer, 415, "unsupported-media-type")


def test_a_ledger_that_cannot_be_written_is_never_a_promise(world: World, shop: ShopClient) -> None:
    assert shop.get("/v1/updates").status_code == 200
    with world.write() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO gone"))
    answer = shop.events([an_order()])
    assert "Nothing was kept" in problem_of(answer, 503, "not-ready")["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    with world.write() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO events"))
    assert shop.events([an_order()]).get_json()["accepted"]


@pytest.mark.parametrize("path", ["/v1/updates", "/v1/catalog", "/v1/orders/55"])
def test_a_ledger_that_cannot_be_read_is_told_as_such(world: World, path: str) -> None:
    shop = world.shop()
    with world.write() as connection:
        connection.execute(text("ALTER TABLE stores RENAME TO gone"))
    answer = shop.get(path)
    problem_of(answer, 503, "not-ready")
    assert answer.headers["Retry-After"]
    assert "SELECT" not in answer.get_data(as_text=True)


def test_a_disk_that_is_nearly_full_is_never_a_promise(
    sqlite_url: str, new_world: Callable[..., World]
) -> None:
    world = new_world(sqlite_url, options={"min_free_bytes": 2**60})
    answer = world.shop().events([an_order()])
    assert "disk" in problem_of(answer, 503, "not-ready")["detail"]
    assert world.rows(events) == []


def test_an_error_nobody_expected_tells_nothing_of_itself(world: World, shop: ShopClient) -> None:
    intake = world.app.extensions["causeway_intake"]
    with patch.object(type(intake), "keep", side_effect=RuntimeError("Erika Mustermann")):
        answer = shop.events([an_order()])
    assert "Erika" not in json.dumps(problem_of(answer, 500, "internal"))
    assert len(world.reported) == 1


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("an order that is none", {"data": {"order": "nonsense", "refunds": []}}),
    ("nothing in it", {"data": {}}),
    ("a total that is none", {"data": {"order": {"id": 55, "total": "abc"}, "refunds": []}}),
    ("another order's data", {"data": fixture_order("completed")}),
    ("a schema nobody knows", {"schema": "woocommerce.order/99"}),
    ("a topic nobody knows", {"topic": "order.sneezed"}),
]


@pytest.mark.parametrize(("about", "changes"), NONSENSE, ids=[n[0] for n in NONSENSE])
def test_a_payload_that_makes_no_sense_is_kept_and_becomes_a_case(
    world: World, office: Office, about: str, changes: dict[str, Any]
) -> None:
    """The shop could not mend it by sending it again; a newer version that makes sense settles it."""
    shop = world.shop()
    bad = {**an_order(), **changes}
    assert shop.events([bad]).get_json()["accepted"] == [bad["id"]]
    world.drain()
    world.clock.advance(minutes=16)  # an unknown topic is left for a newer version a while
    world.drain()
    (row,), (case,) = world.rows(events), world.rows(cases)
    assert (row.state, case.kind, case.state) == ("case", "not_understood", "open")
    assert case.remedy
    shop.events([an_order(version=2)])
    world.drain()
    assert [(c.kind, c.state) for c in world.rows(cases)] == [("not_understood", "resolved")]
    assert len(office.under("order", "berlin:55:book")) == 1
    assert world.reported == []
