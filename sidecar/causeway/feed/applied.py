"""What a shop says it has put in force: what others may then have of it."""

from __future__ import annotations

from causeway.catalog import grants, projection, queries, sources
from causeway.engine.cataloguing import asked_name
from causeway.engine.context import Context
from causeway.ledger import cursors, stores


def confirm(context: Context, store: str, applied: int) -> None:
    """Note it; SKUs that others may now have more of are worked out."""
    with context.ledger.write() as connection:
        if applied <= queries.last(connection, store):
            skus = grants.confirm(connection, store, applied)
            if len(stores.every(connection)) > 1:
                sources.mark_dirty(connection, skus, context.now())


def first_asked(context: Context, store: str) -> None:
    """A shop asks for its catalogue for the first time: from now on it shares with the others.

    A store that nobody asks for holds nothing back from those that sell. So its rows say no
    quantity, unless it is the only store, until they have been worked out with it among the
    others: however many shops ask at the same moment, none is told what another may have.
    """
    name = asked_name(store)
    with context.ledger.glance() as connection:
        if cursors.get(connection, name):
            return
    now = context.now()
    with context.ledger.write() as connection:
        projection.lock(connection)
        cursors.move(connection, name, now.isoformat(), now)
        alone = len(stores.every(connection)) == 1
        if not alone or not queries.last(connection, store):
            sources.mark_all_dirty(connection, now)
