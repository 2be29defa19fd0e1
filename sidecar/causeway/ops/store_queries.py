"""What the operations pages say of each store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from causeway.feed.names import ack_name
from causeway.ledger import stores, updates
from causeway.ledger.tables import cursors, events


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A shop's traffic. `behind` is how many updates it has not acknowledged."""

    name: str
    url: str
    currency: str
    last_event: datetime | None
    last_update: int
    acknowledged: int
    acknowledged_at: datetime | None
    secret_since: datetime | None

    @property
    def behind(self) -> int:
        return max(self.last_update - self.acknowledged, 0)


def shops(connection: Connection, now: datetime) -> list[StoreRow]:
    return [_shop(connection, store, now) for store in stores.every(connection)]


def _shop(connection: Connection, store: stores.Store, now: datetime) -> StoreRow:
    name = store.name
    secret = next(iter(stores.valid_secrets(connection, name, now)), None)
    acknowledged = connection.execute(
        select(cursors.c.value, cursors.c.moved_at).where(cursors.c.name == ack_name(name))
    ).first()
    return StoreRow(
        name=name,
        url=store.url,
        currency=store.currency,
        last_event=_last_event(connection, name),
        last_update=updates.last(connection, name),
        acknowledged=int(acknowledged.value) if acknowledged else 0,
        acknowledged_at=acknowledged.moved_at if acknowledged else None,
        secret_since=secret.created_at if secret else None,
    )


def _last_event(connection: Connection, store: str) -> datetime | None:
    query = select(events.c.received_at).where(events.c.source == store)
    return connection.scalar(query.order_by(events.c.seq.desc()).limit(1))


def names(connection: Connection) -> list[str]:
    return [store.name for store in stores.every(connection)]
