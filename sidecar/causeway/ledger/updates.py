"""Updates: what each store must be told, numbered in the order in which it became true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from causeway.ledger.sql import take_numbers
from causeway.ledger.tables import updates

REFUSED = "update_refused"
"""The kind of a case about an update that the store will not apply."""


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """`key` names the update for good: the store applies one key once. `data` is JSON text."""

    key: str
    kind: str
    entity: str
    entity_id: str
    data: str


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    seq: int
    key: str
    kind: str
    entity: str
    entity_id: str
    data: str
    created_at: datetime


def add(connection: Connection, store: str, new: Sequence[NewUpdate], now: datetime) -> None:
    """Put the updates with new keys at the end of the store's feed."""
    if not new:
        return
    known = select(updates.c.key).where(
        updates.c.store == store, updates.c.key.in_([item.key for item in new])
    )
    seen = {row.key for row in connection.execute(known)}
    fresh = [item for item in new if item.key not in seen]
    numbers = take_numbers(connection, f"updates:{store}", len(fresh)) if fresh else range(0)
    rows = [
        {
            "store": store,
            "seq": seq,
            "key": item.key,
            "kind": item.kind,
            "entity": item.entity,
            "entity_id": item.entity_id,
            "data": item.data,
            "created_at": now,
        }
        for seq, item in zip(numbers, fresh, strict=True)
    ]
    if rows:
        connection.execute(updates.insert(), rows)


def after(connection: Connection, store: str, seq: int, limit: int) -> list[StoredUpdate]:
    """The store's updates past `seq`, in order; those whose content was pruned are over."""
    query = (
        select(*[updates.c[name] for name in StoredUpdate.__slots__])
        .where(updates.c.store == store, updates.c.seq > seq, updates.c.data != "")
        .order_by(updates.c.seq)
        .limit(limit)
    )
    return [StoredUpdate(*row) for row in connection.execute(query)]


def numbered(connection: Connection, store: str, numbers: Sequence[int]) -> list[StoredUpdate]:
    """The store's updates of these numbers, in order; those that are not there are left out."""
    if not numbers:
        return []
    query = (
        select(*[updates.c[name] for name in StoredUpdate.__slots__])
        .where(updates.c.store == store, updates.c.seq.in_(list(numbers)))
        .order_by(updates.c.seq)
    )
    return [StoredUpdate(*row) for row in connection.execute(query)]


def last(connection: Connection, store: str) -> int:
    """The number of the store's newest update; 0 when there is none."""
    query = select(func.max(updates.c.seq)).where(updates.c.store == store)
    return connection.scalar(query) or 0
