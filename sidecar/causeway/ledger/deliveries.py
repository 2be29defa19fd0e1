"""Deliveries: planned once under a key, done one after another for each order and connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from causeway.ledger.sql import insert_new
from causeway.ledger.states import UNFINISHED, DeliveryState
from causeway.ledger.tables import attempts, connections, deliveries, is_unfinished, orders


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One operation to be done at one connection. `payload` is the canonical JSON it needs."""

    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    payload: str
    shadow: bool = False
    """Whether it is only to be looked at and never sent."""


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery under lease. `attempts` counts those before this one.

    `uncertain` means an earlier attempt may have worked: look up before anything is sent.
    `deaths` counts the workers that ended while they were sending it.
    """

    id: int
    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    payload: str
    fence: int
    attempts: int
    deaths: int
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try went. `detail` is redacted: codes and our own sentences, no payloads."""

    started_at: datetime
    duration_ms: int
    outcome: str
    detail: str


def plan(connection: Connection, planned: Sequence[PlannedDelivery], now: datetime) -> None:
    """Add the deliveries whose key is new at their connection; the others are planned already."""
    insert_new(
        connection,
        deliveries,
        [
            {
                "connection": item.connection,
                "key": item.key,
                "store": item.store,
                "order_id": item.order_id,
                "operation": item.operation,
                "payload": item.payload,
                "state": (DeliveryState.SHADOW if item.shadow else DeliveryState.WAITING).value,
                "due_at": now,
                "created_at": now,
            }
            for item in planned
        ],
    )


def claim(
    connection: Connection, name: str, owner: str, now: datetime, lease_seconds: float, limit: int
) -> list[ClaimedDelivery]:
    """Lease up to `limit` due deliveries of connection `name`, the first unfinished of each order.

    They become `sending` before anything is sent, so that a worker's death leaves a trace: a
    `sending` one whose lease ran out may have arrived.
    """
    due = (
        select(deliveries.c.id, deliveries.c.state)
        .where(deliveries.c.connection == name, _due(now), ~_has_predecessor())
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    before = {row.id: row.state for row in connection.execute(due)}
    if not before:
        return []
    _count_deaths(connection, [key for key, s in before.items() if s == DeliveryState.SENDING])
    rows = connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(list(before)))
        .values(
            state=DeliveryState.SENDING.value,
            lease_owner=owner,
            lease_until=now + timedelta(seconds=lease_seconds),
            fence=deliveries.c.fence + 1,
        )
        .returning(*[deliveries.c[field] for field in _CLAIMED])
    )
    claimed = [
        ClaimedDelivery(**row._mapping, uncertain=before[row.id] != DeliveryState.WAITING)
        for row in rows
    ]
    return sorted(claimed, key=lambda delivery: delivery.id)


def _count_deaths(connection: Connection, abandoned: Sequence[int]) -> None:
    if abandoned:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(abandoned))
            .values(deaths=deliveries.c.deaths + 1)
        )


def finish(
    connection: Connection,
    delivery: ClaimedDelivery,
    attempt: Attempt,
    *,
    state: DeliveryState,
    now: datetime,
    due_at: datetime | None = None,
    reason: str = "",
    counts: bool = True,
) -> bool:
    """Write down how it went; False, and nothing written, when the lease was lost meanwhile."""
    values = {
        "state": state.value,
        "reason": reason[:500],
        "lease_owner": None,
        "lease_until": None,
        "attempts": deliveries.c.attempts + int(counts),
        "done_at": now if state is DeliveryState.DONE else None,
        "due_at": due_at or now,
    }
    done = connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.fence == delivery.fence)
        .values(**values)
    )
    if done.rowcount != 1:
        return False
    connection.execute(
        attempts.insert().values(
            delivery_id=delivery.id,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms,
            outcome=attempt.outcome,
            detail=attempt.detail[:500],
        )
    )
    return True


def extend(connection: Connection, owner: str, until: datetime) -> None:
    """The owner's heartbeat: keep all that it is sending."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.lease_owner == owner, deliveries.c.state == DeliveryState.SENDING.value)
        .values(lease_until=until)
    )


def retry_now(connection: Connection, delivery_id: int, now: datetime) -> bool:
    """Make a waiting, unknown or parked delivery due now, its schedule begun anew."""
    state = deliveries.c.state
    done = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            state.in_([s.value for s in UNFINISHED if s is not DeliveryState.SENDING]),
        )
        .values(
            # What was parked was refused, or sent to no avail: whether it arrived is looked up.
            state=DeliveryState.UNKNOWN.value,
            due_at=now,
            attempts=0,
            deaths=0,
        )
    )
    return done.rowcount == 1


def connections_due(connection: Connection, now: datetime) -> list[str]:
    """The connections, not paused, at which something can be done now."""
    query = select(deliveries.c.connection).where(_due(now), ~_has_predecessor()).distinct()
    return [row.connection for row in connection.execute(query)]


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many deliveries stand in each state, by (connection, state), finished ones left out."""
    query = (
        select(deliveries.c.connection, deliveries.c.state, func.count())
        .where(is_unfinished(deliveries))
        .group_by(deliveries.c.connection, deliveries.c.state)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def oldest(connection: Connection) -> dict[str, datetime]:
    """Since when each connection's oldest unfinished delivery waits."""
    query = (
        select(deliveries.c.connection, func.min(deliveries.c.created_at))
        .where(is_unfinished(deliveries))
        .group_by(deliveries.c.connection)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _due(now: datetime) -> ColumnElement[bool]:
    ready = deliveries.c.state.in_([DeliveryState.WAITING.value, DeliveryState.UNKNOWN.value])
    abandoned = and_(
        deliveries.c.state == DeliveryState.SENDING.value, deliveries.c.lease_until < now
    )
    paused = exists().where(
        connections.c.name == deliveries.c.connection, connections.c.paused_at.is_not(None)
    )
    return and_(
        is_unfinished(deliveries), or_(and_(ready, deliveries.c.due_at <= now), abandoned), ~paused
    )


def _has_predecessor() -> ColumnElement[bool]:
    earlier = deliveries.alias()
    return exists().where(
        earlier.c.connection == deliveries.c.connection,
        earlier.c.store == deliveries.c.store,
        earlier.c.order_id == deliveries.c.order_id,
        earlier.c.id < deliveries.c.id,
        is_unfinished(earlier),
    )


_CLAIMED = [name for name in ClaimedDelivery.__slots__ if name != "uncertain"]


def drop_shadow(connection: Connection, name: str, key: str) -> None:
    """Forget what was only worked out: somebody else has done it."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.connection == name,
            deliveries.c.key == key,
            deliveries.c.state == DeliveryState.SHADOW.value,
        )
        .values(state=DeliveryState.CANCELLED.value)
    )


def go_live(connection: Connection, name: str, since: datetime, now: datetime) -> int:
    """Send what was only worked out for orders that arrived from `since` on; how many."""
    arrived = (
        select(orders.c.id)
        .where(
            orders.c.store == deliveries.c.store,
            orders.c.order_id == deliveries.c.order_id,
            orders.c.received_at >= since,
        )
        .exists()
    )
    done = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.connection == name,
            deliveries.c.state == DeliveryState.SHADOW.value,
            arrived,
        )
        .values(state=DeliveryState.WAITING.value, due_at=now)
    )
    return done.rowcount
