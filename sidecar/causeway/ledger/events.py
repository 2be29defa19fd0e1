"""Events: stored once for good, then worked on in the order of each entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from causeway.ledger.lanes import BOTH, BULK, ORDERS, lane_of
from causeway.ledger.sql import one_by_one
from causeway.ledger.states import EventState
from causeway.ledger.tables import events, is_waiting


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact as it came. `data` is its JSON text, `hash` the SHA-256 of all that was said of it.

    `history` marks what a shop sends of the past, for which nobody waits.
    """

    source: str
    id: str
    topic: str
    entity: str
    entity_id: str
    version: int
    occurred_at: datetime
    schema: str
    data: str
    hash: str
    history: bool = False


_LAST = select(func.max(events.c.seq))
# Shared by all that keep events, alone for who asks which have been kept (`no_more`).
_NUMBERING = 0x43617573
_ONE_MORE = select(func.pg_advisory_xact_lock_shared(_NUMBERING))
_NO_MORE = select(func.pg_advisory_xact_lock(_NUMBERING))


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch, by event id. `conflicts` differ from what came under their id.

    `last` is a number in the ledger that none of the batch's events is past.
    """

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]
    conflicts: tuple[str, ...]
    last: int = 0


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    """An event under lease. `attempts` counts this one."""

    seq: int
    source: str
    id: str
    topic: str
    entity: str
    entity_id: str
    version: int
    occurred_at: datetime
    received_at: datetime
    schema: str
    data: str
    fence: int
    attempts: int
    lane: int = ORDERS


def store(connection: Connection, batch: Sequence[NewEvent], now: datetime) -> Stored:
    """Write what is new, with the work it asks for, in the caller's transaction.

    The same id again is a duplicate for good, whenever it comes; with other content it is a
    conflict and changes nothing.
    """
    return store_all(connection, [batch], now)[0]


def put_off(connection: Connection, source: str, event_id: str, due_at: datetime) -> None:
    """Let a waiting event wait until then."""
    connection.execute(
        update(events)
        .where(events.c.source == source, events.c.id == event_id, is_waiting(events))
        .values(due_at=due_at)
    )


def store_all(
    connection: Connection, batches: Sequence[Sequence[NewEvent]], now: datetime
) -> list[Stored]:
    """As `store`, for several batches with one look and one insert; an answer for each."""
    found = _store_all(connection, batches, now)
    last = connection.scalar(_LAST) or 0
    return [replace(stored, last=last) for stored in found]


def no_more(connection: Connection) -> None:
    """Until this transaction ends nobody keeps an event, and all that were kept can be seen.

    A sequence numbers them as they come, not as they are committed: without this, one with a lower
    number than the last may still be on its way.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer
        connection.execute(_NO_MORE)


def _store_all(
    connection: Connection, batches: Sequence[Sequence[NewEvent]], now: datetime
) -> list[Stored]:
    known = _known(connection, [event for batch in batches for event in batch])
    rows: list[dict[str, object]] = []
    found = [_sort_out(batch, known, rows, now) for batch in batches]
    if not rows:
        return found
    if connection.dialect.name == "sqlite":  # nobody else can have written since we looked
        connection.execute(_INSERT_SQLITE, rows)
        return found
    connection.execute(_ONE_MORE)
    kept = {tuple(row) for row in connection.execute(_INSERT_POSTGRES, rows)}
    if len(kept) == len(rows):
        return found
    return [_told_again(connection, b, s, kept) for b, s in zip(batches, found, strict=True)]


def _sort_out(
    batch: Sequence[NewEvent],
    known: dict[tuple[str, str], str],
    rows: list[dict[str, object]],
    now: datetime,
) -> Stored:
    """What is new in the batch goes to `rows`, and is known from here on."""
    accepted, duplicates, conflicts = [], [], []
    for event in batch:
        before = known.setdefault((event.source, event.id), "")
        if not before:
            known[event.source, event.id] = event.hash
            accepted.append(event.id)
            rows.append(_row(event, now))
        elif before == event.hash:
            duplicates.append(event.id)
        else:
            conflicts.append(event.id)
    return Stored(tuple(accepted), tuple(duplicates), tuple(conflicts))


def claim(
    connection: Connection,
    owner: str,
    now: datetime,
    lease_seconds: float,
    limit: int,
    lanes: Sequence[int] = BOTH,
) -> list[ClaimedEvent]:
    """Lease up to `limit` due events, each the first unfinished one of its entity.

    One that was tried before comes alone: should it end its worker, it ends no others' work.
    """
    names = {"now": now, "limit": limit}
    chosen: list[int] = []
    for lane in lanes:
        rows = connection.execute(_CHOOSE, {**names, "lane": lane}).all()
        chosen = [row.seq for row in rows if not row.attempts] or [row.seq for row in rows[:1]]
        if chosen:
            break
    if not chosen:
        return []
    until = now + timedelta(seconds=lease_seconds)
    claimed = connection.execute(_CLAIM, {"seqs": chosen, "owner": owner, "until": until})
    return sorted((ClaimedEvent(*row) for row in claimed), key=lambda event: event.seq)


def hurry(connection: Connection) -> int:
    """Bring history out of the slow lane where a newer event of the same entity waits behind it."""
    later = events.alias()
    overtaken = select(later.c.seq).where(
        is_waiting(later),
        later.c.lane == ORDERS,
        later.c.source == events.c.source,
        later.c.entity == events.c.entity,
        later.c.entity_id == events.c.entity_id,
        later.c.seq > events.c.seq,
    )
    done = connection.execute(
        update(events)
        .where(is_waiting(events), events.c.lane == BULK, overtaken.exists())
        .values(lane=ORDERS)
    )
    return done.rowcount


def mend_clock(connection: Connection, now: datetime, tolerance: timedelta) -> int:
    """Make due what a clock that was set back since would keep waiting; how many there were."""
    late = now + tolerance
    not_yet = and_(events.c.attempts == 0, events.c.received_at > late, events.c.due_at > now)
    done = connection.execute(
        update(events)
        .where(is_waiting(events), or_(events.c.lease_until > late, not_yet))
        .values(due_at=now, lease_until=None)
    )
    return done.rowcount


def extend(connection: Connection, owner: str, until: datetime, seqs: Sequence[int]) -> None:
    """The owner's heartbeat: keep those of `seqs` that it still holds; see `deliveries.extend`."""
    connection.execute(
        update(events)
        .where(is_waiting(events), events.c.seq.in_(seqs), events.c.lease_owner == owner)
        .values(lease_until=until)
    )


def give_back(connection: Connection, claimed: Sequence[ClaimedEvent], now: datetime) -> None:
    """Return events whose work was not begun; it counts as no attempt."""
    for event in claimed:
        release(connection, event, now, counts=False)


def finish(connection: Connection, event: ClaimedEvent, state: EventState, now: datetime) -> bool:
    """Close the event; False when the lease was lost to another worker, who decides now."""
    done = connection.execute(
        update(events)
        .where(events.c.seq == event.seq, events.c.fence == event.fence)
        .values(state=state.value, done_at=now, lease_owner=None, lease_until=None)
    )
    return done.rowcount == 1


def held(connection: Connection, claimed: Sequence[ClaimedEvent]) -> set[int]:
    """Those whose lease is still ours; nobody else takes them until this transaction ends."""
    fences = {event.seq: event.fence for event in claimed}
    query = (
        select(events.c.seq, events.c.fence)
        .where(events.c.seq.in_(list(fences)), is_waiting(events))
        .order_by(events.c.seq)
        .with_for_update()
    )
    return {row.seq for row in connection.execute(query) if fences[row.seq] == row.fence}


def finish_all(
    connection: Connection, seqs: Sequence[int], state: EventState, now: datetime
) -> None:
    """Close events that are `held`."""
    if seqs:
        connection.execute(
            update(events)
            .where(events.c.seq.in_(list(seqs)))
            .values(state=state.value, done_at=now, lease_owner=None, lease_until=None)
        )


def overtaken(connection: Connection, claimed: Sequence[ClaimedEvent]) -> tuple[set[int], set[int]]:
    """Events of orders of which a newer version told that they are gone, or stands in a case."""
    if not claimed:
        return set(), set()
    known = {(event.source, event.entity_id): event for event in claimed}
    query = select(events.c.source, events.c.entity_id, events.c.version, events.c.state).where(
        events.c.source.in_(sorted({event.source for event in claimed})),
        events.c.entity == "order",
        events.c.entity_id.in_([event.entity_id for event in claimed]),
        or_(events.c.topic == "order.deleted", events.c.state == EventState.CASE.value),
    )
    gone: set[int] = set()
    in_case: set[int] = set()
    for row in connection.execute(query.add_columns(events.c.topic)):
        event = known.get((row.source, row.entity_id))
        if event is not None and row.version > event.version:
            if row.topic == "order.deleted":
                gone.add(event.seq)
            if row.state == EventState.CASE.value:
                in_case.add(event.seq)
    return gone, in_case


def release(
    connection: Connection, event: ClaimedEvent, due_at: datetime, *, counts: bool = True
) -> None:
    """Give the event back, to be worked on when due. `counts` says whether it was an attempt."""
    connection.execute(
        update(events)
        .where(events.c.seq == event.seq, events.c.fence == event.fence)
        .values(
            due_at=due_at,
            lease_owner=None,
            lease_until=None,
            attempts=events.c.attempts - (0 if counts else 1),
        )
    )


def deleted_since(connection: Connection, event: ClaimedEvent) -> bool:
    """Whether a newer version of the entity was already told to be gone: the older is history."""
    query = select(
        exists().where(
            events.c.source == event.source,
            events.c.entity == event.entity,
            events.c.entity_id == event.entity_id,
            events.c.version > event.version,
            events.c.topic == f"{event.entity}.deleted",
        )
    )
    return bool(connection.scalar(query))


def newer_in_case(connection: Connection, event: ClaimedEvent) -> bool:
    """Whether a newer version of the entity waits in a case, which an older one does not settle."""
    query = select(
        exists().where(
            events.c.source == event.source,
            events.c.entity == event.entity,
            events.c.entity_id == event.entity_id,
            events.c.version > event.version,
            events.c.state == EventState.CASE.value,
        )
    )
    return bool(connection.scalar(query))


def any_due(connection: Connection, now: datetime, lanes: Sequence[int] = BOTH) -> bool:
    """Whether there is something to work on now in these lanes."""
    return any(
        connection.scalar(_ANY_DUE, {"now": now, "lane": lane}) is not None for lane in lanes
    )


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    row = connection.execute(
        select(func.count(), func.min(events.c.received_at)).where(is_waiting(events))
    ).one()
    return row[0], row[1]


def _told_again(
    connection: Connection, batch: Sequence[NewEvent], stored: Stored, kept: set[tuple[str, ...]]
) -> Stored:
    """Another transaction kept some of these between our look and our insert; it has committed."""
    known = _known(connection, batch)
    taken = set(stored.accepted)
    late = [e for e in batch if e.id in taken and (e.source, e.id) not in kept]
    same = {e.id for e in late if known[e.source, e.id] == e.hash}
    gone = {e.id for e in late}
    return Stored(
        tuple(event_id for event_id in stored.accepted if event_id not in gone),
        (*stored.duplicates, *same),
        (*stored.conflicts, *(gone - same)),
    )


def _known(connection: Connection, batch: Sequence[NewEvent]) -> dict[tuple[str, str], str]:
    """The hashes of those that stand in the ledger, by source and id."""
    if not batch:
        return {}
    names = {"sources": list({e.source for e in batch}), "ids": [e.id for e in batch]}
    return {(row[0], row[1]): row[2] for row in connection.execute(_KNOWN, names)}


def _row(event: NewEvent, now: datetime) -> dict[str, object]:
    return {
        "source": event.source,
        "id": event.id,
        "topic": event.topic,
        "entity": event.entity,
        "entity_id": event.entity_id,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "received_at": now,
        "schema": event.schema,
        "data": event.data,
        "hash": event.hash,
        "state": EventState.WAITING.value,
        "due_at": now,
        "lane": lane_of(event.entity, history=event.history),
    }


# Built once: intake uses them for every request.
_KNOWN = select(events.c.source, events.c.id, events.c.hash).where(
    events.c.source.in_(bindparam("sources", expanding=True)),
    events.c.id.in_(bindparam("ids", expanding=True)),
)
_INSERT_SQLITE = sqlite.insert(events).on_conflict_do_nothing()
_INSERT_POSTGRES = (
    postgresql.insert(events).on_conflict_do_nothing().returning(events.c.source, events.c.id)
)


def _is_due() -> ColumnElement[bool]:
    """Due, free, and nothing of its entity waits before it."""
    earlier = events.alias()
    in_line = one_by_one(
        events,
        select(earlier.c.seq)
        .where(
            is_waiting(earlier),
            earlier.c.source == events.c.source,
            earlier.c.entity == events.c.entity,
            earlier.c.entity_id == events.c.entity_id,
            earlier.c.seq < events.c.seq,
        )
        .order_by(earlier.c.seq),
    )
    return and_(
        is_waiting(events),
        events.c.lane == bindparam("lane"),
        events.c.due_at <= bindparam("now"),
        or_(events.c.lease_until.is_(None), events.c.lease_until < bindparam("now")),
        ~in_line,
    )


# Built once: workers use them for every order.
_CHOOSE = (
    select(events.c.seq, events.c.attempts)
    .where(_is_due())
    .order_by(events.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_ANY_DUE = select(events.c.seq).where(_is_due()).limit(1)
_CLAIM = (
    update(events)
    .where(events.c.seq.in_(bindparam("seqs", expanding=True)))
    .values(
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        fence=events.c.fence + 1,
        attempts=events.c.attempts + 1,
    )
    .returning(*[events.c[name] for name in ClaimedEvent.__slots__])
)
