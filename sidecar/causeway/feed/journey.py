"""One order's whole journey, for the order's panel, the operations page and the CLI alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, or_, select

from causeway.canonical import Order
from causeway.canonical.codec import decode
from causeway.canonical.schemas import OrderSchema
from causeway.errors import CausewayError
from causeway.flows.state import (
    Financial,
    FulfilmentOrder,
    OrderState,
    Phase,
    ReturnCase,
    SentParcel,
)
from causeway.flows.waits import waits
from causeway.ledger import cases, lacking, mappings, orders
from causeway.ledger.engine import Ledger
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import deliveries
from causeway.ledger.tables import orders as orders_table

_ORDER = OrderSchema()


def of(connection: Connection, store: str, order_id: str) -> dict[str, Any] | None:
    """What is known of the order: states with their sentences, milestones, deliveries, open cases.

    Plain values, times aware; `order` is None for one that could not be understood. None for an
    order that never arrived.
    """
    row = orders.get(connection, store, order_id)
    open_cases = _cases(connection, store, order_id)
    if row is None:
        return _not_understood(store, order_id, open_cases) if open_cases else None
    state = decode(OrderState, row.state)
    return {
        "store": store,
        "order_id": order_id,
        "number": row.number,
        "version": row.version,
        "state": _told(Phase(row.phase)),
        "financial": _told(Financial(row.financial)),
        "fulfilment": row.fulfilment,
        "booked_as": state.booked_as,
        "subscription": state.order.subscription,
        "order": _ORDER.dump(state.order),
        "milestones": [
            {"name": m.name, "at": m.at, "ref": m.ref, "detail": m.detail}
            for m in orders.journey(connection, store, order_id)
        ],
        "deliveries": _deliveries(connection, store, order_id),
        "cases": open_cases,
        "parcels": [_parcel(parcel) for parcel in state.parcels],
        "returns": [
            {"id": back.id, "value": back.status.value, "sentence": back.status.sentence}
            for back in state.returns
        ],
        "parts": [_part(part) for part in state.fulfilments],
        "waits": [{"who": w.who, "what": w.what, "ref": w.ref} for w in waits(state)],
    }


def _part(part: FulfilmentOrder) -> dict[str, Any]:
    """One warehouse's part of the order; without `connection` the back office sends it itself."""
    return {
        "id": part.id,
        "connection": part.connection,
        "warehouse": part.warehouse,
        "status": _told(part.status),
        "request": _told(part.request),
        "lines": [
            {
                "order_line_id": line.order_line_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": f"{line.quantity:f}",
                "shipped": f"{line.shipped:f}",
            }
            for line in part.lines
        ],
        "parcels": list(part.shipments),
    }


def _not_understood(store: str, order_id: str, open_cases: list[dict[str, Any]]) -> dict[str, Any]:
    state = {"value": "not_understood", "sentence": "What arrived could not be understood."}
    return {
        "store": store,
        "order_id": order_id,
        "number": order_id,
        "version": 0,
        "state": state,
        "financial": _told(Financial.UNPAID),
        "fulfilment": "none",
        "booked_as": "",
        "subscription": "",
        "order": None,
        "milestones": [],
        "deliveries": [],
        "cases": open_cases,
        "parcels": [],
        "returns": [],
        "parts": [],
        "waits": [],
    }


def _cases(connection: Connection, store: str, order_id: str) -> list[dict[str, Any]]:
    return [
        {
            "id": case.id,
            "kind": case.kind,
            "title": case.title,
            "detail": case.detail,
            "remedy": case.remedy,
            "opened_at": case.opened_at,
        }
        for case in open_cases(connection, store, order_id)
    ]


def open_cases(connection: Connection, store: str, order_id: str) -> list[cases.CaseRow]:
    """The order's own, and those it shares with others that wait for the same word."""
    own = cases.find_open(connection, store=store, order_id=order_id)
    words = [word.case_key for word in lacking.words_of(connection, store, order_id)]
    words += [
        mappings.case_key(store, table, word)
        for table, word in mappings.waits_of(connection, store, order_id)
    ]
    return [*own, *cases.open_under(connection, words)]


def _deliveries(connection: Connection, store: str, order_id: str) -> list[dict[str, Any]]:
    query = (
        select(deliveries)
        .where(deliveries.c.store == store, deliveries.c.order_id == order_id)
        .order_by(deliveries.c.id)
    )
    return [
        {
            "id": row.id,
            "connection": row.connection,
            "key": row.key,
            "operation": row.operation,
            "state": _told(DeliveryState(row.state)),
            "attempts": row.attempts,
            "due_at": row.due_at,
            "done_at": row.done_at,
            "reason": row.reason,
        }
        for row in connection.execute(query)
    ]


def _parcel(parcel: SentParcel) -> dict[str, Any]:
    return {
        "id": parcel.ref,
        "connection": parcel.connection,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
        "shipped_at": parcel.shipped_at,
        "label": bool(parcel.label),
    }


def _told(state: Any) -> dict[str, str]:
    return {"value": state.value, "sentence": state.sentence}


def order_of(ledger: Ledger, store: str, number: str) -> Order:
    """The order as it was last known. Raises CausewayError for one that never arrived."""
    return _state_of(ledger, store, number).order


def returns_of(ledger: Ledger, store: str, number: str) -> tuple[ReturnCase, ...]:
    return _state_of(ledger, store, number).returns


def _state_of(ledger: Ledger, store: str, number: str) -> OrderState:
    query = select(orders_table.c.state).where(
        orders_table.c.store == store,
        or_(orders_table.c.number == number, orders_table.c.order_id == number),
    )
    with ledger.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise CausewayError(f"no order {number} of store {store} has arrived")
    return decode(OrderState, row.state)
