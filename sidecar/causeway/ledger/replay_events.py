"""Events put before the flow again: after a mapping, a setting or the code was mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select, update

from causeway.ledger.states import EventState
from causeway.ledger.tables import events

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Which events; empty fields ask for all. `since`, `until`: when they were received.

    Of several of one entity only the newest version takes part: the others are history.
    """

    store: str = ""
    order_id: str = ""
    seq: int = 0
    states: tuple[str, ...] = (EventState.CASE.value,)
    since: datetime | None = None
    until: datetime | None = None
    rate: float = 10.0

    def words(self) -> str:
        parts = [
            f"order {self.order_id}" if self.order_id else "",
            f"of {self.store}" if self.store else "",
            "/".join(self.states),
            f"from {self.since:%Y-%m-%dT%H:%M:%SZ}" if self.since else "",
            f"to {self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else "",
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class EventRow:
    seq: int
    source: str
    topic: str
    entity: str
    entity_id: str
    version: int
    state: str
    received_at: datetime


def count(connection: Connection, chosen: EventSelection) -> int:
    query = select(func.count()).select_from(events).where(*_matching(chosen))
    return connection.scalar(query) or 0


def find(
    connection: Connection, chosen: EventSelection, after: int = 0, limit: int = AT_ONCE
) -> list[EventRow]:
    """The chosen events past number `after`, oldest first."""
    rows = connection.execute(
        select(*[events.c[name] for name in EventRow.__slots__])
        .where(events.c.seq > after, *_matching(chosen))
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [EventRow(*row) for row in rows]


def wake(connection: Connection, rows: Sequence[EventRow], first: datetime, rate: float) -> None:
    """Let them wait for a worker again, `rate` of them a second from `first` on."""
    if not rows:
        return
    connection.execute(
        update(events)
        .where(events.c.seq == bindparam("number"))
        .values(
            state=EventState.WAITING.value,
            due_at=bindparam("at"),
            done_at=None,
            attempts=0,
            lease_owner=None,
            lease_until=None,
        ),
        [
            {"number": row.seq, "at": first + timedelta(seconds=n / rate)}
            for n, row in enumerate(rows)
        ],
    )


def _matching(chosen: EventSelection) -> list[ColumnElement[bool]]:
    newer = events.alias()
    allowed = (EventState.CASE, EventState.DONE, EventState.SUPERSEDED)
    found: list[ColumnElement[bool]] = [
        events.c.state.in_([state.value for state in allowed if state.value in chosen.states]),
        events.c.data != "",
        ~exists().where(
            newer.c.source == events.c.source,
            newer.c.entity == events.c.entity,
            newer.c.entity_id == events.c.entity_id,
            newer.c.version > events.c.version,
        ),
    ]
    if chosen.store:
        found.append(events.c.source == chosen.store)
    if chosen.order_id:
        found += [events.c.entity == "order", events.c.entity_id == chosen.order_id]
    if chosen.seq:
        found.append(events.c.seq == chosen.seq)
    if chosen.since:
        found.append(events.c.received_at >= chosen.since)
    if chosen.until:
        found.append(events.c.received_at < chosen.until)
    return found
