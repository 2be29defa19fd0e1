"""A connection in shadow: what it would have been sent, beside what another connector did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from causeway.canonical.codec import decode
from causeway.connectors.base import BookedOrder, ReadsOrders
from causeway.connectors.comparing import differences
from causeway.engine.context import Context
from causeway.engine.scenes import Scenes
from causeway.errors import CausewayError, ConnectorError
from causeway.flows.mapping import Translator
from causeway.flows.state import OrderState
from causeway.ledger import audit, connections, deliveries
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import bindings, orders
from causeway.ledger.tables import deliveries as delivery_table

VERDICTS = ("differs", "only here", "unread", "alike")
_WORKED_OUT = (DeliveryState.SHADOW.value, DeliveryState.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Compared:
    """One order: what we would do, and what the other connector did.

    `link` is what it left in the order's meta, empty where it has not got the order; `known` is
    whether its sales order could be read; `problem` why it could not. `differences` are sentences.
    """

    store: str
    order_id: str
    number: str
    operations: tuple[str, ...]
    total: str
    link: str = ""
    known: bool = False
    problem: str = ""
    differences: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """One word: `alike`, `differs`, `only here` or `unread`."""
        if not self.link:
            return "only here"
        if not self.known:
            return "unread"
        return "differs" if self.differences else "alike"


def compare(context: Context, name: str, limit: int = 100, before: int = 0) -> list[Compared]:
    """The newest orders first, each with its sales order there read by its link.

    `before` leaves out all but those whose row in the ledger has a smaller number.
    """
    connector = context.connector(name)
    reader = connector if isinstance(connector, ReadsOrders) else None
    if not connector.capabilities.reads_orders:
        reader = None
    with context.ledger.read() as connection:
        rows = _rows(connection, name, limit, before)
        scenes = Scenes(context, connection)
        words = {
            store: Translator(scenes.of(store, None, ()), name, context.now())
            for store in {row.store for row, _ in rows}
        }
    found = []
    for row, asked in rows:
        keys = context.settings.policy(row.store).adopt.get(name, ())
        state = decode(OrderState, row.state)
        ours = words[row.store].order(state.order)
        link = next((value for key, value in state.order.marks if key in keys), "")
        theirs, problem = _read(reader, name, link) if link else (None, "")
        found.append(
            Compared(
                store=row.store,
                order_id=row.order_id,
                number=row.number,
                operations=asked,
                total=str(state.order.total),
                link=link,
                known=theirs is not None,
                problem=problem,
                differences=differences(ours, theirs) if theirs else (),
            )
        )
    return found


def go_live(context: Context, name: str, store: str, number: str, actor: str) -> tuple[int, str]:
    """Send to the connection from that order on; how many deliveries are due, and its number.

    Raises CausewayError for an order that never arrived.
    """
    now = context.now()
    with context.ledger.write() as connection:
        row = connection.execute(
            select(orders.c.received_at, orders.c.number).where(
                orders.c.store == store, or_(orders.c.number == number, orders.c.order_id == number)
            )
        ).first()
        if row is None:
            raise CausewayError(f"no order {number} of store {store} has arrived")
        since: datetime = row.received_at
        connections.set_shadow(connection, name, False, since)
        count = deliveries.go_live(connection, name, since, now)
        audit.note(connection, actor, "connection live", f"{name} from {store}:{number}", now)
    return count, str(row.number)


def _rows(
    connection: Connection, name: str, limit: int, before: int
) -> list[tuple[Any, tuple[str, ...]]]:
    """Orders with the operations worked out for them; none for what was taken over."""
    mine = delivery_table.c.connection == name, delivery_table.c.state.in_(_WORKED_OUT)
    there = (
        select(delivery_table.c.id)
        .where(
            *mine,
            delivery_table.c.store == orders.c.store,
            delivery_table.c.order_id == orders.c.order_id,
        )
        .exists()
    )
    taken_over = (
        select(bindings.c.ours)
        .where(
            bindings.c.connection == name,
            bindings.c.kind == "order",
            bindings.c.ours == orders.c.store + ":" + orders.c.order_id + ":book",
            _without_delivery(name),
        )
        .exists()
    )
    query = select(orders).where(or_(there, taken_over)).order_by(orders.c.id.desc()).limit(limit)
    if before:
        query = query.where(orders.c.id < before)
    rows: Sequence[Any] = connection.execute(query).all()
    return [(row, _asked(connection, name, row)) for row in rows]


def _without_delivery(name: str) -> ColumnElement[bool]:
    """Whether an order's booking there was never asked for: somebody else made it."""
    return ~(
        select(delivery_table.c.id)
        .where(
            delivery_table.c.connection == name,
            delivery_table.c.store == orders.c.store,
            delivery_table.c.order_id == orders.c.order_id,
            delivery_table.c.operation == "book",
            delivery_table.c.state.not_in(_WORKED_OUT),
        )
        .correlate(orders)
        .exists()
    )


def _asked(connection: Connection, name: str, row: Any) -> tuple[str, ...]:
    query = (
        select(delivery_table.c.operation)
        .where(
            delivery_table.c.connection == name,
            delivery_table.c.state.in_(_WORKED_OUT),
            delivery_table.c.store == row.store,
            delivery_table.c.order_id == row.order_id,
        )
        .order_by(delivery_table.c.id)
    )
    return tuple(found.operation for found in connection.execute(query))


def _read(reader: ReadsOrders | None, name: str, link: str) -> tuple[BookedOrder | None, str]:
    if reader is None:
        return None, f"{name} cannot read sales orders of others"
    try:
        found = reader.read_order(link)
    except ConnectorError as error:
        return None, error.reason
    return found, "" if found else f"it has no sales order {link}"
