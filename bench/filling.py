"""A ledger with many finished orders in it: one real order's rows, multiplied by the database.

The database has settled: its statistics are fresh and what was written is in its place. What
retention prunes is empty, as it is in an old ledger: the payloads of events and deliveries.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from causeway.ledger.engine import Ledger
from causeway.ledger.tables import (
    attempts,
    bindings,
    counters,
    deliveries,
    events,
    milestones,
    orders,
    updates,
)

AT_ONCE = 100_000
# Numbers of orders that nobody else uses.
BASE = 10_000_000


def fill(ledger: Ledger, order_id: str, first: int, count: int) -> None:
    """Copy all that is kept of the finished order `count` times; the copies count from `first`."""
    for start in range(first, first + count, AT_ONCE):
        with ledger.write() as connection:
            _copy(connection, order_id, start, min(AT_ONCE, first + count - start))
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if ledger.is_sqlite:
            connection.execute(text("ANALYZE"))
        else:  # else the server does it while we measure, and it counts as an order's
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))


def _copy(connection: Connection, order_id: str, first: int, count: int) -> None:
    counted = select(literal(first).label("i")).cte("counted", recursive=True)
    counted = counted.union_all(
        select(counted.c.i + 1).where(counted.c.i + 1 < first + count)
    )  # fmt: skip
    i = counted.c.i
    name = cast(i + BASE, String)
    key = deliveries.c.store + ":" + name + ":book"
    operation = deliveries.c.operation
    its = select(deliveries).where(deliveries.c.order_id == order_id, operation == "book")
    one = connection.execute(its).one()
    end = int(connection.scalar(select(func.max(updates.c.seq))) or 0)
    own_end = select(func.max(updates.c.seq)).where(updates.c.entity_id == order_id)
    step = int(connection.scalar(own_end) or 0)
    changed: list[tuple[Table, Any, dict[str, ColumnElement[Any]]]] = [
        (events, events.c.entity_id == order_id,
         {"id": "copy-" + name, "entity_id": name, "data": literal("")}),
        (orders, orders.c.order_id == order_id, {"order_id": name, "number": name}),
        (milestones, milestones.c.order_id == order_id, {"order_id": name}),
        (deliveries, deliveries.c.id == one.id,
         {"order_id": name, "key": key, "payload": literal("")}),
        (attempts, attempts.c.delivery_id == one.id, {"delivery_id": i + BASE}),
        (bindings, bindings.c.ours == one.key,
         {"ours": one.store + ":" + name + ":book", "theirs": "copy-" + name, "number": name}),
        (updates, updates.c.entity_id == order_id,
         {"entity_id": name, "key": "copy:" + name + ":" + cast(updates.c.id, String),
          "seq": end + step * (i - first) + updates.c.seq}),
    ]  # fmt: skip
    for table, where, values in changed:
        own = {"id", "seq"} if table is not updates else {"id"}
        names = [c.name for c in table.c if c.name not in own or c.name in values]
        columns = [values.get(name, table.c[name]) for name in names]
        copied = select(*columns).select_from(table.join(counted, true())).where(where)
        connection.execute(insert(table).from_select(names, copied))
    last = select(func.max(updates.c.seq)).where(updates.c.store == one.store).scalar_subquery()
    connection.execute(
        update(counters).where(counters.c.name == f"updates:{one.store}").values(value=last)
    )
