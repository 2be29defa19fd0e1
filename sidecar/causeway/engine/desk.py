"""The order desk: loads an order's state, lets the flow decide, and keeps the decision whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from causeway.canonical.codec import decode, encode
from causeway.catalog import allocations, sources
from causeway.engine.context import Context
from causeway.engine.operations import key_of
from causeway.flows.decision import Ask, Decision, Trouble
from causeway.flows.facts import Booked, Fact
from causeway.flows.order_flow import decide
from causeway.flows.state import OrderState, Phase
from causeway.ledger import cases, deliveries, orders, restore, updates
from causeway.ledger.engine import lock_rows_of
from causeway.ledger.lanes import ORDERS


@dataclass(frozen=True, slots=True)
class Change:
    """A fact about an order, and the lane in which what follows from it stays."""

    store: str
    order_id: str
    fact: Fact
    lane: int = ORDERS

    @property
    def order(self) -> tuple[str, str]:
        return self.store, self.order_id


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """Everything here happens in the caller's transaction: all of a decision is kept, or none."""

    context: Context

    def apply(
        self,
        connection: Connection,
        store: str,
        order_id: str,
        fact: Fact,
        now: datetime,
        lane: int = ORDERS,
    ) -> Decision:
        """Decide what `fact` means for the order and keep it; what follows stays in its lane."""
        return self.apply_all(connection, [Change(store, order_id, fact, lane)], now)[0]

    def apply_all(
        self, connection: Connection, changes: Sequence[Change], now: datetime
    ) -> list[Decision]:
        """As `apply`, for several orders with a few statements for all of them together."""
        named = sorted({change.order for change in changes})
        lock_rows_of(connection, [f"order:{store}:{order_id}" for store, order_id in named])
        if len(named) < len(changes):  # one order twice: the second must see what the first left
            return [self._decide(connection, [change], now)[0] for change in changes]
        return self._decide(connection, changes, now)

    def _decide(
        self, connection: Connection, changes: Sequence[Change], now: datetime
    ) -> list[Decision]:
        rows = orders.get_all(connection, [change.order for change in changes])
        decisions = []
        for change in changes:
            row = rows.get(change.order)
            state = decode(OrderState, row.state) if row else None
            policy = self.context.settings.policy(change.store)
            decisions.append(decide(state, change.fact, policy))
        kept = [
            (change, decision, decision.state)
            for change, decision in zip(changes, decisions, strict=True)
            if not decision.superseded and decision.state is not None
        ]
        if kept:
            self._keep(connection, kept, now)
        return decisions

    def _keep(
        self,
        connection: Connection,
        kept: Sequence[tuple[Change, Decision, OrderState]],
        now: datetime,
    ) -> None:
        orders.save_all(connection, [_row(*change.order, state, now) for change, _, state in kept])
        orders.reach_all(connection, [(change.order, _steps(d)) for change, d, _ in kept])
        planned: list[deliveries.PlannedDelivery] = []
        settled: list[str] = []
        troubles: list[cases.NewCase] = []
        told: dict[str, list[updates.NewUpdate]] = {}
        doubtful = []
        for change, decision, state in kept:
            asked, unplayed = self._plan(*change.order, decision, change.lane)
            planned += asked
            doubtful += [(item, state.order.created_at) for item in asked]
            settled += [key_of(*change.order, kind) for kind in decision.settled]
            troubles += [_case(*change.order, t) for t in (*decision.troubles, *unplayed)]
            told.setdefault(change.store, []).extend(_updates(*change.order, decision))
        deliveries.plan(connection, planned, now)
        restore.doubt(connection, doubtful)
        for store in sorted(told):
            updates.add(connection, store, told[store], now)
        cases.resolve(connection, settled, "causeway", now)
        cases.open_new(connection, troubles, now)
        _take_stock(connection, kept, now)

    def _plan(
        self, store: str, order_id: str, decision: Decision, lane: int
    ) -> tuple[list[deliveries.PlannedDelivery], list[Trouble]]:
        """A delivery at the first connection that plays each role, and a trouble where none does.

        Nobody in the role `fulfilment` is no trouble: the back office then sends goods itself.
        """
        planned, unplayed = [], []
        for ask in decision.asks:
            connections = self.context.settings.connections_for(store, ask.role)
            if connections:
                planned.append(_delivery(connections[0].name, store, order_id, ask, lane))
            elif ask.role != "fulfilment":
                unplayed.append(_no_connection(store, ask))
        return planned, unplayed


def _take_stock(
    connection: Connection, kept: Sequence[tuple[Change, Decision, OrderState]], now: datetime
) -> None:
    """What the orders take from stock, and from when on their source counts it itself."""
    taken = [(*c.order, _goods(s)) for c, d, s in kept if d.skus and not s.booked_as]
    allocations.allocate_all(connection, taken)
    skus = [sku for _, decision, _ in kept for sku in decision.skus]
    sources.mark_dirty(connection, skus, now)
    booked = [(*c.order, c.fact.at) for c, _, _ in kept if isinstance(c.fact, Booked)]
    allocations.booked_all(connection, booked)


def _steps(decision: Decision) -> list[orders.Milestone]:
    return [orders.Milestone(s.name, s.at, s.ref, s.detail) for s in decision.steps]


def _no_connection(store: str, ask: Ask) -> Trouble:
    return Trouble(
        "no_connection",
        f"There is no {ask.role} connection for store {store}",
        f"“{ask.operation}” has to be done there.",
        f'Add a connection with roles = ["{ask.role}"] to the settings, restart, and replay.',
        ref=ask.suffix,
    )


def _case(store: str, order_id: str, trouble: Trouble) -> cases.NewCase:
    ref = f"{trouble.kind}:{trouble.ref}" if trouble.ref else trouble.kind
    return cases.NewCase(
        key=key_of(store, order_id, ref),
        kind=trouble.kind,
        title=trouble.title,
        detail=trouble.detail,
        remedy=trouble.remedy,
        store=store,
        order_id=order_id,
    )


def _delivery(
    name: str, store: str, order_id: str, ask: Ask, lane: int
) -> deliveries.PlannedDelivery:
    key = key_of(store, order_id, ask.suffix)
    return deliveries.PlannedDelivery(
        name, key, store, order_id, ask.operation, encode(ask.payload), lane
    )


def _updates(store: str, order_id: str, decision: Decision) -> list[updates.NewUpdate]:
    return [
        updates.NewUpdate(
            key=key_of(store, order_id, f"{tell.kind}:{tell.ref}"),
            kind=tell.kind,
            entity="order",
            entity_id=order_id,
            data=json.dumps(tell.data, ensure_ascii=False),
        )
        for tell in decision.tells
    ]


def _row(store: str, order_id: str, state: OrderState, now: datetime) -> orders.OrderRow:
    return orders.OrderRow(
        store=store,
        order_id=order_id,
        number=state.order.number[:64],
        version=state.version,
        phase=state.phase.value,
        financial=state.financial.value,
        fulfilment=state.fulfilment,
        total=state.order.total.amount,
        currency=state.order.currency,
        state=encode(state),
        received_at=now,
        changed_at=now,
    )


def _goods(state: OrderState) -> dict[str, Decimal]:
    """What the order takes from stock: its products less what was given back."""
    goods: dict[str, Decimal] = {}
    if state.phase in (Phase.CANCELLED, Phase.RECEIVED):
        return goods
    for line in state.order.product_lines:
        goods[line.sku] = goods.get(line.sku, Decimal(0)) + line.quantity
    for refund in state.order.refunds:
        for part in refund.lines:
            if part.sku in goods:
                goods[part.sku] -= part.quantity
    return goods
