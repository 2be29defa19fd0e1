"""Orders that wait: for a word in a table, or for the clock."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from causeway.flows.decision import Missing
from causeway.ledger import cases, events, mappings, orders
from causeway.ledger.events import NewEvent
from causeway.told import in_shell

TIMER = "timer:"
LOOKED = "order.looked"
_NAMESPACE = uuid.UUID("3f1c7c46-8a52-4a57-9d6b-52b7f6d3e0aa")
_MOST_NAMED = 20


def for_words(
    connection: Connection, store: str, order_id: str, missing: Sequence[Missing], now: datetime
) -> None:
    """Note what the order waits for; one case for each word names all orders that it holds."""
    words = [(item.table, item.word) for item in missing]
    over = mappings.wait_for(connection, store, order_id, words, now)
    for table, word in [*words, *over]:
        _tell_case(connection, store, table, word, now)


def until(
    connection: Connection, store: str, order_id: str, due_at: datetime, now: datetime
) -> None:
    """Have the order looked at again then: an event of the clock's, due in the future."""
    source = TIMER + store
    moment = due_at.isoformat()
    name = str(uuid.uuid5(_NAMESPACE, f"{store}:{order_id}:{moment}"))
    data = json.dumps({"store": store, "order_id": order_id})
    event = NewEvent(
        source=source,
        id=name,
        topic=LOOKED,
        entity="timer",
        entity_id=name,
        version=1,
        occurred_at=now,
        schema="causeway.timer/1",
        data=data,
        hash=hashlib.sha256(data.encode()).hexdigest(),
    )
    events.store(connection, [event], now)
    events.put_off(connection, source, name, due_at)


def _tell_case(connection: Connection, store: str, table: str, word: str, now: datetime) -> None:
    key = mappings.case_key(store, table, word)
    waiting = mappings.waiting(connection, store, table, word)
    if not waiting:
        cases.resolve(connection, [key], "causeway", now)
        return
    count = len(waiting)
    who = "1 order waits" if count == 1 else f"{count} orders wait"
    named = [_number(connection, store, order_id) for order_id in waiting[:_MOST_NAMED]]
    more = f" and {count - _MOST_NAMED} more" if count > _MOST_NAMED else ""
    case = cases.NewCase(
        key=key,
        kind="mapping_missing",
        title=f"No {table} mapping for “{word}”: {who}",
        detail=f"Waiting: {', '.join(named)}{more}.",
        remedy=f"causeway mapping add {store} {table} {in_shell(word)} THEIR_WORD; all of them then"
        " go on.",
        store=store,
    )
    cases.tell(connection, case, now)


def _number(connection: Connection, store: str, order_id: str) -> str:
    row = orders.get(connection, store, order_id)
    return row.number if row else order_id
