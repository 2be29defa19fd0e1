"""Which SKUs are to be worked out anew (`sources.mark_dirty` marks them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, distinct, exists, func, insert, select

from causeway.ledger.sql import among
from causeway.ledger.tables import catalog, dirty_skus, sku_marks

Marks = Mapping[str, frozenset[int]]
"""By SKU the numbers of all its marks. The same marks mean: nothing has changed since."""


def oldest(connection: Connection, most: int) -> list[str]:
    """The SKUs that have waited longest, each once, by name; at most so many."""
    query = select(sku_marks.c.sku).order_by(sku_marks.c.id).limit(most)
    return sorted(set(connection.scalars(query)))


def of(connection: Connection, skus: Sequence[str]) -> Marks:
    """The marks of these SKUs, as far as they have any."""
    found: dict[str, set[int]] = {}
    query = select(sku_marks.c.sku, sku_marks.c.id)
    rows = connection.execute(query.where(among(connection, sku_marks.c.sku, skus))).all()
    for sku, number in rows:
        found.setdefault(sku, set()).add(number)
    return {sku: frozenset(numbers) for sku, numbers in found.items()}


def take_away(connection: Connection, marks: Marks) -> None:
    """These alone: one made meanwhile, or that we cannot see yet, stays."""
    numbers = sorted(number for found in marks.values() for number in found)
    if numbers:
        mine = among(connection, sku_marks.c.id, numbers)
        connection.execute(delete(sku_marks).where(mine))


def after(connection: Connection, sku: str, most: int) -> list[str]:
    """Marked SKUs past this one, each once, in their order."""
    query = select(sku_marks.c.sku).where(sku_marks.c.sku > sku).distinct()
    return list(connection.scalars(query.order_by(sku_marks.c.sku).limit(most)))


def any_left(connection: Connection) -> bool:
    """Whether a SKU is marked, by this version or the one before."""
    ours = select(exists().select_from(sku_marks))
    return bool(connection.scalar(ours)) or any_of_before(connection)


def any_of_before(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().select_from(dirty_skus))))


def take_over(connection: Connection) -> None:
    """Bring on what processes of the version before have marked."""
    rows = connection.execute(delete(dirty_skus).returning(*dirty_skus.c)).mappings().all()
    if rows:
        connection.execute(insert(sku_marks), [dict(row) for row in rows])


def count(connection: Connection) -> int:
    """How many marks there are: no fewer than SKUs."""
    return connection.scalar(select(func.count()).select_from(sku_marks)) or 0


def count_shown(connection: Connection, store: str) -> int:
    """How many of the marked SKUs the store's catalogue has already."""
    query = select(func.count(distinct(catalog.c.sku))).join(
        sku_marks, sku_marks.c.sku == catalog.c.sku
    )
    return connection.scalar(query.where(catalog.c.store == store)) or 0
