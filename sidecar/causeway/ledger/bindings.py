"""Bindings: our name for a thing and theirs, a pair unique both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from causeway.ledger.sql import insert_new
from causeway.ledger.tables import bindings


@dataclass(frozen=True, slots=True)
class Binding:
    """`ours` is the delivery's key, `theirs` the remote id, `number` what people there call it."""

    connection: str
    kind: str
    ours: str
    theirs: str
    number: str


class BindingConflictError(Exception):
    """One of the two is bound to something else already."""


def bind(connection: Connection, binding: Binding, now: datetime) -> None:
    """Keep the pair. The same pair again changes nothing; half of another raises."""
    bind_all(connection, [binding], now)


def bind_all(connection: Connection, pairs: Sequence[Binding], now: datetime) -> None:
    """As `bind`, for several; one that raises undoes all with the caller's transaction."""
    rows = [{name: getattr(pair, name) for name in Binding.__slots__} for pair in pairs]
    insert_new(connection, bindings, [{**row, "bound_at": now} for row in rows])
    query = select(
        bindings.c.connection, bindings.c.kind, bindings.c.ours, bindings.c.theirs
    ).where(
        bindings.c.connection.in_(sorted({pair.connection for pair in pairs})),
        bindings.c.kind.in_(sorted({pair.kind for pair in pairs})),
        bindings.c.ours.in_([pair.ours for pair in pairs]),
    )
    found = {tuple(row[:3]): row.theirs for row in connection.execute(query)} if pairs else {}
    for pair in pairs:
        if found.get((pair.connection, pair.kind, pair.ours)) != pair.theirs:
            raise BindingConflictError(
                f"{pair.kind} {pair.theirs} at {pair.connection} is bound to another order"
            )


def get(connection: Connection, name: str, kind: str, ours: str) -> Binding | None:
    query = select(*[bindings.c[field] for field in Binding.__slots__]).where(
        bindings.c.connection == name, bindings.c.kind == kind, bindings.c.ours == ours
    )
    row = connection.execute(query).first()
    return Binding(*row) if row else None
