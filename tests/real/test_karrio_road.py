"""The whole road with a real karrio as the warehouse beside an ERP: from the signed batch to the
parcel in the shop's feed, its label behind the login, webhooks on the way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.serving import make_server

from causeway.engine import subscribing
from causeway.engine.hints import NullHints
from causeway.ledger.tables import deliveries
from causeway.settings import OpsSettings, ServerSettings
from tests.ops_tools import PASSWORD, log_in
from tests.real.conftest import karrio_settings
from tests.real.karrio_books import KarrioBooks
from tests.real.karrio_server import KarrioServer
from tests.real.tryton_server import free_port
from tests.sandbox_tools import SandboxProcess
from tests.world import World, fixture_names, fixture_order, order_event

DRAIN_SECONDS, TRIES = 240.0, 6
NOTED_SECONDS = 30.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), "--ship-after", "3600")
    yield process
    process.stop()


@dataclass
class Road:
    """A sidecar with a store of its own name: karrio and the sandbox are shared by the tests."""

    world: World
    store: str

    def send(self, *events: dict[str, Any]) -> None:
        """Until nothing is due. On SQLite karrio answers 500 when several write at once: the
        outcome is unknown, and looked up a little later.
        """
        assert self.world.shop(self.store).events(list(events)).status_code == 202
        for _ in range(TRIES):
            self.world.drain(DRAIN_SECONDS)
            if not self.world.rows(deliveries, state="unknown"):
                break
            self.world.clock.advance(minutes=40)

    def parcels_left(self) -> None:
        self.world.poll("parcels")
        self.world.drain(DRAIN_SECONDS)

    def journey(self, number: Any) -> dict[str, Any]:
        answer = self.world.shop(self.store).get(f"/v1/orders/{number}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.get_json()
        return found

    def updates(self) -> list[dict[str, Any]]:
        page = self.world.shop(self.store).get("/v1/updates?limit=500").get_json()
        found: list[dict[str, Any]] = page["updates"]
        return found

    def key(self, number: Any) -> str:
        return f"{self.store}:{number}:request:1"


@pytest.fixture
def road(
    karrio: KarrioServer, sandbox: SandboxProcess, tmp_path: Path, sqlite_url: str
) -> Iterator[Any]:
    """Makes a road over this karrio connection."""
    made: list[World] = []

    def one(secret: str = "", server: ServerSettings | None = None, **options: Any) -> Road:
        erp = replace(sandbox.connection("sandbox_erp"), name="erp")
        parcels = replace(karrio_settings(karrio, secret=secret, **options), concurrency=2)
        world = World(
            tmp_path, sqlite_url, (erp, parcels),
            options={
                "ops": OpsSettings(password=PASSWORD, session_key="k" * 40),
                "server": server or ServerSettings(),
            },
        )  # fmt: skip
        made.append(world)
        found = Road(world, f"s{uuid4().hex[:8]}")
        world.add_store(found.store)
        return found

    yield one
    for world in made:
        world.close()


def test_the_orders_a_shop_rendered_are_sent_once_each_and_their_parcels_come_back(
    road: Any, karrio_books: KarrioBooks
) -> None:
    crossing: Road = road()
    orders = {name: fixture_order(name) for name in fixture_names()}
    crossing.send(*(order_event(data) for data in orders.values()))
    crossing.parcels_left()
    sent, told = 0, {update["entity_id"] for update in crossing.updates()
                     if update["kind"] == "shipment"}  # fmt: skip
    for name, data in orders.items():
        number = data["order"]["id"]
        found = crossing.journey(number)
        asked = [d for d in found["deliveries"] if d["operation"] == "request"]
        states = [(d["state"]["value"], d["reason"]) for d in asked]
        assert states in ([], [("done", "")]), (name, states)
        assert len(karrio_books.orders(crossing.key(number))) == len(asked), name
        if not asked:
            continue
        assert len(karrio_books.labels(crossing.key(number))) == 1, name
        assert [p["label"] for p in found["parcels"]] == [True] * len(found["parcels"])
        assert found["parcels"], name
        assert found["fulfilment"] == "closed", name
        assert str(number) in told, name
        sent += 1
    assert sent >= 12
    assert not [update for update in crossing.updates() if "karrio" in str(update)]


def test_a_label_is_for_whoever_is_logged_in_and_for_the_shop_that_signs(road: Any) -> None:
    crossing: Road = road()
    crossing.send(order_event(fixture_order("simple_cod")))
    crossing.parcels_left()
    number = fixture_order("simple_cod")["order"]["id"]
    (parcel,) = crossing.journey(number)["parcels"]
    address = f"/ops/orders/{crossing.store}/{number}/labels/{parcel['id']}"
    client = crossing.world.app.test_client()
    assert client.get(address).status_code == 302
    log_in(client)
    page = client.get(f"/ops/orders/{crossing.store}/{number}")
    assert address in page.text
    label = client.get(address)
    assert (label.status_code, label.mimetype) == (200, "application/pdf")
    assert label.data.startswith(b"%PDF-")
    assert label.headers["Cache-Control"] == "no-store"
    assert client.get(address.replace(parcel["id"], "shp_none")).status_code == 404
    signed = crossing.world.shop(crossing.store).get(f"/v1/orders/{number}/labels/{parcel['id']}")
    assert signed.data == label.data
    none = crossing.world.shop(crossing.store).get(f"/v1/orders/{number}/labels/none")
    assert none.status_code == 404


def test_an_order_cancelled_in_the_shop_is_cancelled_at_karrio(
    road: Any, karrio_books: KarrioBooks
) -> None:
    crossing: Road = road(labels="by_hand")
    data = fixture_order("simple_cod")
    number = data["order"]["id"]
    crossing.send(order_event(data))
    data["order"]["status"] = "cancelled"
    crossing.send(order_event(data, version=2))
    assert karrio_books.order(crossing.key(number))["status"] == "cancelled"
    assert crossing.journey(number)["state"]["value"] == "cancelled"


def test_an_order_cancelled_after_its_label_was_bought_is_a_case(
    road: Any, karrio_books: KarrioBooks
) -> None:
    crossing: Road = road(labels="by_hand")
    data = fixture_order("simple_cod")
    number = data["order"]["id"]
    crossing.send(order_event(data))
    bought = karrio_books.buy_by_hand(crossing.key(number))
    data["order"]["status"] = "cancelled"
    crossing.send(order_event(data, version=2))
    cases = crossing.journey(number)["cases"]
    assert bought["tracking_number"] in " ".join(case["detail"] for case in cases)
    assert karrio_books.order(crossing.key(number))["status"] == "fulfilled"


@dataclass
class Polls(NullHints):
    """Remembers which connections were to be read at once."""

    asked: list[str] = field(default_factory=list)

    def poll(self, connection: str) -> None:
        self.asked.append(connection)


@contextmanager
def running(crossing: Road, port: int) -> Iterator[Polls]:
    """The sidecar's web process on a real socket, for karrio to send its webhooks to."""
    polls = Polls()
    crossing.world.app.extensions["causeway_hints"] = polls
    server = make_server("127.0.0.1", port, crossing.world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield polls
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def hooked(road: Any, karrio_books: KarrioBooks) -> Iterator[tuple[Road, Polls, dict[str, Any]]]:
    """A running sidecar, and karrio's webhook to it."""
    port = free_port()
    webhook = karrio_books.webhook(f"http://127.0.0.1:{port}/v1/connections/parcels/webhooks")
    crossing = road(webhook["secret"], ServerSettings(port=port), labels="by_hand")
    with running(crossing, port) as polls:
        yield crossing, polls, webhook
    karrio_books.switch_off(webhook["id"])


def test_a_label_bought_in_karrio_is_known_here_by_its_webhook(
    hooked: tuple[Road, Polls, dict[str, Any]], karrio_books: KarrioBooks
) -> None:
    crossing, polls, _ = hooked
    data = fixture_order("simple_cod")
    number = data["order"]["id"]
    crossing.send(order_event(data))
    assert polls.asked == []  # an order that was made is nothing to read
    bought = karrio_books.buy_by_hand(crossing.key(number))
    assert set(polls.asked) == {"parcels"}
    for name in set(polls.asked):
        crossing.world.poll(name)
    (parcel,) = crossing.journey(number)["parcels"]
    assert parcel["tracking_number"] == bought["tracking_number"]


def test_webhooks_under_another_secret_are_refused_and_read_nothing(
    road: Any, karrio_books: KarrioBooks
) -> None:
    port = free_port()
    webhook = karrio_books.webhook(f"http://127.0.0.1:{port}/v1/connections/parcels/webhooks")
    crossing: Road = road("whsec_" + "0" * 32, ServerSettings(port=port), labels="by_hand")
    with running(crossing, port) as polls:
        data = fixture_order("simple_cod")
        crossing.send(order_event(data))
        karrio_books.buy_by_hand(crossing.key(data["order"]["id"]))
        # It counts after the answer, in its own time; switching it off writes the count it knew.
        until = time.monotonic() + NOTED_SECONDS
        while not _refusals(karrio_books, webhook["id"]):
            assert time.monotonic() < until, "karrio has heard of no refusal"
            time.sleep(0.2)
    karrio_books.switch_off(webhook["id"])
    assert polls.asked == []


def _refusals(karrio_books: KarrioBooks, webhook: str) -> int:
    (row,) = [row for row in karrio_books.webhooks() if row["id"] == webhook]
    return int(row["failure_streak_count"])


def test_a_webhook_that_karrio_switched_off_is_switched_on_again(
    hooked: tuple[Road, Polls, dict[str, Any]], karrio_books: KarrioBooks
) -> None:
    crossing, _, webhook = hooked
    karrio_books.switch_off(webhook["id"])
    context = crossing.world.context
    assert subscribing.renew(context, "parcels", context.connector("parcels")) == ""
    (row,) = [row for row in karrio_books.webhooks() if row["url"] == webhook["url"]]
    assert not row["disabled"]


def test_a_webhook_whose_secret_nobody_copied_is_said(road: Any, karrio_books: KarrioBooks) -> None:
    port = free_port()
    crossing: Road = road("whsec_" + "1" * 32, ServerSettings(port=port), labels="by_hand")
    context = crossing.world.context
    said = subscribing.renew(context, "parcels", context.connector("parcels"))
    assert "copy it" in said
    made = [row for row in karrio_books.webhooks() if f":{port}/" in row["url"]]
    assert len(made) == 1
    karrio_books.switch_off(made[0]["id"])
