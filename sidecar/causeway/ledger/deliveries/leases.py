"""Leasing what is due, keeping it, giving it back, and writing down how it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from causeway.ledger.deliveries.due import choose, stores_of
from causeway.ledger.deliveries.records import Attempt, ClaimedDelivery, Finish
from causeway.ledger.lanes import BOTH
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import attempts, deliveries, is_ready


def claim(
    connection: Connection,
    name: str,
    owner: str,
    now: datetime,
    lease_seconds: float,
    limit: int,
    *,
    lanes: Sequence[int] = BOTH,
    stores: Sequence[str] | None = None,
    suspects: bool = True,
) -> list[ClaimedDelivery]:
    """Lease up to `limit` due deliveries of connection `name`, the first unfinished of each order.

    `stores` take turns in the order given (None: all of them), so that one store's backlog holds
    up no other. They become `sending` before anything is sent, so that a worker's death leaves a
    trace: a `sending` one whose lease ran out may have arrived. Of those that have seen a worker
    die at most one comes at a time, none without `suspects`: it must not take others with it.
    """
    if stores is None:
        stores = stores_of(connection, name)
    chosen = choose(connection, name, now, limit, lanes, stores)
    suspect = [row for row in chosen if row.deaths or row.state == DeliveryState.SENDING]
    left_out = {row.id for row in suspect[1 if suspects else 0 :]}
    before = {row.id: row.state for row in chosen if row.id not in left_out}
    if not before:
        return []
    _count_deaths(connection, [key for key, s in before.items() if s == DeliveryState.SENDING])
    until = now + timedelta(seconds=lease_seconds)
    rows = connection.execute(_CLAIM, {"ids": list(before), "owner": owner, "until": until})
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


def extend(connection: Connection, owner: str, until: datetime, ids: Sequence[int]) -> None:
    """The owner's heartbeat: keep those of `ids` that it still holds.

    Not all that stands in its name: of a claim whose commit was never answered it knows nothing,
    and that must become free again.
    """
    connection.execute(
        update(deliveries)
        .where(
            is_ready(deliveries),
            deliveries.c.id.in_(ids),
            deliveries.c.lease_owner == owner,
            deliveries.c.state == DeliveryState.SENDING.value,
        )
        .values(lease_until=until, due_at=until)
    )


def give_back(connection: Connection, claimed: Sequence[ClaimedDelivery], now: datetime) -> None:
    """Return deliveries of which nothing was sent; it counts as no attempt."""
    if not claimed:
        return
    unknown, waiting = DeliveryState.UNKNOWN.value, DeliveryState.WAITING.value
    rows = [
        {"the_id": d.id, "held": d.fence, "to_state": unknown if d.uncertain else waiting,
         "next": now}
        for d in sorted(claimed, key=lambda delivery: delivery.id)
    ]  # fmt: skip
    connection.execute(_GIVE_BACK, rows)


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
    left = Finish(delivery, attempt, state, due_at, reason, counts)
    return delivery.id in finish_all(connection, [left], now)


def finish_all(connection: Connection, left: Sequence[Finish], now: datetime) -> set[int]:
    """As `finish`, for several; the ids of those whose lease still held."""
    rows = connection.execute(_HOLD, {"ids": [item.delivery.id for item in left]})
    fences = {row.id: row.fence for row in rows}
    held = [item for item in left if fences.get(item.delivery.id) == item.delivery.fence]
    if held:
        connection.execute(_FINISH, [_left(item, now) for item in held])
        connection.execute(
            _ATTEMPT,
            [
                {
                    "delivery_id": item.delivery.id,
                    "started_at": item.attempt.started_at,
                    "duration_ms": item.attempt.duration_ms,
                    "outcome": item.attempt.outcome,
                    "detail": item.attempt.detail[:500],
                }
                for item in held
            ],
        )
    return {item.delivery.id for item in held}


def _left(item: Finish, now: datetime) -> dict[str, Any]:
    return {
        "the_id": item.delivery.id,
        "held": item.delivery.fence,
        "to_state": item.state.value,
        "why": item.reason[:500],
        "counted": int(item.counts),
        "ended": now if item.state is DeliveryState.DONE else None,
        "next": item.due_at or now,
    }


_CLAIMED = [name for name in ClaimedDelivery.__slots__ if name != "uncertain"]
# Built once: workers use them for every delivery.
_CLAIM = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=DeliveryState.SENDING.value,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        due_at=bindparam("until"),
        fence=deliveries.c.fence + 1,
    )
    .returning(*[deliveries.c[field] for field in _CLAIMED])
)
_HOLD = (
    select(deliveries.c.id, deliveries.c.fence)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(deliveries.c.id)
    .with_for_update()
)
_FINISH = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("the_id"), deliveries.c.fence == bindparam("held"))
    .values(
        state=bindparam("to_state"),
        reason=bindparam("why"),
        lease_owner=None,
        lease_until=None,
        attempts=deliveries.c.attempts + bindparam("counted"),
        done_at=bindparam("ended"),
        due_at=bindparam("next"),
    )
)
_GIVE_BACK = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("the_id"), deliveries.c.fence == bindparam("held"))
    .values(
        state=bindparam("to_state"), due_at=bindparam("next"), lease_owner=None, lease_until=None
    )
)
_ATTEMPT = attempts.insert()
