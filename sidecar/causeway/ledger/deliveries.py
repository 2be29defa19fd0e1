"""Deliveries: planned once under a key, done one after another for each order and connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from causeway.ledger.lanes import BOTH, ORDERS
from causeway.ledger.sql import insert_new, one_by_one
from causeway.ledger.states import UNFINISHED, DeliveryState
from causeway.ledger.tables import (
    attempts,
    connections,
    deliveries,
    is_ready,
    is_unfinished,
    orders,
)


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One operation to be done at one connection. `payload` is the canonical JSON it needs."""

    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    payload: str
    lane: int = ORDERS
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
    created_at: datetime
    lane: int = ORDERS


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
                "lane": item.lane,
            }
            for item in planned
        ],
    )


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
    chosen = _choose(connection, name, now, limit, lanes, stores)
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


def _choose(
    connection: Connection,
    name: str,
    now: datetime,
    limit: int,
    lanes: Sequence[int],
    stores: Sequence[str],
) -> list[Row[Any]]:
    """Each store's share first, then whatever is left over to whoever has more."""
    chosen: dict[int, Row[Any]] = {}
    for lane in lanes:
        share = -(-limit // max(len(stores), 1))
        for most in dict.fromkeys((share, limit)):
            for store in stores:
                room = min(most, limit - len(chosen))
                if room <= 0:
                    return list(chosen.values())
                names = {"name": name, "store": store, "lane": lane, "now": now}
                rows = connection.execute(_CHOOSE, {**names, "limit": most}).all()
                fresh = [row for row in rows if row.id not in chosen][:room]
                chosen.update({row.id: row for row in fresh})
    return list(chosen.values())


def stores_of(connection: Connection, name: str) -> list[str]:
    """The stores that have something to do at connection `name`."""
    return [row.store for row in connection.execute(_STORES, {"name": name})]


def _count_deaths(connection: Connection, abandoned: Sequence[int]) -> None:
    if abandoned:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(abandoned))
            .values(deaths=deliveries.c.deaths + 1)
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


@dataclass(frozen=True, slots=True)
class Finish:
    """How a delivery is left after an attempt. `counts` says whether the attempt is used up."""

    delivery: ClaimedDelivery
    attempt: Attempt
    state: DeliveryState
    due_at: datetime | None = None
    reason: str = ""
    counts: bool = True


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


def due_at(connection: Connection, name: str, now: datetime, lanes: Sequence[int] = BOTH) -> bool:
    """Whether something can be done at connection `name` now, which is not when it is paused."""
    return any(
        connection.scalar(_ANY_DUE, {"name": name, "store": store, "lane": lane, "now": now})
        is not None
        for store in stores_of(connection, name)
        for lane in lanes
    )


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


def _is_due() -> ColumnElement[bool]:
    """Due at a connection that is not paused, and nothing of its order before it.

    Of one that is being sent, `due_at` is when its lease ends.
    """
    earlier = deliveries.alias()
    predecessor = one_by_one(
        deliveries,
        select(earlier.c.id)
        .where(
            earlier.c.connection == deliveries.c.connection,
            earlier.c.store == deliveries.c.store,
            earlier.c.order_id == deliveries.c.order_id,
            earlier.c.id < deliveries.c.id,
            is_unfinished(earlier),
        )
        .order_by(earlier.c.id),
    )
    paused = exists().where(
        connections.c.name == bindparam("name"), connections.c.paused_at.is_not(None)
    )
    held = and_(
        deliveries.c.state == literal_column("'sending'"),
        deliveries.c.lease_until >= bindparam("now"),
    )
    return and_(
        deliveries.c.connection == bindparam("name"),
        deliveries.c.store == bindparam("store"),
        deliveries.c.lane == bindparam("lane"),
        is_ready(deliveries),
        deliveries.c.due_at <= bindparam("now"),
        ~held,
        ~predecessor,
        ~paused,
    )


_CLAIMED = [name for name in ClaimedDelivery.__slots__ if name != "uncertain"]
# Built once: workers use them for every delivery.
_CHOOSE = (
    select(deliveries.c.id, deliveries.c.state, deliveries.c.deaths)
    .where(_is_due())
    .order_by(deliveries.c.due_at)  # and nothing more: the index gives that without sorting
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_ANY_DUE = select(deliveries.c.id).where(_is_due()).limit(1)


def _stores() -> Any:
    """One step in the index for each store, however many deliveries it has."""
    of_name = (deliveries.c.connection == bindparam("name")) & is_ready(deliveries)
    next_one = select(deliveries.c.store).where(of_name).order_by(deliveries.c.store).limit(1)
    found = select(next_one.scalar_subquery().label("store")).cte("found", recursive=True)
    after = next_one.where(deliveries.c.store > found.c.store).correlate(found).scalar_subquery()
    found = found.union_all(select(after).where(found.c.store.is_not(None)))
    return select(found.c.store).where(found.c.store.is_not(None)).order_by(found.c.store)


_STORES = _stores()
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
