"""Webhooks of the systems behind the shops: verified first, never believed, one poll sooner."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from causeway.connectors.memory import SIGNATURE, Fault, MemoryConnector, Office
from causeway.engine import subscribing
from causeway.engine.hints import NullHints
from causeway.errors import CredentialsError, RejectedError, RetryableError
from causeway.ledger import connections
from causeway.settings import ServerSettings
from tests.world import World, office_connection

SECRET = "the-office-signs-with-this"
PUBLIC = "https://road.example"
ADDRESS = f"{PUBLIC}/v1/connections/office/webhooks"
WORLDS = Callable[..., World]


@dataclass
class Polls(NullHints):
    """Hints that remember whom they were asked to read."""

    asked: list[str] = field(default_factory=list)

    def poll(self, connection: str) -> None:
        self.asked.append(connection)


@dataclass
class Door:
    world: World
    polls: Polls = field(default_factory=Polls)

    def __post_init__(self) -> None:
        self.world.app.extensions["causeway_hints"] = self.polls

    def knock(self, body: bytes = b"stock", name: str = "office", **headers: str) -> Any:
        return self.world.app.test_client().post(
            f"/v1/connections/{name}/webhooks", data=body, headers=headers
        )

    def signed(self, body: bytes, secret: str = SECRET) -> Any:
        signature = hmac.new(secret.encode(), body, "sha256").hexdigest()
        return self.knock(body, **{SIGNATURE: signature})


def a_world(new_world: WORLDS, url: str, office: Office, **changes: Any) -> World:
    connection = office_connection(office, **{"webhook_secret": SECRET, **changes})
    options = {"server": ServerSettings(public_url=PUBLIC)}
    return new_world(url, connections=(connection,), options=options)


@pytest.fixture
def door(new_world: WORLDS, sqlite_url: str, office: Office) -> Door:
    return Door(a_world(new_world, sqlite_url, office))


def test_a_webhook_makes_its_connection_be_read_now(door: Door) -> None:
    answer = door.signed(b"stock")
    assert (answer.status_code, answer.get_json()) == (202, {"hints": ["stock"], "polls": True})
    assert door.polls.asked == ["office"]


def test_one_that_tells_of_nothing_we_read_is_taken_and_forgotten(door: Door) -> None:
    answer = door.signed(b"somebody logged in")
    assert (answer.status_code, answer.get_json()) == (202, {"hints": [], "polls": False})
    assert not door.polls.asked


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: ""},
        {SIGNATURE: "0" * 64},
        {SIGNATURE: "ä" * 64},
        {SIGNATURE: "x" * 5000},
        {"Authorization": "Bearer token-of-the-office-kept-secret"},
    ],
)
def test_a_forged_one_is_refused_before_it_is_read(door: Door, headers: dict[str, str]) -> None:
    answer = door.knock(b"stock", **{k: v.encode().decode("latin-1") for k, v in headers.items()})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    problem = answer.get_json()
    assert problem["field"] == "webhook_secret"
    assert "webhook_secret under [connections.NAME]" in problem["remedy"]
    assert not door.polls.asked
    assert SECRET not in answer.text


def test_a_body_that_was_changed_on_the_way_is_refused(door: Door) -> None:
    signature = hmac.new(SECRET.encode(), b"stock", "sha256").hexdigest()
    assert door.knock(b"prices", **{SIGNATURE: signature}).status_code == 401


def test_without_a_secret_nothing_is_believed(
    new_world: WORLDS, sqlite_url: str, office: Office
) -> None:
    door = Door(a_world(new_world, sqlite_url, office, webhook_secret=""))
    answer = door.signed(b"stock", secret="")
    assert answer.status_code == 401
    assert "no webhook_secret is set" in answer.get_json()["detail"]


@pytest.mark.parametrize("name", ["nobody", "x" * 300, "%2e%2e", "office%00"])
def test_nobody_of_that_name_takes_any(door: Door, name: str) -> None:
    answer = door.knock(name=name)
    assert answer.status_code == 404
    assert "causeway connection check" in answer.get_json()["remedy"]


def test_a_connector_that_takes_none_says_so(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    without = replace(MemoryConnector.capabilities, webhooks=False)
    monkeypatch.setattr(MemoryConnector, "capabilities", without)
    assert door.signed(b"stock").status_code == 404


def test_a_large_or_compressed_body_is_refused(door: Door) -> None:
    assert door.signed(b"x" * (3 * 2**20)).status_code == 413
    assert door.knock(b"stock", **{"Content-Encoding": "gzip"}).status_code == 415
    assert not door.polls.asked


def test_one_that_is_signed_but_unreadable_is_answered_with_what_follows(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise RejectedError("it is not JSON")

    monkeypatch.setattr(MemoryConnector, "verify_webhook", unreadable)
    answer = door.signed(b"{")
    assert answer.status_code == 422
    assert "Nothing is lost" in answer.get_json()["remedy"]


def test_a_ledger_that_cannot_be_read_says_try_again(door: Door) -> None:
    with door.world.write() as connection:
        connection.exec_driver_sql("ALTER TABLE connections RENAME TO gone")
    assert door.signed(b"stock").status_code == 503


def test_a_paused_connection_is_left_alone(door: Door) -> None:
    with door.world.write() as connection:
        connections.pause(connection, "office", "401", door.world.clock())
    assert door.signed(b"stock").get_json() == {"hints": ["stock"], "polls": False}
    assert not door.polls.asked


def test_subscriptions_are_renewed_once_a_day(door: Door, office: Office) -> None:
    for _ in range(3):
        door.world.poll()
    assert office.called("subscribe") == [ADDRESS]
    door.world.clock.advance(hours=25)
    door.world.poll()
    assert office.called("subscribe") == [ADDRESS, ADDRESS]
    assert office.subscriptions == {ADDRESS}


def test_one_that_fails_is_said_and_tried_again_soon_and_stops_no_poll(
    door: Door, office: Office
) -> None:
    office.faults.append(Fault("subscribe", lambda: RetryableError("it answered 500")))
    for _ in range(2):
        door.world.poll()
        assert _problem(door.world) == "its webhooks could not be renewed: it answered 500"
    assert office.called("subscribe") == [ADDRESS]
    door.world.clock.advance(minutes=16)
    door.world.poll()
    assert _problem(door.world) is None
    assert office.subscriptions == {ADDRESS}


def test_missing_rights_to_subscribe_do_not_pause_the_connection(
    door: Door, office: Office
) -> None:
    office.faults.append(Fault("subscribe", lambda: CredentialsError("it answered 403")))
    door.world.poll()
    with door.world.context.ledger.read() as connection:
        assert connections.every(connection)["office"].paused_at is None


def test_another_address_is_subscribed_at_once(
    new_world: WORLDS, sqlite_url: str, office: Office
) -> None:
    world = a_world(new_world, sqlite_url, office)
    world.poll()
    moved = replace(world.settings, server=ServerSettings(public_url="https://new.example"))
    context = replace(world.context, settings=moved)
    assert subscribing.renew(context, "office", world.context.connector("office")) == ""
    assert office.called("subscribe")[1:] == ["https://new.example/v1/connections/office/webhooks"]


@pytest.mark.parametrize(
    ("url", "reached"),
    [("http://127.0.0.1:9", True), ("http://localhost:9", True), ("https://erp.example", False)],
)
def test_without_a_public_address_only_this_machine_can_reach_us(
    new_world: WORLDS, sqlite_url: str, office: Office, url: str, reached: bool
) -> None:
    world = new_world(sqlite_url, connections=(office_connection(office, url=url),))
    address = subscribing.address_of(world.settings, world.connections[0])
    assert bool(address) is reached


def _problem(world: World) -> str | None:
    with world.context.ledger.read() as connection:
        return connections.every(connection)["office"].poll_problem


@pytest.mark.parametrize(
    ("public", "secret", "says"),
    [
        (PUBLIC, SECRET, [f"Its webhooks arrive at {ADDRESS}; they are subscribed once a day."]),
        ("", SECRET, ["Its webhooks cannot reach this machine: set server.public_url"]),
        (PUBLIC, "", ["Its webhooks arrive at", "None is believed before webhook_secret is set"]),
    ],
)
def test_a_check_says_where_webhooks_arrive_and_what_is_lacking(
    new_world: WORLDS, sqlite_url: str, office: Office, public: str, secret: str, says: list[str]
) -> None:
    connection = office_connection(office, webhook_secret=secret)
    options = {"server": ServerSettings(public_url=public)}
    world = new_world(sqlite_url, connections=(connection,), options=options)
    told = subscribing.in_words(world.context, "office")
    assert len(told) == len(says)
    assert all(words in sentence for words, sentence in zip(says, told, strict=True))
