"""The versions of a store's mappings: each change, by whom and why, and what stood there then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from causeway.ledger.mappings import MappingRow
from causeway.ledger.tables import mapping_versions, mappings


@dataclass(frozen=True, slots=True)
class Version:
    """`added` and `removed` count the entries it brought and ended."""

    number: int
    made_at: datetime
    made_by: str
    why: str
    added: int
    removed: int


def every(connection: Connection, store: str) -> list[Version]:
    """The newest first."""
    added = _counts(connection, store, "added_in")
    removed = _counts(connection, store, "removed_in")
    query = (
        select(mapping_versions)
        .where(mapping_versions.c.store == store)
        .order_by(mapping_versions.c.number.desc())
    )
    return [
        Version(
            row.number,
            row.made_at,
            row.made_by,
            row.why,
            added.get(row.number, 0),
            removed.get(row.number, 0),
        )
        for row in connection.execute(query)
    ]


def newest(connection: Connection, store: str) -> tuple[int, datetime] | None:
    """The number of the newest version and when it was made; None before there was any."""
    query = (
        select(mapping_versions.c.number, mapping_versions.c.made_at)
        .where(mapping_versions.c.store == store)
        .order_by(mapping_versions.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (row.number, row.made_at) if row else None


def exists(connection: Connection, store: str, number: int) -> bool:
    """Whether there was such a version; 0 is what stood there before the first."""
    query = select(mapping_versions.c.number).where(
        mapping_versions.c.store == store, mapping_versions.c.number == number
    )
    return number == 0 or connection.scalar(query) is not None


def entries(connection: Connection, store: str, number: int) -> list[MappingRow]:
    """The store's entries as they were once that version was made, in the order of their ids."""
    query = (
        select(*[mappings.c[name] for name in MappingRow.__slots__])
        .where(mappings.c.store == store, mappings.c.added_in <= number)
        .where(or_(mappings.c.removed_in.is_(None), mappings.c.removed_in > number))
        .order_by(mappings.c.id)
    )
    return [MappingRow(*row) for row in connection.execute(query)]


def _counts(connection: Connection, store: str, column: str) -> dict[int, int]:
    query = (
        select(mappings.c[column], func.count())
        .where(mappings.c.store == store, mappings.c[column].is_not(None))
        .group_by(mappings.c[column])
    )
    return {row[0]: row[1] for row in connection.execute(query)}
