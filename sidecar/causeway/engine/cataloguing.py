"""Bringing every store's catalogue up to what the ledger knows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from causeway.catalog import allocations, marks, projection, sources
from causeway.catalog.figures import StoreTerms
from causeway.engine.context import Context
from causeway.ledger import cursors, events, stores
from causeway.ledger.tables import events as table
from causeway.ledger.tables import is_waiting


def terms_of(context: Context, connection: Connection) -> list[StoreTerms]:
    """Every store with its choices and the connections it takes figures from."""
    settings, every = context.settings, stores.every(connection)
    asked = cursors.among(connection, [asked_name(store.name) for store in every])
    return [
        StoreTerms(
            store,
            settings.policy(store.name),
            tuple(c.name for c in settings.connections if c.serves(store.name)),
            reads=len(every) == 1 or asked_name(store.name) in asked,
        )
        for store in every
    ]


def project_catalog(context: Context) -> int:
    """Work out every marked SKU for every store; how many there were."""
    until = _worked_on(context)
    with context.ledger.read() as connection:
        terms = terms_of(context, connection)
        waiting, of_before = waits(connection, context.now()), marks.any_of_before(connection)
    if of_before:
        with context.ledger.write() as connection:
            marks.take_over(connection)
    if waiting:
        with context.ledger.write() as connection:
            turning = projection.turning(connection, context.now())
            expired = allocations.release_expired(connection, context.now())
            sources.mark_dirty(connection, [*turning, *expired], context.now())
    from_rows = min((t.policy.guard_from_rows for t in terms), default=1)
    with context.ledger.read() as connection:
        verdicts = projection.survey(connection, terms, context.now(), from_rows)
    done, count = 0, projection.AT_ONCE
    while count == projection.AT_ONCE:
        count = projection.project_dirty(
            context.ledger, lambda c: terms_of(context, c), context.now(), verdicts
        )
        done += count
    _reached(context, until)
    return done


def waits(connection: Connection, now: datetime) -> bool:
    """Whether a price begins or ends, or an unpaid order's goods come back, by now."""
    return allocations.any_expired(connection, now) or bool(projection.turning(connection, now, 1))


def asked_name(store: str) -> str:
    """The cursor that stands where the store's shop has asked for its catalogue."""
    return f"catalog:{store}:asked"


def reached_name(store: str) -> str:
    """The cursor that says which of the store's events its catalogue counts."""
    return f"catalog:{store}:events"


def _worked_on(context: Context) -> dict[str, int]:
    """By store, the number up to which all its events have been worked on; nobody adds one."""
    with context.ledger.read() as connection:
        events.no_more(connection)
        return {s.name: worked_on_until(connection, s.name) for s in stores.every(connection)}


def worked_on_until(connection: Connection, store: str) -> int:
    """The number of an event up to which all of the store's have been worked on."""
    first = connection.scalar(
        select(func.min(table.c.seq)).where(table.c.source == store, is_waiting(table))
    )
    if first is not None:
        return int(first) - 1
    return connection.scalar(select(func.max(table.c.seq))) or 0


def _reached(context: Context, until: dict[str, int]) -> None:
    """All that was marked when we looked is worked out: rows read from now on count it."""
    with context.ledger.read() as connection:
        moved = {
            store: seq
            for store, seq in until.items()
            if seq > int(cursors.get(connection, reached_name(store)) or 0)
        }
    if moved:
        with context.ledger.write() as connection:
            for store, seq in moved.items():
                cursors.move(connection, reached_name(store), str(seq), context.now())
