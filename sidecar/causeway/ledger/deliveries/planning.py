"""Deliveries come about: planned once under a key, or only worked out and sent later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from causeway.ledger.deliveries.records import PlannedDelivery
from causeway.ledger.sql import insert_new
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import deliveries, orders


def plan(connection: Connection, planned: Sequence[PlannedDelivery], now: datetime) -> None:
    """Add the deliveries whose key is new at their connection; the others are planned already."""
    insert_new(
        connection,
        deliveries,
        [
            {
                "connection": item.connection,
                "key": item.key,
                "store": item.store,
                "order_id": item.order_id,
                "operation": item.operation,
                "payload": item.payload,
                "state": (DeliveryState.SHADOW if item.shadow else DeliveryState.WAITING).value,
                "due_at": now,
                "created_at": now,
                "lane": item.lane,
            }
            for item in planned
        ],
    )


def drop_shadow(connection: Connection, name: str, key: str) -> None:
    """Forget what was only worked out: somebody else has done it."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.connection == name,
            deliveries.c.key == key,
            deliveries.c.state == DeliveryState.SHADOW.value,
        )
        .values(state=DeliveryState.CANCELLED.value)
    )


def go_live(connection: Connection, name: str, since: datetime, now: datetime) -> int:
    """Send what was only worked out for orders that arrived from `since` on; how many."""
    arrived = (
        select(orders.c.id)
        .where(
            orders.c.store == deliveries.c.store,
            orders.c.order_id == deliveries.c.order_id,
            orders.c.received_at >= since,
        )
        .exists()
    )
    done = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.connection == name,
            deliveries.c.state == DeliveryState.SHADOW.value,
            arrived,
        )
        .values(state=DeliveryState.WAITING.value, due_at=now)
    )
    return done.rowcount
