"""What an order's state means for the stock: the one seam between the order desk and stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, select

from causeway.canonical import Shipment
from causeway.catalog import allocations, sources
from causeway.catalog.allocations import Counted, Wish
from causeway.engine.context import Context
from causeway.flows.facts import Booked, Fact, RequestSubmitted, Shipped
from causeway.flows.state import OrderState, Phase
from causeway.ledger.tables import stock_levels

# The shop's statuses in which it holds goods for somebody who has still to pay.
UNPAID = ("pending",)


@dataclass(frozen=True, slots=True)
class Move:
    """An order that is now as `state` says, because of `fact`."""

    store: str
    order_id: str
    state: OrderState
    fact: Fact


@dataclass(frozen=True, slots=True)
class Reserving:
    """In the caller's transaction: what is decided and what is reserved are kept together."""

    context: Context

    def follow(self, connection: Connection, moves: Sequence[Move], now: datetime) -> None:
        """Reserve, release or count what the orders, each named once, take now."""
        wishes: list[Wish] = []
        counted: list[Counted] = []
        skus: list[str] = []
        for move in moves:
            wish = self._wish(connection, move, now)
            if wish is not None:
                wishes.append(wish)
            if isinstance(move.fact, Booked):
                counted += self._counted(connection, move, "erp", move.fact.at)
            elif isinstance(move.fact, RequestSubmitted):
                counted += self._counted(connection, move, "fulfilment", move.fact.at)
            elif isinstance(move.fact, Shipped):
                skus += self._sent(connection, move, move.fact.shipment)
        skus += allocations.reserve_all(connection, wishes, now)
        skus += allocations.booked_all(connection, counted)
        if skus:
            sources.mark_dirty(connection, skus, now)

    def _wish(self, connection: Connection, move: Move, now: datetime) -> Wish | None:
        """What is to be reserved; None to leave it as it is."""
        state, store = move.state, move.store
        if not state.booked_as:
            expires_at = self._expires(store, state, now)
            return Wish(store, move.order_id, goods_of(state), expires_at)
        if state.phase is not Phase.CANCELLED:
            return None
        # Cancelled after it was booked: a source that reserves it gives it back by itself.
        if any(self._counts(connection, store, role, "booked") for role in ("erp", "fulfilment")):
            return None
        return Wish(store, move.order_id, {})

    def _expires(self, store: str, state: OrderState, now: datetime) -> datetime | None:
        """WooCommerce counts from when the order was made; 0 minutes means it waits for ever."""
        minutes = self.context.settings.policy(store).hold_stock_minutes
        waits = state.phase is Phase.RECEIVED and state.order.status in UNPAID
        return state.order.created_at + timedelta(minutes=minutes) if waits and minutes else None

    def _counted(
        self, connection: Connection, move: Move, role: str, at: datetime
    ) -> list[Counted]:
        by = self._counts(connection, move.store, role, "booked")
        return [Counted(move.store, move.order_id, at, by)] if by else []

    def _sent(self, connection: Connection, move: Move, parcel: Shipment) -> list[str]:
        store = move.store
        by = self._counts(connection, store, "fulfilment", "shipped")
        by = by or self._counts(connection, store, "erp", "shipped")
        if not by:
            return []
        goods: dict[str, Decimal] = {}
        for line in parcel.lines:
            goods[line.sku] = goods.get(line.sku, Decimal(0)) + line.quantity
        goods = goods or goods_of(move.state)
        at = parcel.shipped_at
        allocations.sent(connection, store, move.order_id, parcel.id, by, goods, at)
        return sorted(goods)

    def _counts(self, connection: Connection, store: str, role: str, when: str) -> str:
        """The connection that plays the role, if it reports stock and counts orders `when` said."""
        for settings in self.context.settings.connections_for(store, role)[:1]:
            if settings.stock_counts == when and self._reports(connection, settings.name):
                return settings.name
        return ""

    def _reports(self, connection: Connection, name: str) -> bool:
        if self.context.connector(name).capabilities.stock:
            return True
        pushed = select(stock_levels.c.sku).where(stock_levels.c.connection == name).limit(1)
        return connection.execute(pushed).first() is not None


def goods_of(state: OrderState) -> dict[str, Decimal]:
    """What the order takes from stock: its products less what was given back."""
    goods: dict[str, Decimal] = {}
    waits = state.phase is Phase.RECEIVED and state.order.status not in UNPAID
    if state.phase is Phase.CANCELLED or state.deleted or waits:
        return goods
    for line in state.order.product_lines:
        goods[line.sku] = goods.get(line.sku, Decimal(0)) + line.quantity
    for refund in state.order.refunds:
        for part in refund.lines:
            if part.sku in goods:
                goods[part.sku] -= part.quantity
    return goods
