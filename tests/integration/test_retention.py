"""What is old goes, and nothing that matters; who is erased is gone everywhere but the amounts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given

from causeway.connectors.memory import Office
from causeway.engine.pruner import Pruner
from causeway.engine.replay import Replayer
from causeway.errors import RejectedError, RetryableError
from causeway.ledger import audit as audits
from causeway.ledger import replay, retention
from causeway.ledger.erasure import ERASED_EMAIL, scrub
from causeway.ledger.replay import Selection
from causeway.ledger.tables import attempts, audit, cases, deliveries, events, orders, updates
from causeway.settings import RetentionSettings
from tests.conftest import json_like
from tests.engine_steps import BOOK, REQUEST, another, delivery, fail, open_cases, show
from tests.world import World, fixture_order, order_event

PERSON = ("Erika", "Mustermann", "Müller", "@example", "Hauptstr", "Straße", "10115")


def finish(world: World, office: Office) -> None:
    """Order 55, booked and sent."""
    show(world)
    world.drain()
    office.ship(REQUEST, "P-1", "JD01", world.clock())
    world.poll()


def everything(world: World) -> str:
    """All that the ledger keeps, as one text."""
    kept: list[Any] = []
    for table in (orders, events, deliveries, attempts, updates, cases, audit):
        kept += [list(row) for row in world.rows(table)]
    return json.dumps(kept, default=str, ensure_ascii=False)


def acknowledge(world: World) -> None:
    shop = world.shop()
    cursor = shop.get("/v1/updates").get_json()["cursor"]
    assert shop.post_json("/v1/updates/ack", {"cursor": cursor}).status_code == 200


def test_payloads_of_finished_work_go_and_keys_and_hashes_stay(
    world: World, office: Office
) -> None:
    finish(world, office)
    acknowledge(world)
    before = [(row.id, row.hash) for row in world.rows(events)]
    keys = [row.key for row in world.rows(deliveries)]
    assert Pruner(world.context).run() == 0
    world.clock.advance(days=91)
    assert Pruner(world.context).run() > 0
    assert [(row.id, row.hash) for row in world.rows(events)] == before
    assert {row.data for row in world.rows(events)} == {""}
    assert [row.key for row in world.rows(deliveries)] == keys
    assert {row.payload for row in world.rows(deliveries)} == {""}
    assert {row.data for row in world.rows(updates)} == {""}
    with world.context.ledger.read() as connection:
        assert retention.left(connection) == {"events": 0, "deliveries": 0, "updates": 0}
    assert Pruner(world.context).run() == 0


def test_a_duplicate_that_comes_after_it_was_pruned_is_still_a_duplicate(
    world: World, office: Office
) -> None:
    finish(world, office)
    told = len(world.rows(updates))
    world.clock.advance(days=91)
    acknowledge(world)
    Pruner(world.context).run()
    event = order_event(fixture_order("simple_cod"))
    answer = world.shop().events([event]).get_json()
    assert answer["duplicates"] == [event["id"]]
    other = order_event(fixture_order("simple_cod"), id=event["id"], version=9)
    (refused,) = world.shop().events([other]).get_json()["refused"]
    assert refused["problem"]["type"].endswith("id-reused")
    show(world, version=2)
    world.drain()
    world.poll()
    assert (office.called("book"), office.called("request")) == ([BOOK], [REQUEST])
    assert len(office.books) == 2
    assert len(world.rows(updates)) == told
    shop = world.shop()
    assert shop.get("/v1/updates").get_json()["updates"] == []


def test_a_pruned_delivery_is_never_sent_again_as_nothing(world: World, office: Office) -> None:
    finish(world, office)
    world.clock.advance(days=91)
    Pruner(world.context).run()
    every = tuple(state.value for state in replay.REPLAYABLE)
    with world.context.ledger.read() as connection:
        found = replay.preview(connection, Selection(states=every))
    assert (found.total, found.pruned) == (0, 2)
    assert Replayer(world.context, "tester").deliveries(Selection(states=every)).done == 0


def test_unfinished_work_and_what_a_case_is_about_is_never_pruned(
    world: World, office: Office
) -> None:
    fail(office, "book", RejectedError("no"))
    another(world, 901)  # parked, with its case
    world.drain()
    show(world, "missing_sku")  # held, with its case
    another(world, 902)  # booked, never sent
    world.drain()
    fail(office, "book", RetryableError("busy"), times=99)
    another(world, 903)  # still tried
    world.drain()
    world.clock.advance(days=1000)
    before = [(row.seq, row.data) for row in world.rows(events)]
    payloads = [row.payload for row in world.rows(deliveries)]
    Pruner(world.context).run()
    assert [(row.seq, row.data) for row in world.rows(events)] == before
    assert [row.payload for row in world.rows(deliveries)] == payloads
    assert len(open_cases(world)) == 2


def test_attempts_and_audit_have_their_own_times(
    ledger_url: str, office: Office, new_world: Callable[..., World]
) -> None:
    from tests.world import office_connection

    kept = RetentionSettings(payload_days=0, updates_days=0, attempts_days=10, audit_days=20)
    world = new_world(
        ledger_url, connections=(office_connection(office),), options={"retention": kept}
    )
    finish(world, office)
    with world.write() as connection:
        audits.note(connection, "tester", "test", "something", world.clock())
    for days, left in ((11, (0, 1)), (10, (0, 0))):
        world.clock.advance(days=days)
        Pruner(world.context).run()
        assert (len(world.rows(attempts)), len(world.rows(audit))) == left
    assert all(row.data for row in world.rows(events))
    assert all(row.data for row in world.rows(updates))


def test_what_was_not_acknowledged_is_told_however_late(world: World, office: Office) -> None:
    finish(world, office)
    world.clock.advance(days=1000)
    Pruner(world.context).run()
    told = world.shop().get("/v1/updates").get_json()["updates"]
    assert len(told) == len(world.rows(updates)) > 0
    assert all(update["data"] for update in told)


def test_pruning_goes_on_where_it_was_stopped(world: World, office: Office) -> None:
    for start in range(0, 450, 150):
        batch = [
            order_event(
                {"x": n}, id=f"00000000-0000-4000-8000-{n:012d}", topic="product.updated",
                entity="product", entity_id=str(n), schema="woocommerce.product/3",
            )
            for n in range(start, start + 150)
        ]  # fmt: skip
        assert world.shop().events(batch).status_code == 202
    world.drain()
    world.clock.advance(days=91)
    pruner = Pruner(world.context)
    steps = [pruner.step() for _ in range(3)]
    assert steps[0] + steps[1] + steps[2] > 0
    assert all(step <= retention.AT_ONCE for step in steps)
    left = sum(1 for row in world.rows(events) if row.data)
    assert 0 < left < 450
    assert Pruner(world.context).run() == left


def erased(data: dict[str, Any]) -> dict[str, Any]:
    """The order as WordPress leaves it after an erasure."""
    found = deepcopy(data)
    for block in ("billing", "shipping"):
        for name, value in found["order"][block].items():
            found["order"][block][name] = "[deleted]" if value else ""
        found["order"][block]["country"] = ""
    found["order"]["billing"]["email"] = ERASED_EMAIL
    found["order"]["billing"]["phone"] = ""
    return found


def test_an_order_erased_in_the_shop_is_erased_here(world: World, office: Office) -> None:
    data = fixture_order("simple_cod")
    billing = data["order"]["billing"]
    finish(world, office)
    person = {billing[name] for name in ("email", "last_name", "address_1") if billing[name]}
    assert person
    assert all(word in everything(world) for word in person)
    total = world.rows(orders)[0].total
    hashes = [row.hash for row in world.rows(events)]
    event = order_event(erased(data), 2)
    assert world.shop().events([event]).status_code == 202
    world.drain()
    kept = everything(world)
    assert not [word for word in person if word in kept]
    (row,) = world.rows(orders)
    assert (row.total, row.phase, row.erased_at) == (total, "closed", world.clock())
    assert "35.58" in delivery(world).payload
    assert [r.hash for r in world.rows(events)][: len(hashes)] == hashes
    assert open_cases(world) == [], "an erasure is no change of address"
    assert len(office.books) == 2


def test_what_still_has_to_be_sent_keeps_its_person_until_it_is(
    world: World, office: Office
) -> None:
    fail(office, "request", RetryableError("closed today"))
    show(world)
    world.drain()
    name = fixture_order("simple_cod")["order"]["billing"]["last_name"]
    world.clock.advance(seconds=1)
    world.shop().events([order_event(erased(fixture_order("simple_cod")), 2)])
    world.drain()
    assert name in delivery(world, REQUEST).payload
    assert name not in delivery(world, BOOK).payload
    Pruner(world.context).run()
    assert name in delivery(world, REQUEST).payload
    world.clock.advance(minutes=1)
    world.drain()
    assert delivery(world, REQUEST).state == "done"
    Pruner(world.context).run()
    assert delivery(world, REQUEST).payload == ""
    assert name not in everything(world)
    assert Pruner(world.context).run() == 0


def test_of_an_account_only_the_last_look_is_kept(world: World) -> None:
    for version, name in ((1, "Erika"), (2, "[deleted]")):
        event = order_event(
            {"customer": {"first_name": name}}, version, topic="customer.updated",
            entity="customer", entity_id="12", schema="woocommerce.customer/3",
        )  # fmt: skip
        world.shop().events([event | {"id": f"00000000-0000-4000-8000-{version:012d}"}])
        world.drain()
    first, last = sorted(world.rows(events), key=lambda row: row.version)
    assert (first.data, "deleted" in last.data) == ("", True)
    assert first.hash


def test_the_command_erases_by_address(world: World, office: Office, tmp_path: Path) -> None:
    finish(world, office)
    email = fixture_order("simple_cod")["order"]["billing"]["email"]
    another(world, 902)
    world.drain()
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CAUSEWAY_")},
        "CAUSEWAY_LEDGER__URL": world.ledger_url,
        "CAUSEWAY_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "causeway.cli", "erase", "--store", "berlin", "--yes"]
    done = subprocess.run(
        [*command, "--email", email.upper()],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 orders and 0 customers of berlin." in done.stdout
    assert email not in everything(world)
    assert [(row.action, row.subject) for row in world.rows(audit)] == [
        ("erase", "berlin: order 55"),
        ("erase", "berlin: order 902"),
    ]


@given(json_like())
def test_scrubbing_keeps_the_shape_and_is_the_same_twice(value: Any) -> None:
    once = scrub(value)
    assert scrub(once) == once
    if isinstance(value, dict):
        assert set(once) == set(value)


def test_scrubbing_leaves_amounts_skus_and_countries() -> None:
    data = fixture_order("b2b_customer_vat")
    once = json.dumps(scrub(data), ensure_ascii=False)
    order = data["order"]
    for block in ("billing", "shipping"):
        for name, value in order[block].items():
            if value and name != "country" and len(value) > 3:
                assert value not in once, name
    assert order["total"] in once
    assert all(line["sku"] in once and line["total"] in once for line in order["line_items"])
    assert not [word for word in PERSON if word in once]
