"""Replay for people: deliveries, orders, cases, and events through the flow. All of it is audited.

A delivery is looked up under its key before anything is sent; an event decides again only where
nothing was asked for yet. So none of it has an effect a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from causeway.canonical.codec import decode, encode
from causeway.engine import desk
from causeway.engine.context import Context
from causeway.engine.operations import key_of
from causeway.engine.scenes import Scenes
from causeway.flows.again import asks_again
from causeway.flows.decision import Decision
from causeway.flows.state import OrderState
from causeway.ledger import audit, cases, deliveries, lanes, orders, replay, replay_events
from causeway.ledger.engine import lock_row_of
from causeway.ledger.replay import Progress, Selection
from causeway.ledger.replay_events import EventRow, EventSelection


@dataclass(frozen=True, slots=True)
class Replayer:
    """`actor` is who does it, as the audit names them."""

    context: Context
    actor: str

    def deliveries(self, chosen: Selection) -> Progress:
        """All of them. Interrupted, the pump goes on; run again, it goes on itself."""
        with self.context.ledger.write() as connection:
            progress = replay.begin(connection, chosen, self.actor, self.context.now())
        while not progress.finished:
            progress = self.step(progress.id)
        return progress

    def step(self, replay_id: int) -> Progress:
        with self.context.ledger.write() as connection:
            return replay.step(connection, replay_id, self.context.now())

    def events(self, chosen: EventSelection) -> int:
        """Let the flow see the chosen events again; how many. Interrupted, run it again."""
        first, after, done = self.context.now(), 0, 0
        with self.context.ledger.write() as connection:
            total = replay_events.count(connection, chosen)
            about = f"{total} events: {chosen.words()}"
            audit.note(connection, self.actor, "replay_events", about, first)
        while True:
            with self.context.ledger.write() as connection:
                rows = replay_events.find(connection, chosen, after)
                for row in rows:
                    _look_again(connection, row)
                start = first + timedelta(seconds=done / chosen.rate)
                replay_events.wake(connection, rows, start, chosen.rate)
            done += len(rows)
            if len(rows) < replay_events.AT_ONCE:
                return done
            after = rows[-1].seq

    def order(self, connection: Connection, store: str, order_id: str) -> int:
        """Ask again for all the order has asked for; how many deliveries that added."""
        now = self.context.now()
        lock_row_of(connection, f"order:{store}:{order_id}")
        row = orders.get(connection, store, order_id)
        if row is None:
            return 0
        scene = Scenes(self.context, connection).of(store, row.received_at, ())
        decision = Decision(None, asks=asks_again(decode(OrderState, row.state), scene, now))
        planned, unplayed = desk.plan(store, order_id, decision, scene, lanes.ORDERS)
        before = deliveries_of(connection, store, order_id)
        deliveries.plan(connection, planned, now)
        missing = {
            key_of(store, order_id, trouble.kind + ":" + trouble.ref) for trouble in unplayed
        }
        asked = {key_of(store, order_id, f"no_connection:{ask.suffix}") for ask in decision.asks}
        cases.resolve(connection, sorted(asked - missing), self.actor, now, "asked for again")
        added = deliveries_of(connection, store, order_id) - before
        audit.note(connection, self.actor, "replay_order", f"{store}:{order_id}: {added} new", now)
        return added


def deliveries_of(connection: Connection, store: str, order_id: str) -> int:
    """How many deliveries the order has, whatever became of them."""
    states = tuple(state.value for state in replay.REPLAYABLE)
    chosen = Selection(store=store, order_id=order_id, states=states)
    return replay.preview(connection, chosen, limit=1).total


def _look_again(connection: Connection, event: EventRow) -> None:
    """Let the flow take this version as news, if the order has not been sent anywhere yet."""
    if event.entity != "order":
        return
    row = orders.get(connection, event.source, event.entity_id)
    if row is None or row.version < event.version:
        return
    state = decode(OrderState, row.state)
    if state.asked or row.version != event.version:
        return
    state = replace(state, version=event.version - 1)
    orders.save(connection, replace(row, version=event.version - 1, state=encode(state)))


def due(now: datetime, rate: float, total: int) -> str:
    """When the last of `total` becomes due, in words."""
    last = now + timedelta(seconds=max(total - 1, 0) / rate)
    return f"{last:%Y-%m-%d %H:%M:%S} UTC"
