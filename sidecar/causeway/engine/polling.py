"""Reading what connections report. The cursor moves in the transaction that keeps what was read."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from causeway.canonical import (
    Invoice,
    RemoteRefund,
    RequestAnswer,
    ReturnReceipt,
    Shipment,
    StockMovement,
)
from causeway.canonical.codec import encode
from causeway.catalog import allocations, master, sources
from causeway.connectors.base import (
    Connector,
    Page,
    ReportsAnswers,
    ReportsInvoices,
    ReportsMovements,
    ReportsPrices,
    ReportsProducts,
    ReportsReceipts,
    ReportsRefunds,
    ReportsShipments,
    ReportsStock,
)
from causeway.engine import subscribing
from causeway.engine.context import Context
from causeway.engine.events import CONNECTION
from causeway.engine.mastering import tell_products
from causeway.engine.sender import pause
from causeway.errors import ConnectorError, CredentialsError
from causeway.ledger import cases, connections, cursors, events
from causeway.ledger.events import NewEvent

# Names of events are made from what they tell, so that one read twice is one event.
_NAMESPACE = uuid.UUID("6a1f0e7e-57d5-4c43-9d0e-1f5d6f2f8f53")
MOST_PAGES = 1000
MOST_COUNTED = 5000


@dataclass(frozen=True, slots=True)
class Poller:
    context: Context

    def poll(self, name: str) -> int:
        """Read all that is new at the connection; how many rows were kept.

        Trouble there is noted for the operations page and tried again with the next poll.
        """
        connector, kept, problem = self.context.connector(name), 0, None
        try:
            if isinstance(connector, ReportsShipments) and connector.capabilities.shipments:
                kept += self._read(name, "shipments", connector.read_shipments, _keep_shipments)
            kept += self._read_documents(name, connector)
            if isinstance(connector, ReportsStock) and connector.capabilities.stock:
                kept += self._read(name, "stock", connector.read_stock, sources.take_stock)
                kept += self._counted(name)
            if isinstance(connector, ReportsMovements):
                kept += self._read(name, "movements", connector.read_movements, self._moved)
            if isinstance(connector, ReportsPrices) and connector.capabilities.prices:
                kept += self._read(name, "prices", connector.read_prices, sources.take_prices)
            if isinstance(connector, ReportsProducts):
                kept += self._read(name, "products", connector.read_products, master.take_products)
                tell_products(self.context, name)
            problem = subscribing.renew(self.context, name, connector) or None
        except ConnectorError as error:
            problem = error.reason
            if isinstance(error, CredentialsError):
                with self.context.ledger.write() as connection:
                    pause(connection, name, error.reason, self.context.now())
        with self.context.ledger.write() as connection:
            connections.polled(connection, name, self.context.now(), problem)
        return kept

    def _read_documents(self, name: str, connector: Connector) -> int:
        """What the other side answered, received, refunded, invoiced: each becomes an event."""
        kept, can = 0, connector.capabilities
        if isinstance(connector, ReportsAnswers) and can.answers:
            kept += self._read(name, "answers", connector.read_answers, _keep_documents)
        if isinstance(connector, ReportsReceipts) and can.returns:
            kept += self._read(name, "receipts", connector.read_receipts, _keep_documents)
        if isinstance(connector, ReportsRefunds) and can.remote_refunds:
            kept += self._read(name, "refunds", connector.read_refunds, _keep_documents)
        if isinstance(connector, ReportsInvoices) and can.invoices:
            kept += self._read(name, "invoices", connector.read_invoices, _keep_documents)
        return kept

    def _read(
        self,
        name: str,
        feed: str,
        read: Callable[[str], Page[Any]],
        keep: Callable[[Connection, str, Any, datetime], int],
    ) -> int:
        cursor_name, kept = f"{name}:{feed}", 0
        with self.context.ledger.read() as connection:
            cursor = cursors.get(connection, cursor_name)
        for _ in range(MOST_PAGES):
            page = read(cursor)
            if page.items or page.refused or page.cursor != cursor:
                now = self.context.now()
                # In small steps: whoever takes orders waits for each. The cursor moves in the last.
                *before, last = list(sources.parts_of(page.items)) or [page.items]
                for part in before:
                    with self.context.ledger.write() as connection:
                        kept += keep(connection, name, part, now)
                with self.context.ledger.write() as connection:
                    kept += keep(connection, name, last, now)
                    cases.open_new(connection, _passed_over(name, feed, page.refused), now)
                    cursors.move(connection, cursor_name, page.cursor, now)
            cursor = page.cursor
            if not page.more:
                self._reported(name, feed, page.as_of)
                break
        return kept

    def _reported(self, name: str, feed: str, as_of: datetime | None) -> None:
        if feed == "stock" and as_of is not None:
            with self.context.ledger.write() as connection:
                connections.stock_reported(connection, name, as_of)

    def _moved(
        self, connection: Connection, name: str, items: tuple[StockMovement, ...], now: datetime
    ) -> int:
        settings = self.context.settings.connection(name)
        lag = timedelta(seconds=settings.stock_lag_seconds)
        return sources.take_movements(connection, name, items, now, settings.stock_of, lag)

    def _counted(self, name: str) -> int:
        """Have the SKUs worked out anew whose orders the source counts itself from now on."""
        with self.context.ledger.read() as connection:
            row = connections.every(connection).get(name)
            until = row.stock_as_of if row else None
            skus = allocations.counted_skus(connection, until, MOST_COUNTED, name) if until else []
        if skus and until:
            with self.context.ledger.write() as connection:
                sources.mark_dirty(connection, skus, self.context.now())
        return len(skus)


def _passed_over(name: str, feed: str, refused: tuple[str, ...]) -> list[cases.NewCase]:
    """A case for each record that could not be read, so that the others need not wait for it."""
    return [
        cases.NewCase(
            key=f"feed:{name}:{feed}:{hashlib.sha256(sentence.encode()).hexdigest()[:16]}",
            kind="record_unread",
            title=f"{name} told of {feed} in a way that cannot be read",
            detail=sentence,
            remedy="Mend it there, or the connection's settings, and have it told again; then "
            "resolve this case.",
            connection=name,
        )
        for sentence in refused
    ]


def _keep_shipments(
    connection: Connection, name: str, items: tuple[Shipment, ...], now: datetime
) -> int:
    """Each parcel becomes an event of the connection, to be worked on like a shop's."""
    batch = [_event(name, shipment) for shipment in items]
    return len(events.store(connection, batch, now).accepted)


Document = RequestAnswer | ReturnReceipt | RemoteRefund | Invoice
# Of each kind of document: the topic of its event, and which of its times is when it happened.
_TOPICS: dict[type, tuple[str, str]] = {
    RequestAnswer: ("answer.created", "at"),
    ReturnReceipt: ("receipt.created", "received_at"),
    RemoteRefund: ("refund.decided", "created_at"),
    Invoice: ("invoice.created", "issued_at"),
}


def _keep_documents(
    connection: Connection, name: str, items: tuple[Document, ...], now: datetime
) -> int:
    batch = []
    for item in items:
        topic, when = _TOPICS[type(item)]
        batch.append(_document_event(name, topic, item.id, getattr(item, when), encode(item)))
    return len(events.store(connection, batch, now).accepted)


def _event(name: str, shipment: Shipment) -> NewEvent:
    """A parcel that left untracked is told of again once it has its tracking number."""
    topic, data = "shipment.created", encode(shipment)
    event = _document_event(name, topic, shipment.id, shipment.shipped_at, data)
    if shipment.tracking_number:
        return event
    untracked = str(uuid.uuid5(_NAMESPACE, f"{name}:shipment:{shipment.id}:untracked"))
    return replace(event, id=untracked)


def _document_event(name: str, topic: str, number: str, at: datetime, data: str) -> NewEvent:
    """The event of a document, named by its number: the same again is the same event."""
    entity = topic.partition(".")[0]
    return NewEvent(
        source=CONNECTION + name,
        id=str(uuid.uuid5(_NAMESPACE, f"{name}:{entity}:{number}")),
        topic=topic,
        entity=entity,
        entity_id=number[:64],
        version=1,
        occurred_at=at,
        schema=f"causeway.{entity}/1",
        data=data,
        hash=hashlib.sha256(data.encode()).hexdigest(),
    )
