"""What is not needed any more goes, a little at a time. Keys and hashes stay for good.

A pruned payload is an empty text. The event's id and hash stay, so a duplicate that comes years
later is still a duplicate; a delivery's key stays, so it is never planned again; an update's key
stays, so it is never told again. What is unfinished, and what a case is open about, is never
touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import cast as sql_cast

from causeway.ledger.engine import Ledger
from causeway.ledger.states import DeliveryState, EventState
from causeway.ledger.tables import (
    attempts,
    audit,
    cases,
    cursors,
    deliveries,
    events,
    is_open,
    is_unfinished,
    orders,
    updates,
)

AT_ONCE = 200
_OVER = (DeliveryState.DONE.value, DeliveryState.CANCELLED.value)
# Phases in which something is still to come.
_UNFINISHED_PHASES = ("held", "accepted", "booked")


@dataclass(frozen=True, slots=True)
class Batch:
    """`last` is where the next one begins; `rows` were pruned; `more` says there may be others."""

    last: int
    rows: int
    more: bool


# (ledger, older than then, past this number) → what was done
Prune = Callable[[Ledger, datetime, int], Batch]


def event_payloads(ledger: Ledger, before: datetime, after: int) -> Batch:
    """What events said, once it is decided and nothing of its order is under way."""
    number = events.c.seq
    ready = and_(
        number > after,
        events.c.data != "",
        events.c.state != EventState.WAITING.value,
        events.c.done_at < before,
        ~exists().where(is_open(cases), cases.c.event_seq == number),
        or_(events.c.entity != "order", _at_rest(events.c.source, events.c.entity_id)),
    )
    return _batch(ledger, number, ready, lambda ids: _empty(events, number, ids, "data"))


def delivery_payloads(ledger: Ledger, before: datetime, after: int) -> Batch:
    """What was sent, once it is done and nothing of its order is under way."""
    number = deliveries.c.id
    ready = and_(
        number > after,
        deliveries.c.payload != "",
        deliveries.c.state.in_(_OVER),
        func.coalesce(deliveries.c.done_at, deliveries.c.due_at) < before,
        _at_rest(deliveries.c.store, deliveries.c.order_id),
    )
    return _batch(ledger, number, ready, lambda ids: _empty(deliveries, number, ids, "payload"))


def erased_payloads(ledger: Ledger, before: datetime, after: int) -> Batch:
    """What had to be sent although its person was erased meanwhile: it goes as soon as it is done.

    `before` plays no part.
    """
    number = deliveries.c.id
    erased = exists().where(
        orders.c.erased_at.is_not(None),
        orders.c.store == deliveries.c.store,
        orders.c.order_id == deliveries.c.order_id,
        func.coalesce(deliveries.c.done_at, deliveries.c.due_at) >= orders.c.erased_at,
    )
    pairs = select(orders.c.order_id).where(orders.c.erased_at.is_not(None))
    ready = and_(
        number > after,
        deliveries.c.order_id.in_(pairs),
        deliveries.c.payload != "",
        deliveries.c.state.in_(_OVER),
        erased,
    )
    return _batch(ledger, number, ready, lambda ids: _empty(deliveries, number, ids, "payload"))


def old_attempts(ledger: Ledger, before: datetime, after: int) -> Batch:
    """How tries went, of deliveries that are at their end."""
    waits = exists().where(deliveries.c.id == attempts.c.delivery_id, is_unfinished(deliveries))
    ready = and_(attempts.c.id > after, attempts.c.started_at < before, ~waits)
    return _batch(ledger, attempts.c.id, ready, lambda ids: _drop(attempts, ids))


def acknowledged_updates(ledger: Ledger, before: datetime, after: int) -> Batch:
    """What shops were told and have acknowledged."""
    acknowledged = (
        select(sql_cast(cursors.c.value, BigInteger))
        .where(cursors.c.name == "store:" + updates.c.store + ":updates")
        .scalar_subquery()
    )
    number = updates.c.id
    ready = and_(
        number > after,
        updates.c.data != "",
        updates.c.created_at < before,
        updates.c.seq <= acknowledged,
    )
    return _batch(ledger, number, ready, lambda ids: _empty(updates, number, ids, "data"))


def old_audit(ledger: Ledger, before: datetime, after: int) -> Batch:
    ready = and_(audit.c.id > after, audit.c.at < before)
    return _batch(ledger, audit.c.id, ready, lambda ids: _drop(audit, ids))


def _at_rest(store: Any, order_id: Any) -> ColumnElement[bool]:
    """Nothing of the order is under way, and nobody has to look at it."""
    return and_(
        ~exists().where(
            orders.c.store == store,
            orders.c.order_id == order_id,
            orders.c.phase.in_(_UNFINISHED_PHASES),
        ),
        ~exists().where(is_open(cases), cases.c.store == store, cases.c.order_id == order_id),
        ~exists(
            select(1)
            .select_from(unfinished := deliveries.alias())
            .where(
                is_unfinished(unfinished),
                unfinished.c.store == store,
                unfinished.c.order_id == order_id,
            )
        ),
    )


def _batch(
    ledger: Ledger, number: Any, ready: ColumnElement[bool], prune: Callable[[list[int]], Any]
) -> Batch:
    """Found by reading, which holds up nobody; written in one short transaction."""
    with ledger.read() as connection:
        ids = [row[0] for row in connection.execute(_ids(number, ready))]
    if not ids:
        return Batch(0, 0, more=False)
    with ledger.write() as connection:
        # What has changed since it was read is left for the next time.
        ids = [row[0] for row in connection.execute(_ids(number, and_(ready, number.in_(ids))))]
        if ids:
            connection.execute(prune(ids))
    return Batch(ids[-1] if ids else 0, len(ids), more=bool(ids))


def _ids(number: Any, ready: ColumnElement[bool]) -> Any:
    return select(number).where(ready).order_by(number).limit(AT_ONCE)


def _empty(table: Any, number: Any, ids: list[int], column: str) -> Any:
    return update(table).where(number.in_(ids)).values({column: ""})


def _drop(table: Any, ids: list[int]) -> Any:
    return delete(table).where(table.c.id.in_(ids))


def left(connection: Connection) -> dict[str, int]:
    """How many payloads are kept in full: of events, deliveries and updates."""
    wanted = {
        "events": events.c.data,
        "deliveries": deliveries.c.payload,
        "updates": updates.c.data,
    }
    return {
        name: connection.scalar(select(func.count()).where(column != "")) or 0
        for name, column in wanted.items()
    }
