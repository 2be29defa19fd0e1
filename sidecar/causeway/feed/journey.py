"""One order's whole journey, for the order's panel, the operations page and the CLI alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from causeway.canonical.codec import decode
from causeway.canonical.schemas import OrderSchema
from causeway.flows.state import Financial, OrderState, Phase
from causeway.ledger import cases, orders
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import deliveries

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
        "order": _ORDER.dump(state.order),
        "milestones": [
            {"name": m.name, "at": m.at, "ref": m.ref, "detail": m.detail}
            for m in orders.journey(connection, store, order_id)
        ],
        "deliveries": _deliveries(connection, store, order_id),
        "cases": open_cases,
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
        "order": None,
        "milestones": [],
        "deliveries": [],
        "cases": open_cases,
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
        for case in cases.find_open(connection, store=store, order_id=order_id)
    ]


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


def _told(state: Any) -> dict[str, str]:
    return {"value": state.value, "sentence": state.sentence}
