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

from causeway.canonical import Invoice, Order, RemoteRefund, RequestAnswer, ReturnReceipt, Shipment
from causeway.canonical.codec import decode
from causeway.catalog import drift
from causeway.connectors.woocommerce import mapper, returns
from causeway.engine import erasure
from causeway.engine.context import Context
from causeway.engine.desk import Change, OrderDesk
from causeway.engine.operations import ref_of
from causeway.engine.waiting import LOOKED, TIMER
from causeway.errors import MappingError
from causeway.flows import holds
from causeway.flows.facts import (
    Fact,
    Invoiced,
    Looked,
    OrderDeleted,
    OrderSeen,
    RefundDecided,
    RequestAnswered,
    ReturnArrived,
    ReturnRequested,
    Shipped,
)
from causeway.flows.state import OrderState
from causeway.ledger import bindings, cases, events, orders
from causeway.ledger.engine import lock_rows_of
from causeway.ledger.events import ClaimedEvent
from causeway.ledger.states import EventState
from causeway.ledger.tables import deliveries
from causeway.policy import StorePolicy

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
            order = self._read(event)
            return None if erasure.is_erased(order) else order
        except Exception:  # noqa: BLE001 - it is worked on alone, and says so there
            return None

    def _read(self, event: ClaimedEvent) -> Order:
        """The order, with what the store's policy wants to know of it."""
        return _read_order(event, marks_wanted(self.context.settings.policy(event.source)))

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
        allowed = event.source.startswith(_SOURCES.get(event.topic, ""))
        if handler is None or not allowed:
            raise MappingError(
                "topic", f"{event.topic!r} is not known to this version", "Upgrade the sidecar"
            )
        return handler(self, connection, event)

    def order_seen(self, connection: Connection, event: ClaimedEvent) -> EventState:
        order = self._read(event)
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
        return self._answer(
            connection,
            event,
            shipment.request_key,
            lambda what: Shipped(shipment, what.part, shipment.shipped_at),
        )

    def request_answered(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """A warehouse's word on a request, or the ERP's on its booking."""
        answer = decode(RequestAnswer, event.data)
        return self._answer(
            connection,
            event,
            answer.request_key,
            lambda what: RequestAnswered(answer, what.part, answer.at),
        )

    def receipt_seen(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """Returned goods arrived, or were looked at."""
        receipt = decode(ReturnReceipt, event.data)
        return self._answer(
            connection,
            event,
            receipt.request_key,
            lambda what: ReturnArrived(what.ref, receipt, receipt.received_at),
        )

    def refund_decided(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """The other side refunded; the shop must too."""
        refund = decode(RemoteRefund, event.data)
        name = event.source.removeprefix(CONNECTION)
        return self._answer(
            connection,
            event,
            refund.order_key,
            lambda what: RefundDecided(refund, name, refund.created_at),
        )

    def invoice_seen(self, connection: Connection, event: ClaimedEvent) -> EventState:
        invoice = decode(Invoice, event.data)
        return self._answer(
            connection, event, invoice.order_key, lambda what: Invoiced(invoice, invoice.issued_at)
        )

    def return_requested(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """The shop, a till or another program announces goods coming back."""
        row = orders.get(connection, event.source, _order_of(event))
        if row is None:
            raise MappingError("order_id", "is no order that has arrived", "Send the order first")
        order = decode(OrderState, row.state).order
        asked = returns.to_return(order, read_payload(event.data), event.received_at)
        fact = ReturnRequested(
            asked.back, event.received_at, asked.exchange_order, asked.exchange_total
        )
        return self._apply(connection, event, row.order_id, fact)

    def looked(self, connection: Connection, event: ClaimedEvent) -> EventState:
        """The clock struck for an order."""
        what = json.loads(event.data)
        now = self.context.now()
        desk = OrderDesk(self.context)
        decision = desk.apply(
            connection, what["store"], what["order_id"], Looked(now), now, event.lane
        )
        return EventState.SUPERSEDED if decision.superseded else EventState.DONE

    def _answer(
        self,
        connection: Connection,
        event: ClaimedEvent,
        key: str,
        fact: Callable[[Concerned], Fact],
    ) -> EventState:
        """Tell the order whose delivery, or adopted document, stands under `key` there."""
        what = _concerned(connection, event.source.removeprefix(CONNECTION), key)
        if what is None:
            return EventState.DONE
        desk = OrderDesk(self.context)
        decision = desk.apply(
            connection, what.store, what.order_id, fact(what), self.context.now(), event.lane
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


@dataclass(frozen=True, slots=True)
class Concerned:
    """The order that something at a connection is about. `ref` is the last part of its key."""

    store: str
    order_id: str
    operation: str
    ref: str

    @property
    def part(self) -> str:
        """The fulfilment order, where it is about one."""
        return self.ref if self.operation == "request" else ""


def _concerned(connection: Connection, name: str, key: str) -> Concerned | None:
    """None for what answers no delivery of ours: it is somebody else's."""
    query = select(deliveries).where(deliveries.c.connection == name, deliveries.c.key == key)
    row = connection.execute(query).first()
    if row is not None:
        return Concerned(row.store, row.order_id, row.operation, ref_of(row.key))
    if bindings.get(connection, name, "order", key) is None:
        return None
    store, order_id, *_ = key.split(":")
    return Concerned(store, order_id, "book", "book")


def _order_of(event: ClaimedEvent) -> str:
    found = read_payload(event.data).get("order_id")
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise MappingError("order_id", "is missing", "Name the shop's order")
    return str(found)


def marks_wanted(policy: StorePolicy) -> frozenset[str]:
    """The order meta that a store's policy looks at."""
    links = (key for keys in policy.adopt.values() for key in keys)
    return frozenset({*holds.FRAUD_MARKS, *policy.hold_marks, *links})


Handler = Callable[[EventDesk, Connection, ClaimedEvent], EventState]

# Which topic is worked on how. A topic that is not here becomes a case.
HANDLERS: dict[str, Handler] = {
    "order.created": EventDesk.order_seen,
    "order.updated": EventDesk.order_seen,
    "order.restored": EventDesk.order_seen,
    "order.deleted": EventDesk.order_deleted,
    "shipment.created": EventDesk.shipment_seen,
    "answer.created": EventDesk.request_answered,
    "receipt.created": EventDesk.receipt_seen,
    "refund.decided": EventDesk.refund_decided,
    "invoice.created": EventDesk.invoice_seen,
    "return.requested": EventDesk.return_requested,
    LOOKED: EventDesk.looked,
    "product.created": EventDesk.product_seen,
    "product.updated": EventDesk.product_seen,
    "product.deleted": EventDesk.product_deleted,
    "customer.created": EventDesk.kept,
    "customer.updated": EventDesk.kept,
    "customer.deleted": EventDesk.kept,
    "note.created": EventDesk.kept,
}

# Who alone may say it: a shop's own event of such a topic is not believed.
_SOURCES: dict[str, str] = {
    "shipment.created": CONNECTION,
    "answer.created": CONNECTION,
    "receipt.created": CONNECTION,
    "refund.decided": CONNECTION,
    "invoice.created": CONNECTION,
    LOOKED: TIMER,
}


def _read_order(event: ClaimedEvent, wanted: frozenset[str]) -> Order:
    """Raises MappingError when the event does not show the order it is about."""
    if event.schema != mapper.SCHEMA:
        raise MappingError("schema", f"{event.schema!r} is not known", f"Send {mapper.SCHEMA}")
    order = mapper.to_order(event.source, read_payload(event.data), wanted)
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
