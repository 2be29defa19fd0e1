"""What the operations pages ask of the ledger. Typed rows, bounded, along the indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from causeway.ledger import bindings as binding_rows
from causeway.ledger import cases as case_rows
from causeway.ledger import connections as connection_rows
from causeway.ledger import deliveries as delivery_rows
from causeway.ledger.cases import CaseRow
from causeway.ledger.states import CaseState, DeliveryState
from causeway.ledger.tables import (
    attempts,
    bindings,
    cases,
    deliveries,
    is_open,
    is_unfinished,
    orders,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands where, now. `oldest_waiting`: since when the oldest unfinished delivery waits."""

    orders_today: int
    waiting: int
    parked: int
    cases: int
    paused: int
    oldest_waiting: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: int
    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    state: str
    attempts: int
    reason: str
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptRow:
    delivery_id: int
    started_at: datetime
    duration_ms: int
    outcome: str
    detail: str


def numbers(connection: Connection, midnights: Mapping[str, datetime]) -> Numbers:
    """`midnights` says when today began for each store."""
    counts = delivery_rows.counts(connection)
    ages = delivery_rows.oldest(connection)
    paused = [row for row in connection_rows.every(connection).values() if row.paused_at]
    return Numbers(
        orders_today=_orders_today(connection, midnights),
        waiting=sum(n for (_, state), n in counts.items() if state != DeliveryState.PARKED),
        parked=sum(n for (_, state), n in counts.items() if state == DeliveryState.PARKED),
        cases=sum(case_rows.count_open(connection).values()),
        paused=len(paused),
        oldest_waiting=min(ages.values(), default=None),
    )


def _orders_today(connection: Connection, midnights: Mapping[str, datetime]) -> int:
    if not midnights:
        return 0
    today = [and_(orders.c.store == s, orders.c.received_at >= at) for s, at in midnights.items()]
    # What was received today also changed today, and for that there is an index.
    changed = orders.c.changed_at >= min(midnights.values())
    return connection.scalar(select(func.count()).where(changed, or_(*today))) or 0


def unfinished(
    connection: Connection, state: str, name: str = "", after: int = 0, limit: int = PAGE
) -> list[DeliveryRow]:
    """Deliveries in `state`, at connection `name` if given, past id `after`, oldest first."""
    query = select(*columns(deliveries, DeliveryRow)).where(
        is_unfinished(deliveries), deliveries.c.state == state, deliveries.c.id > after
    )
    if name:
        query = query.where(deliveries.c.connection == name)
    rows = connection.execute(query.order_by(deliveries.c.id).limit(limit))
    return [DeliveryRow(*row) for row in rows]


def delivery(connection: Connection, delivery_id: int) -> DeliveryRow | None:
    query = select(*columns(deliveries, DeliveryRow)).where(deliveries.c.id == delivery_id)
    row = connection.execute(query).first()
    return DeliveryRow(*row) if row else None


def attempts_of(
    connection: Connection, ids: Sequence[int], limit: int = 200
) -> dict[int, list[AttemptRow]]:
    """The attempts of these deliveries, oldest first; of very many, the latest `limit`."""
    query = (
        select(*columns(attempts, AttemptRow))
        .where(attempts.c.delivery_id.in_(list(ids)))
        .order_by(attempts.c.id.desc())
        .limit(limit)
    )
    found: dict[int, list[AttemptRow]] = {}
    for row in reversed(connection.execute(query).all()):
        found.setdefault(row.delivery_id, []).append(AttemptRow(*row))
    return found


def numbers_of(connection: Connection, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What the other sides call what stands under these (connection, key) pairs, by key."""
    names, keys = {name for name, _ in pairs}, {key for _, key in pairs}
    query = select(*columns(bindings, binding_rows.Binding)).where(
        bindings.c.connection.in_(sorted(names)), bindings.c.ours.in_(sorted(keys))
    )
    found = [binding_rows.Binding(*row) for row in connection.execute(query)]
    return {row.ours: row.number or row.theirs for row in found}


def cases_in(
    connection: Connection, state: CaseState, before: int | None, limit: int = PAGE
) -> list[CaseRow]:
    """Cases in `state`, newest first, past id `before`."""
    is_state = is_open(cases) if state is CaseState.OPEN else cases.c.state == state.value
    query = select(*columns(cases, CaseRow)).where(is_state)
    if before is not None:
        query = query.where(cases.c.id < before)
    rows = connection.execute(query.order_by(cases.c.id.desc()).limit(limit))
    return [CaseRow(*row) for row in rows]


def case(connection: Connection, case_id: int) -> CaseRow | None:
    row = connection.execute(select(*columns(cases, CaseRow)).where(cases.c.id == case_id)).first()
    return CaseRow(*row) if row else None


def columns(table: Any, row: type) -> list[Any]:
    return [table.c[name] for name in row.__slots__]  # type: ignore[attr-defined]
