"""What is due: at a connection that is not paused, one after another for each order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    literal_column,
    select,
)

from causeway.ledger.lanes import BOTH
from causeway.ledger.sql import one_by_one
from causeway.ledger.tables import connections, deliveries, is_ready, is_unfinished


def stores_of(connection: Connection, name: str) -> list[str]:
    """The stores that have something to do at connection `name`."""
    return [row.store for row in connection.execute(_STORES, {"name": name})]


def due_at(connection: Connection, name: str, now: datetime, lanes: Sequence[int] = BOTH) -> bool:
    """Whether something can be done at connection `name` now, which is not when it is paused."""
    return any(
        connection.scalar(_ANY_DUE, {"name": name, "store": store, "lane": lane, "now": now})
        is not None
        for store in stores_of(connection, name)
        for lane in lanes
    )


def choose(
    connection: Connection,
    name: str,
    now: datetime,
    limit: int,
    lanes: Sequence[int],
    stores: Sequence[str],
) -> list[Row[Any]]:
    """Each store's share first, then whatever is left over to whoever has more."""
    chosen: dict[int, Row[Any]] = {}
    for lane in lanes:
        share = -(-limit // max(len(stores), 1))
        for most in dict.fromkeys((share, limit)):
            for store in stores:
                room = min(most, limit - len(chosen))
                if room <= 0:
                    return list(chosen.values())
                names = {"name": name, "store": store, "lane": lane, "now": now}
                rows = connection.execute(_CHOOSE, {**names, "limit": most}).all()
                fresh = [row for row in rows if row.id not in chosen][:room]
                chosen.update({row.id: row for row in fresh})
    return list(chosen.values())


def _is_due() -> ColumnElement[bool]:
    """Due at a connection that is not paused, and nothing of its order before it.

    Of one that is being sent, `due_at` is when its lease ends.
    """
    earlier = deliveries.alias()
    predecessor = one_by_one(
        deliveries,
        select(earlier.c.id)
        .where(
            earlier.c.connection == deliveries.c.connection,
            earlier.c.store == deliveries.c.store,
            earlier.c.order_id == deliveries.c.order_id,
            earlier.c.id < deliveries.c.id,
            is_unfinished(earlier),
        )
        .order_by(earlier.c.id),
    )
    paused = exists().where(
        connections.c.name == bindparam("name"), connections.c.paused_at.is_not(None)
    )
    held = and_(
        deliveries.c.state == literal_column("'sending'"),
        deliveries.c.lease_until >= bindparam("now"),
    )
    return and_(
        deliveries.c.connection == bindparam("name"),
        deliveries.c.store == bindparam("store"),
        deliveries.c.lane == bindparam("lane"),
        is_ready(deliveries),
        deliveries.c.due_at <= bindparam("now"),
        ~held,
        ~predecessor,
        ~paused,
    )


def _stores() -> Any:
    """One step in the index for each store, however many deliveries it has."""
    of_name = (deliveries.c.connection == bindparam("name")) & is_ready(deliveries)
    next_one = select(deliveries.c.store).where(of_name).order_by(deliveries.c.store).limit(1)
    found = select(next_one.scalar_subquery().label("store")).cte("found", recursive=True)
    after = next_one.where(deliveries.c.store > found.c.store).correlate(found).scalar_subquery()
    found = found.union_all(select(after).where(found.c.store.is_not(None)))
    return select(found.c.store).where(found.c.store.is_not(None)).order_by(found.c.store)


# Built once: workers use them for every delivery.
_CHOOSE = (
    select(deliveries.c.id, deliveries.c.state, deliveries.c.deaths)
    .where(_is_due())
    .order_by(deliveries.c.due_at)  # and nothing more: the index gives that without sorting
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_ANY_DUE = select(deliveries.c.id).where(_is_due()).limit(1)
_STORES = _stores()
