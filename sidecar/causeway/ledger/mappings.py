"""Mappings: what a connection calls the shop's words. Entries are ended, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from causeway.ledger.engine import lock_row_of
from causeway.ledger.sql import insert_new
from causeway.ledger.tables import mapping_versions, mappings, waiting_orders

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MappingRow:
    """`connection` is a name or `*`; `pattern` may have `*` in it; times are UTC."""

    id: int
    connection: str
    table_name: str
    pattern: str
    value: str
    valid_from: datetime | None
    valid_until: datetime | None
    added_at: datetime
    added_by: str
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewMapping:
    table_name: str
    pattern: str
    value: str
    connection: str = "*"
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def change(
    connection: Connection,
    store: str,
    added: Sequence[NewMapping],
    removed: Sequence[int],
    by: str,
    why: str,
    now: datetime,
) -> int:
    """Add entries and end others (by id), as the store's next version; its number.

    Where several entries fit equally well, the one added last counts.
    """
    lock_row_of(connection, f"mapping:{store}")
    number = 1 + (
        connection.scalar(
            select(func.max(mapping_versions.c.number)).where(mapping_versions.c.store == store)
        )
        or 0
    )
    connection.execute(
        mapping_versions.insert().values(
            store=store, number=number, made_at=now, made_by=by[:80], why=why[:255]
        )
    )
    rows = [
        {name: getattr(new, name) for name in NewMapping.__slots__}
        | {"store": store, "added_at": now, "added_by": by[:80], "added_in": number}
        for new in added
    ]
    if rows:
        connection.execute(mappings.insert(), rows)
    for start in range(0, len(removed), AT_ONCE):
        connection.execute(
            update(mappings)
            .where(mappings.c.store == store, mappings.c.removed_at.is_(None))
            .where(mappings.c.id.in_(removed[start : start + AT_ONCE]))
            .values(removed_at=now, removed_in=number)
        )
    return number


def add(connection: Connection, store: str, new: NewMapping, by: str, now: datetime) -> int:
    """Keep one entry; the version it makes."""
    why = f"{named(new.table_name, new.pattern)} was added"
    return change(connection, store, (new,), (), by, why, now)


def named(table: str, pattern: str) -> str:
    """An entry in words that are kept for good: a customer's pattern is an e-mail address."""
    return "a customer entry" if table == "customer" else f"{table} {pattern}"


def remove(
    connection: Connection, store: str, mapping_id: int, by: str, now: datetime
) -> int | None:
    """End an entry; the version it makes, None when the store has none of that id in force."""
    row = next((r for r in of_store(connection, store) if r.id == mapping_id), None)
    if row is None:
        return None
    why = f"{named(row.table_name, row.pattern)} was removed"
    return change(connection, store, (), (mapping_id,), by, why, now)


def of_store(connection: Connection, store: str, *, ended: bool = False) -> list[MappingRow]:
    """The store's entries in the order in which they were added; `ended` gives those too."""
    query = select(*[mappings.c[name] for name in MappingRow.__slots__]).where(
        mappings.c.store == store
    )
    if not ended:
        query = query.where(mappings.c.removed_at.is_(None))
    return [MappingRow(*row) for row in connection.execute(query.order_by(mappings.c.id))]


def wait_for(
    connection: Connection,
    store: str,
    order_id: str,
    words: Sequence[tuple[str, str]],
    now: datetime,
) -> list[tuple[str, str]]:
    """Note for which (table, word) pairs the order waits, and for no others.

    The pairs it waited for before and does not any more are returned.
    """
    cut = [(table, word[:255]) for table, word in words]
    before = set(waits_of(connection, store, order_id))
    rows = [
        {"store": store, "table_name": t, "word": w, "order_id": order_id, "since": now}
        for t, w in cut
    ]
    insert_new(connection, waiting_orders, rows)
    over = sorted(before - set(cut))
    for table, word in over:
        connection.execute(
            delete(waiting_orders).where(
                waiting_orders.c.store == store,
                waiting_orders.c.order_id == order_id,
                waiting_orders.c.table_name == table,
                waiting_orders.c.word == word,
            )
        )
    return over


def waiting(connection: Connection, store: str, table: str, word: str) -> list[str]:
    """The ids of the orders that wait for the word, the longest first."""
    query = (
        select(waiting_orders.c.order_id)
        .where(
            waiting_orders.c.store == store,
            waiting_orders.c.table_name == table,
            waiting_orders.c.word == word[:255],
        )
        .order_by(waiting_orders.c.since, waiting_orders.c.order_id)
    )
    return [row.order_id for row in connection.execute(query)]


def words_awaited(connection: Connection, store: str) -> list[tuple[str, str, int]]:
    """Each (table, word) that orders of the store wait for, and how many; the most first."""
    count = func.count().label("orders")
    query = (
        select(waiting_orders.c.table_name, waiting_orders.c.word, count)
        .where(waiting_orders.c.store == store)
        .group_by(waiting_orders.c.table_name, waiting_orders.c.word)
        .order_by(count.desc(), waiting_orders.c.table_name, waiting_orders.c.word)
    )
    return [(row.table_name, row.word, row.orders) for row in connection.execute(query)]


def all_waiting(connection: Connection, store: str) -> list[str]:
    """Every order of the store that waits for some word."""
    query = select(waiting_orders.c.order_id).where(waiting_orders.c.store == store).distinct()
    return [row.order_id for row in connection.execute(query.order_by(waiting_orders.c.order_id))]


def waits_of(connection: Connection, store: str, order_id: str) -> list[tuple[str, str]]:
    """The (table, word) pairs that the order waits for."""
    query = select(waiting_orders.c.table_name, waiting_orders.c.word).where(
        waiting_orders.c.store == store, waiting_orders.c.order_id == order_id
    )
    return [(row.table_name, row.word) for row in connection.execute(query)]


def case_key(store: str, table: str, word: str) -> str:
    """The key of the one case that names all orders of the store that wait for the word."""
    return f"{store}:mapping:{table}:{word}"[:255]
