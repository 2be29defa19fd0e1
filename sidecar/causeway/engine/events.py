"""Working on one event: understand it, let the flow decide, close it. All in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy import exc as ledger_errors

from causeway.canonical import Order, Shipment
from causeway.canonical.codec import decode
from causeway.catalog import drift
from causeway.connectors.woocommerce import mapper
from causeway.engine import erasure
from causeway.engine.context import Context
from causeway.engine.desk import Change, OrderDesk
from causeway.engine.operations import ref_of
from causeway.errors import MappingError
from causeway.flows.facts import OrderDeleted, OrderSeen, Shipped
from causeway.ledger import cases, events
from causeway.ledger.engine import lock_rows_of
from causeway.ledger.events import ClaimedEvent
from causeway.ledger.states import EventState
from causeway.ledger.tables import deliveries

MOST_ATTEMPTS = 3
CONNECTION = "connection:"
# A topic this version does not know is left for a newer one that may run beside it.
LEFT_FOR_NEWER = timedelta(minutes=15)
LOOK_AGAIN = timedelta(seconds=30)
# The ledger's trouble is not the event's.
LEDGER_TROUBLE = (
    ledger_errors.OperationalError,
    ledger_errors.InterfaceError,
    ledger_errors.TimeoutError,
)


@dataclass(frozen=True, slots=True)
class EventDesk:
    context: Context

    def work_on(self, event: ClaimedEvent) -> None:
        """Bring the event to an end, or give it back to be tried again a little later.

        Raises what the ledger raises when it cannot be written at all; the lease then ends.
        """
        now = self.context.now()
        try:
            _check_attempts(event)
            if event.topic not in HANDLERS and now - event.received_at < LEFT_FOR_NEWER:
                self._give_back(event, LOOK_AGAIN, counts=False)
                return
            with self.context.ledger.write() as connection:
                state = self._understand(connection, event)
                if not events.finish(connection, event, state, now):
                    connection.rollback()
        except MappingError as error:
            self._open_case(event, error)
        except Exception as error:  # noqa: BLE001 - one event must not stop the others
            self.context.report(error)
            ours = not isinstance(error, LEDGER_TROUBLE)
            self._give_back(event, timedelta(seconds=2**event.attempts), counts=ours)

    def work_on_all(self, claimed: Sequence[ClaimedEvent]) -> None:
        """As `work_on`, for several, each of another entity: plain orders in one transaction."""
        read = [(event, self._order(event)) for event in claimed]
        plain = [(event, order) for event, order in read if order is not None]
        try:
            with self.context.ledger.write() as connection:
                self._orders_seen(connection, plain)
        except Exception:  # noqa: BLE001 - whose trouble it is shows when each has its own
            plain = []
        together = {event.seq for event, _ in plain}
        for event in claimed:
            if event.seq not in together:
                self.work_on(event)

    def _order(self, event: ClaimedEvent) -> Order | None:
        """The order an event shows; None for any other, and for one that must be looked at."""
        if HANDLERS.get(event.topic) is not EventDesk.order_seen or event.attempts > 1:
            return None
        try:
            order = _read_order(event)
            return None if erasure.is_erased(order) else order
        except Exception:  # noqa: BLE001 - it is worked on alone, and says so there
            return None

    def _orders_seen(
        self, connection: Connection, plain: Sequence[tuple[ClaimedEvent, Order]]
    ) -> None:
        now = self.context.now()
        # The locks come first here as everywhere, so that nobody waits in a circle.
        names = sorted(f"order:{event.source}:{event.entity_id}" for event, _ in plain)
        lock_rows_of(connection, names)
        held = events.held(connection, [event for event, _ in plain])
        gone, in_case = events.overtaken(connection, [event for event, _ in plain])
        mine = [(e, o) for e, o in plain if e.seq in held and e.seq not in gone]
        changes = [
            Change(e.source, e.entity_id, OrderSeen(o, e.version, e.received_at), e.lane)
            for e, o in mine
        ]
        decisions = OrderDesk(self.context).apply_all(connection, changes, now)
        settled = [_case_key(event) for event, _ in mine if event.seq not in in_case]
        cases.resolve(connection, settled, "causeway", now)
        old = {e.seq for (e, _), d in zip(mine, decisions, strict=True) if d.superseded} | gone
        events.finish_all(connection, sorted(held - old), EventState.DONE, now)
        events.finish_all(connection, sorted(held & old), EventState.SUPERSEDED, now)

    def _give_back(self, event: ClaimedEvent, wait: timedelta, *, counts: bool) -> None:
        with self.context.ledger.write() as connection:
            events.release(connection, event, self.context.now() + wait, counts=counts)

    def _understand(self, connection: Connection, event: ClaimedEvent) -> EventState:
        handler = HANDLERS.get(event.topic)
        if handler is None:
            raise MappingError(
                "topic", f"{event.topic!r} is not known to this version", "Upgrade the sidecar"
            )
        return handler(self, connection, event)

    def order_seen(self, connection: Connection, event: ClaimedEvent) -> EventState:
        order = _read_order(event)
        if events.deleted_since(connection, event):
            return EventState.SUPERSEDED
        if erasure.is_erased(order):
            now = self.context.now()
            erasure.forget(connection, event.source, event.entity_id, now, order)
        fact = OrderSeen(order, event.version, event.received_at)
        return self._apply(connection, event, event.entity_id, fact)

    def order_deleted(self, connection: Connection, event: ClaimedEvent) -> EventState:
        fact = OrderDeleted(event.version, event.received_at)
        return self._apply(connection, event, event.entity_id, fact)

    def shipment_seen(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """A connection's parcel. One that answers no delivery of ours is somebody else's."""
        shipment = decode(Shipment, event.data)
        name = event.source.removeprefix(CONNECTION)
        query = select(deliveries).where(
            deliveries.c.connection == name, deliveries.c.key == shipment.request_key
        )
        row = connection.execute(query).first()
        if row is None:
            return EventState.DONE
        part = ref_of(row.key) if row.operation == "request" else ""
        fact = Shipped(shipment, part, shipment.shipped_at)
        decision = OrderDesk(self.context).apply(
            connection, row.store, row.order_id, fact, self.context.now(), event.lane
        )
        return EventState.SUPERSEDED if decision.superseded else EventState.DONE

    def product_seen(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """What the shop shows of it, kept to be compared with what it should show."""
        payload = drift.parse(event.data)
        drift.seen(connection, event.source, payload, event.version, event.occurred_at)
        return EventState.DONE

    def product_deleted(self, connection: Connection, event: ClaimedEvent) -> EventState:
        drift.gone(connection, event.source, event.entity_id)
        return EventState.DONE

    def kept(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """Stored for what reads it later; nothing follows from it by itself."""
        if event.entity == "customer":
            erasure.newer_account(connection, event.source, event.entity_id, event.seq)
        return EventState.DONE

    def _apply(
        self, connection: Connection, event: ClaimedEvent, order_id: str, fact: Any
    ) -> EventState:
        desk = OrderDesk(self.context)
        decision = desk.apply(
            connection, event.source, order_id, fact, self.context.now(), event.lane
        )
        if not events.newer_in_case(connection, event):
            cases.resolve(connection, [_case_key(event)], "causeway", self.context.now())
        return EventState.SUPERSEDED if decision.superseded else EventState.DONE

    def _open_case(self, event: ClaimedEvent, error: MappingError) -> None:
        """The shop could not mend it by sending it again: it is kept, and a person is told."""
        now = self.context.now()
        case = cases.NewCase(
            key=_case_key(event),
            kind="not_understood",
            title=f"{event.entity} {event.entity_id} could not be understood",
            detail=f"{error.field}: {error.problem}.",
            remedy=f"{error.remedy}. A newer version of it that makes sense settles this case.",
            store="" if event.source.startswith(CONNECTION) else event.source,
            order_id=event.entity_id if event.entity == "order" else "",
            event_seq=event.seq,
        )
        with self.context.ledger.write() as connection:
            if events.finish(connection, event, EventState.CASE, now):
                cases.open_new(connection, [case], now)


Handler = Callable[[EventDesk, Connection, ClaimedEvent], EventState]

# Which topic is worked on how. A topic that is not here becomes a case.
HANDLERS: dict[str, Handler] = {
    "order.created": EventDesk.order_seen,
    "order.updated": EventDesk.order_seen,
    "order.restored": EventDesk.order_seen,
    "order.deleted": EventDesk.order_deleted,
    "shipment.created": EventDesk.shipment_seen,
    "product.created": EventDesk.product_seen,
    "product.updated": EventDesk.product_seen,
    "product.deleted": EventDesk.product_deleted,
    "customer.created": EventDesk.kept,
    "customer.updated": EventDesk.kept,
    "customer.deleted": EventDesk.kept,
    "note.created": EventDesk.kept,
}


def _read_order(event: ClaimedEvent) -> Order:
    """Raises MappingError when the event does not show the order it is about."""
    if event.schema != mapper.SCHEMA:
        raise MappingError("schema", f"{event.schema!r} is not known", f"Send {mapper.SCHEMA}")
    order = mapper.to_order(event.source, read_payload(event.data))
    if order.id != event.entity_id:
        raise MappingError(
            "data.order.id", f"is {order.id}, the event is about {event.entity_id}", "Send it again"
        )
    return order


def _check_attempts(event: ClaimedEvent) -> None:
    """An event whose worker died again and again is not tried for ever."""
    if event.attempts > MOST_ATTEMPTS:
        raise MappingError("event", "ended its worker several times", "See the log of the worker")


def read_payload(text: str) -> dict[str, Any]:
    """The stored JSON, with every fraction exact. Raises MappingError when it is not an object."""
    data = json.loads(text, parse_float=Decimal)
    if not isinstance(data, dict):
        raise MappingError("data", "is not an object", "Send the order and its refunds")
    return data


def _case_key(event: ClaimedEvent) -> str:
    return f"{event.source}:{event.entity}:{event.entity_id}:not_understood"
