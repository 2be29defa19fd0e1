"""Another set of mappings for a store: tried on past orders, put in force as a version, undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from causeway.canonical.codec import decode
from causeway.engine.context import Context
from causeway.engine.releasing import release_waiting
from causeway.engine.scenes import Scenes, as_entry
from causeway.errors import CausewayError
from causeway.flows.mapping import Tables
from causeway.flows.mapping_trial import Trial, tried
from causeway.flows.state import OrderState
from causeway.ledger import audit, mapping_versions, mappings
from causeway.ledger.mappings import MappingRow, NewMapping
from causeway.ledger.tables import orders
from causeway.policy import Translation


@dataclass(frozen=True, slots=True)
class Change:
    """What a set of entries changes of the one in force: what begins, and what ends."""

    added: tuple[Translation, ...]
    removed: tuple[MappingRow, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def change_to(rows: Sequence[MappingRow], wanted: Iterable[Translation]) -> Change:
    """From the rows in force to the wanted entries; what is in both stays as it is."""
    asked = tuple(wanted)
    there = {as_entry(row) for row in rows}
    added = tuple(dict.fromkeys(entry for entry in asked if entry not in there))
    wished = set(asked)
    return Change(added, tuple(row for row in rows if as_entry(row) not in wished))


def try_on(
    context: Context, store: str, wanted: Sequence[Translation], most: int
) -> tuple[Trial, ...]:
    """What the newest `most` orders of the store would be told otherwise. Changes nothing."""
    now = context.now()
    with context.ledger.read() as connection:
        scenes = Scenes(context, connection)
        change = change_to(mappings.of_store(connection, store), wanted)
        ended = {row.id for row in change.removed}
        kept = [as_entry(r) for r in mappings.of_store(connection, store) if r.id not in ended]
        policy = context.settings.policy(store)
        tables = Tables((*policy.translations, *kept, *change.added))
        found = []
        for state, arrived in _newest(connection, store, most):
            skus = tuple(line.sku for line in state.order.product_lines if line.sku)
            found.append(tried(state, scenes.of(store, arrived, skus), tables, now))
    return tuple(found)


def put_in_force(
    context: Context, store: str, wanted: Sequence[Translation], by: str, why: str
) -> tuple[int, Change, tuple[int, int]]:
    """Make `wanted` the store's mappings: the version, what changed, and (how many waiting orders
    go on, how many still wait). Version 0 where nothing changed.
    """
    now = context.now()
    with context.ledger.write() as connection:
        change = change_to(mappings.of_store(connection, store), wanted)
        if not change:
            return 0, change, (0, 0)
        new = [
            NewMapping(e.table, e.pattern, e.value, e.connection, e.valid_from, e.valid_until)
            for e in change.added
        ]
        ended = [row.id for row in change.removed]
        number = mappings.change(connection, store, new, ended, by, why, now)
        audit.note(connection, by, "mapping import", f"{store} version {number}: {why}", now)
    return number, change, release_waiting(context, store)


def version(connection: Connection, store: str, number: int) -> tuple[Translation, ...]:
    """The entries of a version. Raises CausewayError for one there never was."""
    if not mapping_versions.exists(connection, store, number):
        raise CausewayError(
            f"store {store} has no version {number}; see: causeway mapping history {store}"
        )
    return tuple(as_entry(row) for row in mapping_versions.entries(connection, store, number))


def _newest(connection: Connection, store: str, most: int) -> list[tuple[OrderState, datetime]]:
    query = (
        select(orders.c.state, orders.c.received_at)
        .where(orders.c.store == store)
        .order_by(orders.c.received_at.desc(), orders.c.id.desc())
        .limit(most)
    )
    return [(decode(OrderState, row.state), row.received_at) for row in connection.execute(query)]
