"""After a mapping was added: every order that waited for it is looked at again."""

from __future__ import annotations

from causeway.engine.context import Context
from causeway.engine.desk import OrderDesk
from causeway.engine.lacking import Lacking
from causeway.flows.facts import Looked
from causeway.ledger import lacking, mappings

# Orders looked at in one transaction, so that others get their turn between.
AT_ONCE = 50


def release_waiting(context: Context, store: str) -> tuple[int, int]:
    """Look at all orders of the store that wait for a word; how many go on, how many still wait.

    What a connection refused for want of one is tried again, in today's words.
    """
    now, desk = context.now(), OrderDesk(context)
    with context.ledger.read() as connection:
        waiting = mappings.all_waiting(connection, store)
    for start in range(0, len(waiting), AT_ONCE):
        with context.ledger.write() as connection:
            for order_id in waiting[start : start + AT_ONCE]:
                desk.apply(connection, store, order_id, Looked(now), now)
    with context.ledger.read() as connection:
        left = len(mappings.all_waiting(connection, store))
        refused = lacking.of_store(connection, store)
    for start in range(0, len(refused), AT_ONCE):
        with context.ledger.write() as connection:
            Lacking(context).try_again(connection, refused[start : start + AT_ONCE], now)
    return len(waiting) - left + len(refused), left
