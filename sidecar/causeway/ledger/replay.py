"""Replay: deliveries made due again by hand, in batches that a crash cannot leave half done.

Each is looked up at the other side under its key before anything is sent, whatever its state
was: what is there is adopted, so a replay never does anything a second time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select, update

from causeway.ledger import audit
from causeway.ledger.engine import lock_row_of
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import bindings, deliveries, replays

AT_ONCE = 500
# What is being sent now is left to its worker; what was cancelled is unwanted.
REPLAYABLE = (
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
    DeliveryState.PARKED,
    DeliveryState.DONE,
)
UNFINISHED = REPLAYABLE[:-1]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries; empty fields ask for all. `since`, `until`: when they were planned.

    Those that are done take part only if `states` says so. `rate` is how many become due a second.
    """

    delivery_id: int = 0
    store: str = ""
    order_id: str = ""
    connection: str = ""
    operation: str = ""
    states: tuple[str, ...] = tuple(s.value for s in UNFINISHED)
    since: datetime | None = None
    until: datetime | None = None
    rate: float = 10.0

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=datetime.isoformat, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Selection:
        raw: dict[str, Any] = {f.name: v for f in fields(cls) if (v := json.loads(text)[f.name])}
        for name in ("since", "until"):
            if name in raw:
                raw[name] = datetime.fromisoformat(raw[name])
        raw["states"] = tuple(raw.get("states", ()))
        return cls(**raw)

    def words(self) -> str:
        """For the audit: what was chosen, in one line."""
        parts = [
            f"delivery {self.delivery_id}" if self.delivery_id else "",
            f"order {self.order_id}" if self.order_id else "",
            f"of {self.store}" if self.store else "",
            f"at {self.connection}" if self.connection else "",
            self.operation,
            "/".join(self.states),
            f"from {self.since:%Y-%m-%dT%H:%M:%SZ}" if self.since else "",
            f"to {self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else "",
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One delivery that a replay would make due. `payload` is for a summary, never to be shown."""

    id: int
    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    state: str
    payload: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay would do: `total` deliveries, the first of them in `rows`.

    `by_connection` counts them. Left out are those whose payload was pruned or that are being sent.
    """

    total: int
    rows: tuple[Chosen, ...]
    by_connection: dict[str, int]
    pruned: int
    sending: int


@dataclass(frozen=True, slots=True)
class Progress:
    id: int
    done: int
    total: int
    finished: bool


def preview(connection: Connection, chosen: Selection, limit: int = 50) -> Preview:
    """Look, change nothing."""
    counts = connection.execute(
        select(deliveries.c.connection, func.count())
        .where(_matching(chosen))
        .group_by(deliveries.c.connection)
    )
    by_connection: dict[str, int] = {row[0]: row[1] for row in counts}
    rows = connection.execute(
        select(*[deliveries.c[name] for name in Chosen.__slots__])
        .where(_matching(chosen))
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    left_out = and_(*_narrowed(chosen))
    return Preview(
        sum(by_connection.values()),
        tuple(Chosen(*row) for row in rows),
        by_connection,
        _count(connection, and_(left_out, _in_states(chosen), deliveries.c.payload == "")),
        _count(connection, and_(left_out, deliveries.c.state == DeliveryState.SENDING.value)),
    )


def begin(connection: Connection, chosen: Selection, actor: str, now: datetime) -> Progress:
    """Write down what is to be replayed. One of the same choice that is under way goes on instead.

    What is planned after this is not part of it.
    """
    text = chosen.to_json()
    lock_row_of(connection, f"replay:{text}")
    open_ = replays.c.finished_at.is_(None)
    known = connection.execute(select(replays).where(open_, replays.c.selection == text)).first()
    if known is not None:
        return Progress(known.id, known.done, known.total, finished=False)
    total, end = connection.execute(
        select(func.count(), func.max(deliveries.c.id)).where(_matching(chosen))
    ).one()
    made = connection.execute(
        replays.insert()
        .values(
            actor=actor[:80],
            selection=text,
            total=total,
            end_id=end or 0,
            next_due=now,
            started_at=now,
            finished_at=None if total else now,
        )
        .returning(replays.c.id)
    ).scalar_one()
    audit.note(connection, actor, "replay", f"{total} deliveries: {chosen.words()}", now)
    return Progress(made, 0, total, finished=not total)


def step(connection: Connection, replay_id: int, now: datetime, limit: int = AT_ONCE) -> Progress:
    """Make the next batch due; what has become due and how far it came stand in one transaction."""
    lock_row_of(connection, f"replay:{replay_id}")
    row = connection.execute(select(replays).where(replays.c.id == replay_id)).one()
    if row.finished_at is not None:
        return Progress(row.id, row.done, row.total, finished=True)
    chosen = Selection.from_json(row.selection)
    batch = connection.execute(
        select(deliveries.c.id, deliveries.c.connection, deliveries.c.key, deliveries.c.state)
        .where(_matching(chosen), deliveries.c.id > row.last_id, deliveries.c.id <= row.end_id)
        .order_by(deliveries.c.id)
        .limit(limit)
        .with_for_update()
    ).all()
    slot = max(row.next_due, now)
    due = {one.id: slot + timedelta(seconds=n / chosen.rate) for n, one in enumerate(batch)}
    _make_due(connection, due)
    for one in batch:
        if one.state == DeliveryState.DONE:
            _forget_binding(connection, one.connection, one.key)
    finished = len(batch) < limit
    connection.execute(
        update(replays)
        .where(replays.c.id == replay_id)
        .values(
            done=replays.c.done + len(batch),
            last_id=batch[-1].id if batch else row.last_id,
            next_due=slot + timedelta(seconds=len(batch) / chosen.rate),
            finished_at=now if finished else None,
        )
    )
    return Progress(row.id, row.done + len(batch), row.total, finished)


def under_way(connection: Connection) -> int | None:
    """The oldest replay that has not come to its end: its process may have died."""
    query = select(replays.c.id).where(replays.c.finished_at.is_(None)).order_by(replays.c.id)
    return connection.scalar(query.limit(1))


def _make_due(connection: Connection, due: dict[int, datetime]) -> None:
    """Unknown, so that it is looked up first; its schedule begins anew."""
    if due:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == bindparam("number"))
            .values(
                state=DeliveryState.UNKNOWN.value,
                due_at=bindparam("at"),
                done_at=None,
                attempts=0,
                deaths=0,
            ),
            [{"number": number, "at": at} for number, at in due.items()],
        )


def _forget_binding(connection: Connection, name: str, key: str) -> None:
    """The look-up finds the pair again, or a new one where the other side lost the document."""
    connection.execute(
        delete(bindings).where(bindings.c.connection == name, bindings.c.ours == key)
    )


def _matching(chosen: Selection) -> ColumnElement[bool]:
    return and_(*_narrowed(chosen), _in_states(chosen), deliveries.c.payload != "")


def _in_states(chosen: Selection) -> ColumnElement[bool]:
    allowed = [state.value for state in REPLAYABLE if state.value in chosen.states]
    return deliveries.c.state.in_(allowed)


def _narrowed(chosen: Selection) -> list[ColumnElement[bool]]:
    table, found = deliveries.c, [deliveries.c.id > 0]
    if chosen.delivery_id:
        found.append(table.id == chosen.delivery_id)
    for column, value in (
        (table.store, chosen.store),
        (table.order_id, chosen.order_id),
        (table.connection, chosen.connection),
        (table.operation, chosen.operation),
    ):
        if value:
            found.append(column == value)
    if chosen.since:
        found.append(table.created_at >= chosen.since)
    if chosen.until:
        found.append(table.created_at < chosen.until)
    return found


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(deliveries).where(condition)) or 0
