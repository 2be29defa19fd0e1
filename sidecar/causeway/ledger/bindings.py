"""Bindings: our name for a thing and theirs, a pair unique both ways."""

from __future__ import annotations

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
    row = {name: getattr(binding, name) for name in Binding.__slots__}
    insert_new(connection, bindings, [{**row, "bound_at": now}])
    found = get(connection, binding.connection, binding.kind, binding.ours)
    if found is None or found.theirs != binding.theirs:
        raise BindingConflictError(
            f"{binding.kind} {binding.theirs} at {binding.connection} is bound to another order"
        )


def get(connection: Connection, name: str, kind: str, ours: str) -> Binding | None:
    query = select(*[bindings.c[field] for field in Binding.__slots__]).where(
        bindings.c.connection == name, bindings.c.kind == kind, bindings.c.ours == ours
    )
    row = connection.execute(query).first()
    return Binding(*row) if row else None
