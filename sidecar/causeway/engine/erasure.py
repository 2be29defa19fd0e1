"""Erasure: a shop that erased a person shows their orders without them; so does the ledger then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from causeway.canonical import Address, Customer, Order
from causeway.canonical.codec import decode, encode
from causeway.flows.state import OrderState
from causeway.ledger import erasure, orders
from causeway.ledger.engine import lock_row_of
from causeway.ledger.erasure import Erased
from causeway.ledger.tables import orders as order_table


def is_erased(order: Order) -> bool:
    """Whether the shop shows the order as WordPress leaves it after an erasure."""
    return order.customer.email == erasure.ERASED_EMAIL


def forget(
    connection: Connection, store: str, order_id: str, now: datetime, shown: Order | None = None
) -> Erased:
    """Take the person out of the order and all that is kept of it.

    `shown` is the order as the shop shows it now; its words stand in the place of the person's, so
    that the flow does not take the erasure for a change of address.
    """
    lock_row_of(connection, f"order:{store}:{order_id}")
    row = orders.get(connection, store, order_id)
    if row is not None:
        state = decode(OrderState, row.state)
        # A carrier's address for following a parcel may name the place it goes to.
        parcels = tuple(replace(parcel, tracking_url="") for parcel in state.parcels)
        state = replace(state, order=_without(state.order, shown), parcels=parcels)
        connection.execute(
            update(order_table)
            .where(order_table.c.store == store, order_table.c.order_id == order_id)
            .values(state=encode(state))
        )
    return erasure.order(connection, store, order_id, now)


def _without(order: Order, shown: Order | None) -> Order:
    if shown is not None:
        return replace(
            order,
            billing=shown.billing,
            shipping=shown.shipping,
            customer=shown.customer,
            customer_note=shown.customer_note,
            purchase_order=shown.purchase_order,
        )
    return replace(
        order,
        billing=Address(country=order.billing.country),
        shipping=Address(country=order.shipping.country),
        customer=Customer(order.customer.id, ""),
        customer_note="",
        purchase_order="",
    )


def newer_account(connection: Connection, store: str, customer_id: str, seq: int) -> None:
    """What an account was before its event `seq` is of no use; an erasure is such an event."""
    erasure.customer(connection, store, customer_id, before=seq)
