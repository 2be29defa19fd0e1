"""Events: stored once for good, then worked on in the order of each entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from causeway.ledger.sql import insert_new_of
from causeway.ledger.states import EventState
from causeway.ledger.tables import events, is_waiting


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact as it came. `data` is its JSON text, `hash` the SHA-256 of all that was said of it."""

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


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch, by event id. `conflicts` differ from what came under their id."""

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]
    conflicts: tuple[str, ...]


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


def store(connection: Connection, batch: Sequence[NewEvent], now: datetime) -> Stored:
    """Write what is new, with the work it asks for, in the caller's transaction.

    The same id again is a duplicate for good, whenever it comes; with other content it is a
    conflict and changes nothing. All events of a batch have one source.
    """
    if not batch:
        return Stored((), (), ())
    known = _known(connection, batch)
    rows, accepted, duplicates, conflicts = [], [], [], []
    for event in batch:
        before = known.setdefault(event.id, "")
        if not before:
            known[event.id] = event.hash
            accepted.append(event.id)
            rows.append(_row(event, now))
        elif before == event.hash:
            duplicates.append(event.id)
        else:
            conflicts.append(event.id)
    kept = insert_new_of(connection, events, rows, events.c.id)
    stored = Stored(tuple(accepted), tuple(duplicates), tuple(conflicts))
    return stored if len(kept) == len(rows) else _told_again(connection, batch, stored, kept)


def claim(
    connection: Connection, owner: str, now: datetime, lease_seconds: float, limit: int
) -> list[ClaimedEvent]:
    """Lease up to `limit` due events, each the first unfinished one of its entity."""
    earlier = events.alias()
    in_line = exists().where(
        is_waiting(earlier),
        earlier.c.source == events.c.source,
        earlier.c.entity == events.c.entity,
        earlier.c.entity_id == events.c.entity_id,
        earlier.c.seq < events.c.seq,
    )
    due = (
        select(events.c.seq)
        .where(_due(now), ~in_line)
        .order_by(events.c.due_at, events.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    chosen = [row.seq for row in connection.execute(due)]
    if not chosen:
        return []
    columns = [events.c[name] for name in ClaimedEvent.__slots__]
    claimed = connection.execute(
        update(events)
        .where(events.c.seq.in_(chosen))
        .values(
            lease_owner=owner,
            lease_until=now + timedelta(seconds=lease_seconds),
            fence=events.c.fence + 1,
            attempts=events.c.attempts + 1,
        )
        .returning(*columns)
    )
    return sorted((ClaimedEvent(*row) for row in claimed), key=lambda event: event.seq)


def finish(connection: Connection, event: ClaimedEvent, state: EventState, now: datetime) -> bool:
    """Close the event; False when the lease was lost to another worker, who decides now."""
    done = connection.execute(
        update(events)
        .where(events.c.seq == event.seq, events.c.fence == event.fence)
        .values(state=state.value, done_at=now, lease_owner=None, lease_until=None)
    )
    return done.rowcount == 1


def release(connection: Connection, event: ClaimedEvent, due_at: datetime) -> None:
    """Give the event back, to be worked on when due."""
    connection.execute(
        update(events)
        .where(events.c.seq == event.seq, events.c.fence == event.fence)
        .values(due_at=due_at, lease_owner=None, lease_until=None)
    )


def any_due(connection: Connection, now: datetime) -> bool:
    return bool(connection.scalar(select(exists().where(_due(now)))))


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    row = connection.execute(
        select(func.count(), func.min(events.c.received_at)).where(is_waiting(events))
    ).one()
    return row[0], row[1]


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        is_waiting(events),
        events.c.due_at <= now,
        or_(events.c.lease_until.is_(None), events.c.lease_until < now),
    )


def _told_again(
    connection: Connection, batch: Sequence[NewEvent], stored: Stored, kept: set[str]
) -> Stored:
    """Another transaction kept some of these between our look and our insert; it has committed."""
    known = _known(connection, batch)
    late = [event for event in batch if event.id in set(stored.accepted) - kept]
    same = {event.id for event in late if known[event.id] == event.hash}
    return Stored(
        tuple(event_id for event_id in stored.accepted if event_id in kept),
        (*stored.duplicates, *same),
        (*stored.conflicts, *({event.id for event in late} - same)),
    )


def _known(connection: Connection, batch: Sequence[NewEvent]) -> dict[str, str]:
    query = select(events.c.id, events.c.hash).where(
        events.c.source == batch[0].source, events.c.id.in_([event.id for event in batch])
    )
    return {row.id: row.hash for row in connection.execute(query)}


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
    }
