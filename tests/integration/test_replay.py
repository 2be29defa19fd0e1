"""Replay: what was not done is done, what was done is looked up, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from causeway.connectors.memory import Office
from causeway.engine.case_desk import CaseDesk
from causeway.engine.replay import Replayer
from causeway.engine.summary import summary
from causeway.errors import CausewayError, RejectedError
from causeway.ledger import replay, replay_events
from causeway.ledger.replay import Selection
from causeway.ledger.replay_events import EventSelection
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import audit, bindings, cases, deliveries, events, orders, replays
from causeway.policy import StorePolicy
from tests.engine_steps import BOOK, another, delivery, fail, open_cases, show
from tests.world import World, office_connection

EVERY = tuple(state.value for state in replay.REPLAYABLE)


def replayer(world: World) -> Replayer:
    return Replayer(world.context, "tester")


def preview(world: World, chosen: Selection) -> replay.Preview:
    with world.context.ledger.read() as connection:
        return replay.preview(connection, chosen)


def audited(world: World) -> list[tuple[str, str, str]]:
    return [(row.actor, row.action, row.subject) for row in world.rows(audit)]


def refused_orders(world: World, office: Office, *numbers: int) -> None:
    fail(office, "book", RejectedError("no"), times=len(numbers))
    for number in numbers:
        another(world, number)
    world.drain()


class Killed(BaseException):
    """As a process ends: nothing catches it."""


@contextmanager
def dying_after(world: World, transactions: int) -> Iterator[World]:
    """A world whose process ends in the middle of the transaction after so many."""
    ledger, left = world.context.ledger, [transactions]

    class Mortal:
        def __getattr__(self, name: str) -> Any:
            return getattr(ledger, name)

        @contextmanager
        def write(self) -> Iterator[Any]:
            with ledger.write() as connection:
                yield connection
                if not left[0]:
                    raise Killed
                left[0] -= 1

    yield replace(world.context, ledger=Mortal())  # type: ignore[arg-type,misc]


def test_a_preview_shows_what_would_go_where_and_changes_nothing(
    world: World, office: Office
) -> None:
    refused_orders(world, office, 901, 902)
    before = world.rows(deliveries)
    found = preview(world, Selection(connection="office"))
    assert (found.total, found.by_connection) == (2, {"office": 2})
    assert [row.key for row in found.rows] == ["berlin:901:book", "berlin:902:book"]
    assert summary(found.rows[0].operation, found.rows[0].payload).startswith("35.58 EUR")
    assert world.rows(deliveries) == before


def test_a_summary_names_no_person(world: World, office: Office) -> None:
    show(world, "partial_refund_one_line")
    world.drain()
    for row in world.rows(deliveries):
        text = summary(row.operation, row.payload)
        for word in ("Muster", "@", "Str", "10115"):
            assert word not in text


def test_parked_deliveries_of_a_stretch_of_time_are_done_at_the_rate(
    world: World, office: Office
) -> None:
    refused_orders(world, office, 901)
    world.clock.advance(hours=1)
    since = world.clock()
    refused_orders(world, office, 902, 903, 904)
    chosen = Selection(since=since, states=("parked",), rate=2.0)
    assert replayer(world).deliveries(chosen).done == 3
    due = [row.due_at - since for row in world.rows(deliveries, state="unknown")]
    assert due == [timedelta(seconds=0), timedelta(seconds=0.5), timedelta(seconds=1)]
    world.drain()
    assert len(office.books) == 2  # the first, and the parcel it asks for
    world.clock.advance(seconds=2)
    world.drain()
    assert {delivery(world, f"berlin:{n}:book").state for n in (902, 903, 904)} == {"done"}
    assert delivery(world, "berlin:901:book").state == "parked"
    assert audited(world)[-1][:2] == ("tester", "replay")
    assert audited(world)[-1][2].startswith("3 deliveries: parked from 2026-11-20T16:36:35Z")


def test_what_is_done_is_looked_up_and_never_doubled(world: World, office: Office) -> None:
    show(world, "partial_refund_one_line")
    world.drain()
    books, calls = list(office.books), len(office.calls)
    pairs = [(b.ours, b.theirs) for b in world.rows(bindings)]
    assert replayer(world).deliveries(Selection(states=EVERY)).done == 3
    world.clock.advance(seconds=5)
    world.drain()
    assert office.books == books
    assert {name for name, _ in office.calls[calls:]} == {"find"}
    assert {row.state for row in world.rows(deliveries)} == {"done"}
    assert sorted((b.ours, b.theirs) for b in world.rows(bindings)) == sorted(pairs)


def test_what_the_other_side_lost_is_made_again(world: World, office: Office) -> None:
    show(world)
    world.drain()
    office.books[:] = [entry for entry in office.books if entry.key != BOOK]
    replayer(world).deliveries(Selection(delivery_id=delivery(world).id, states=EVERY))
    world.drain()
    assert len(office.under("order", BOOK)) == 1
    assert open_cases(world) == []


def test_what_is_being_sent_and_what_was_cancelled_is_left_alone(
    world: World, office: Office
) -> None:
    refused_orders(world, office, 901, 902)
    for number, state in ((901, DeliveryState.SENDING), (902, DeliveryState.CANCELLED)):
        with world.write() as connection:
            connection.execute(
                deliveries.update()
                .where(deliveries.c.order_id == str(number))
                .values(state=state.value)
            )
    found = preview(world, Selection(states=EVERY))
    assert (found.total, found.sending) == (0, 1)
    assert replayer(world).deliveries(Selection(states=EVERY)).done == 0


@pytest.mark.parametrize("transactions", [0, 1, 2])
def test_a_crash_leaves_nothing_half_done_and_running_it_again_goes_on(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch, transactions: int
) -> None:
    refused_orders(world, office, 901, 902, 903, 904)
    monkeypatch.setattr(replay.step, "__defaults__", (2,))
    chosen = Selection(states=("parked",))
    with dying_after(world, transactions) as context, pytest.raises(Killed):
        Replayer(context, "tester").deliveries(chosen)  # type: ignore[arg-type]
    due = [row.id for row in world.rows(deliveries, state="unknown")]
    kept = world.rows(replays)
    assert len(due) == (kept[0].done if kept else 0) == 2 * max(transactions - 1, 0)
    assert replayer(world).deliveries(chosen).done == 4
    assert len(world.rows(replays)) == 1
    assert [action for _, action, _ in audited(world)] == ["replay"]
    world.clock.advance(seconds=10)
    world.drain()
    assert len([e for e in office.books if e.kind == "order"]) == 4


def test_the_same_replay_twice_at_once_is_one(world: World, office: Office) -> None:
    refused_orders(world, office, 901, 902)
    chosen = Selection(states=("parked",))
    with world.write() as connection:
        first = replay.begin(connection, chosen, "one", world.clock())
        second = replay.begin(connection, chosen, "two", world.clock())
    assert first.id == second.id


def test_an_event_that_was_not_understood_goes_through_the_flow_once_it_can(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("causeway.connectors.woocommerce.mapper.SCHEMA", "woocommerce.order/9")
        show(world)
        world.drain()
    assert open_cases(world) == ["not_understood"]
    assert replayer(world).events(EventSelection(store="berlin")) == 1
    world.drain()
    assert open_cases(world) == []
    assert office.called("book") == [BOOK]


def test_events_replayed_after_they_were_done_have_no_second_effect(
    world: World, office: Office
) -> None:
    show(world, "partial_refund_one_line")
    world.drain()
    books, calls = list(office.books), list(office.calls)
    for _ in range(2):
        chosen = EventSelection(states=("done", "superseded"))
        assert replayer(world).events(chosen) == 1
        world.drain()
    assert (office.books, office.calls) == (books, calls)
    assert len(world.rows(deliveries)) == 3
    assert open_cases(world) == []


def test_a_status_that_was_mapped_since_is_decided_anew(world: World, office: Office) -> None:
    show(world, status="b2b-approved")
    world.drain()
    assert open_cases(world) == ["unknown_status"]
    policy = StorePolicy(statuses={"b2b-approved": "book"})
    settings = replace(world.settings, policies={"berlin": policy})
    world.__dict__["settings"] = settings
    world.__dict__["parts"] = replace(
        world.parts, context=replace(world.context, settings=settings)
    )
    (case,) = world.rows(cases)
    CaseDesk(world.context, "tester").retry(case.id)
    world.drain()
    assert office.called("book") == [BOOK]
    assert open_cases(world) == []


def test_only_the_newest_version_takes_part(world: World) -> None:
    show(world)
    world.drain()
    show(world, version=2, status="completed")
    world.drain()
    with world.context.ledger.read() as connection:
        found = replay_events.find(connection, EventSelection(states=("done", "superseded")))
    assert [row.version for row in found] == [2]


def test_an_order_asks_again_when_somebody_plays_the_role_now(
    ledger_url: str, office: Office, new_world: Any
) -> None:
    world = new_world(ledger_url)
    show(world)
    world.drain()
    (case,) = world.rows(cases)
    assert case.kind == "no_connection"
    settings = replace(world.settings, connections=(office_connection(office),))
    parts = replace(world.parts, context=replace(world.context, settings=settings))
    from causeway.connectors import registry

    connector = registry.build(settings.connections[0])
    context = replace(parts.context, connector=lambda name: connector)
    world.__dict__["parts"] = replace(parts, context=context)
    for _ in range(2):
        with world.write() as connection:
            replayer(world).order(connection, "berlin", "55")
    world.drain()
    assert office.called("book") == [BOOK]
    assert open_cases(world) == []


def test_a_skipped_delivery_lets_its_followers_pass_and_keeps_the_reason(
    world: World, office: Office
) -> None:
    fail(office, "book", RejectedError("unknown item"))
    show(world, "partial_refund_one_line")
    world.drain()
    (case,) = world.rows(cases)
    desk = CaseDesk(world.context, "tester")
    with pytest.raises(CausewayError, match="needs a reason"):
        desk.skip(case.id, "  ")
    desk.skip(case.id, "booked by hand")
    row = world.rows(cases, id=case.id)[0]
    assert (row.state, row.resolved_by, row.resolution) == (
        "resolved", "tester", "skipped: booked by hand",
    )  # fmt: skip
    assert row.resolved_at == world.clock()
    assert delivery(world, case.key.removeprefix("delivery:office:")).state == "cancelled"
    world.drain()
    assert len(office.called("refund")) == 1, "the refund went on"
    assert ("tester", "skip", case.key) in audited(world)
    with pytest.raises(CausewayError, match="was resolved by tester"):
        desk.resolve(case.id)


def test_order_of_an_order_is_kept_while_it_is_replayed(world: World, office: Office) -> None:
    show(world, "partial_refund_one_line")
    world.drain()
    office.calls.clear()
    replayer(world).deliveries(Selection(states=EVERY, rate=1000))
    world.clock.advance(seconds=5)
    world.drain()
    keys = [key.split(":", 2)[2] for _, key in office.calls]
    assert keys == ["book", "refund:79", "request:1"]
    assert {row.state for row in world.rows(events)} == {"done"}
    assert len(world.rows(orders)) == 1
