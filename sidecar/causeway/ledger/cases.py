"""Cases: what a person must look at. The same trouble twice is one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from causeway.ledger.sql import insert_new
from causeway.ledger.states import CaseState
from causeway.ledger.tables import cases, is_open


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is wrong (`title`), how we know (`detail`), what can be done about it (`remedy`).

    `key` stays the same for the same trouble; `kind` is a stable word for its sort.
    """

    key: str
    kind: str
    title: str
    detail: str = ""
    remedy: str = ""
    store: str = ""
    order_id: str = ""
    connection: str = ""
    delivery_id: int | None = None
    event_seq: int | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    id: int
    key: str
    kind: str
    state: str
    store: str
    order_id: str
    connection: str
    delivery_id: int | None
    event_seq: int | None
    title: str
    detail: str
    remedy: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str


def open_new(connection: Connection, new: Sequence[NewCase], now: datetime) -> None:
    """Open the cases that are not open already."""
    insert_new(
        connection,
        cases,
        [
            {
                **{name: getattr(case, name) for name in NewCase.__slots__},
                "title": case.title[:255],
                "state": CaseState.OPEN.value,
                "opened_at": now,
            }
            for case in new
        ],
    )


def tell(connection: Connection, case: NewCase, now: datetime) -> None:
    """Open the case, or write its words anew where it is open already."""
    open_new(connection, [case], now)
    retitle(connection, case)


def retitle(connection: Connection, case: NewCase) -> None:
    """Say anew what an open case is about: one that grows and shrinks."""
    connection.execute(
        update(cases)
        .where(cases.c.key == case.key, is_open(cases))
        .values(title=case.title[:255], detail=case.detail, remedy=case.remedy)
    )


def resolve(
    connection: Connection, keys: Sequence[str], by: str, now: datetime, reason: str = ""
) -> int:
    """Close the open cases of these keys; how many there were. Who, when and why is kept."""
    if not keys:
        return 0
    names = {"keys": list(keys), "at": now, "by": by[:80], "why": reason[:500]}
    return connection.execute(_RESOLVE, names).rowcount


def get(connection: Connection, case_id: int) -> CaseRow | None:
    row = connection.execute(select(*_COLUMNS).where(cases.c.id == case_id)).first()
    return CaseRow(*row) if row else None


def is_open_key(connection: Connection, key: str) -> bool:
    """Whether a case of this key is open."""
    query = select(cases.c.id).where(cases.c.key == key, is_open(cases)).limit(1)
    return connection.execute(query).first() is not None


def open_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys whose case is open."""
    query = select(cases.c.key).where(cases.c.key.in_(list(keys)), is_open(cases))
    return {row.key for row in connection.execute(query)}


def find_open(
    connection: Connection,
    *,
    store: str | None = None,
    order_id: str | None = None,
    limit: int = 200,
) -> list[CaseRow]:
    """Open cases, newest first, of a store or one of its orders if named."""
    query = select(*_COLUMNS).where(is_open(cases))
    if store is not None:
        query = query.where(cases.c.store == store)
    if order_id is not None:
        query = query.where(cases.c.order_id == order_id)
    rows = connection.execute(query.order_by(cases.c.id.desc()).limit(limit))
    return [CaseRow(*row) for row in rows]


def open_under(connection: Connection, keys: Sequence[str]) -> list[CaseRow]:
    """The open cases of these keys."""
    if not keys:
        return []
    query = select(*_COLUMNS).where(cases.c.key.in_(list(keys)), is_open(cases))
    return [CaseRow(*row) for row in connection.execute(query.order_by(cases.c.id.desc()))]


def count_open(connection: Connection) -> dict[str, int]:
    """How many cases are open, by kind."""
    query = select(cases.c.kind, func.count()).where(is_open(cases)).group_by(cases.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}


_RESOLVE = (
    update(cases)
    .where(cases.c.key.in_(bindparam("keys", expanding=True)), is_open(cases))
    .values(
        state=CaseState.RESOLVED.value,
        resolved_at=bindparam("at"),
        resolved_by=bindparam("by"),
        resolution=bindparam("why"),
    )
)
_COLUMNS = [cases.c[name] for name in CaseRow.__slots__]
