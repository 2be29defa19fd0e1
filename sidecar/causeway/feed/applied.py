"""What a shop says it has put in force: what others may then have of it."""

from __future__ import annotations

from causeway.catalog import grants, queries, sources
from causeway.engine.context import Context


def confirm(context: Context, store: str, applied: int) -> None:
    """Note it, if it changes anything; SKUs that others may now have more of are worked out."""
    if not applied:
        return
    with context.ledger.read() as connection:
        news = grants.any_open(connection, store, applied)
    if not news:
        return
    with context.ledger.write() as connection:
        if applied <= queries.last(connection, store):
            skus = grants.confirm(connection, store, applied)
            sources.mark_dirty(connection, skus, context.now())
