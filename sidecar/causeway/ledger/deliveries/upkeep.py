"""What waits: counted, tried again at once, and made due where a clock was set back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select, update

from causeway.ledger.states import UNFINISHED, DeliveryState
from causeway.ledger.tables import attempts, deliveries, is_ready, is_unfinished


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


def mend_clock(connection: Connection, now: datetime, tolerance: timedelta) -> int:
    """Make due what a clock that was set back since would keep waiting; how many there were.

    A lease of another's clock that reaches too far, work planned in the future, or work that was
    last tried there: nothing of ours writes any of them.
    """
    late = now + tolerance
    last_tried = (
        select(attempts.c.started_at)
        .where(attempts.c.delivery_id == deliveries.c.id)
        .order_by(attempts.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    tried = and_(deliveries.c.state != DeliveryState.SENDING.value, last_tried > late)
    too_far = and_(
        deliveries.c.state == DeliveryState.SENDING.value, deliveries.c.lease_until > late
    )
    not_yet = and_(
        deliveries.c.state == DeliveryState.WAITING.value,
        deliveries.c.attempts == 0,
        deliveries.c.created_at > late,
        deliveries.c.due_at > now,
    )
    done = connection.execute(
        update(deliveries)
        .where(is_ready(deliveries), deliveries.c.due_at > now, or_(too_far, not_yet, tried))
        .values(due_at=now, lease_until=now)
    )
    return done.rowcount
