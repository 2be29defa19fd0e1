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
from causeway.engine import waiting
from causeway.engine.context import Context
from causeway.engine.operations import key_of
from causeway.engine.scenes import Scenes
from causeway.flows.decision import Adoption, Ask, Decision, Trouble
from causeway.flows.facts import Booked, Fact, Looked, OrderDeleted, OrderSeen
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, Phase
from causeway.ledger import bindings, cases, deliveries, orders, restore, updates
from causeway.ledger.bindings import Binding, BindingConflictError
from causeway.ledger.engine import lock_row_of
from causeway.ledger.lanes import ORDERS

# An order that was never seen can only be seen, or be gone.
_FIRST = (OrderSeen, OrderDeleted, Looked)


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
        lock_row_of(connection, f"order:{store}:{order_id}")
        row = orders.get(connection, store, order_id)
        state = decode(OrderState, row.state) if row else None
        if state is None and not isinstance(fact, _FIRST):
            return Decision(None, superseded=True)
        skus = _skus(state, fact)
        arrived = row.received_at if row else None
        scene = Scenes(self.context).of(connection, store, arrived, skus)
        decision = decide(state, fact, scene)
        if not decision.superseded and decision.state is not None:
            self._keep(connection, store, order_id, decision, decision.state, scene, now, lane)
            if decision.missing or (state is not None and state.phase is Phase.HELD):
                waiting.for_words(connection, store, order_id, decision.missing, now)
            if isinstance(fact, Booked) or decision.adopted:
                allocations.booked(connection, store, order_id, fact.at)
        return decision

    def _keep(
        self,
        connection: Connection,
        store: str,
        order_id: str,
        decision: Decision,
        state: OrderState,
        scene: Scene,
        now: datetime,
        lane: int,
    ) -> None:
        orders.save(connection, _row(store, order_id, state, now))
        steps = [orders.Milestone(s.name, s.at, s.ref, s.detail) for s in decision.steps]
        orders.reach(connection, store, order_id, steps)
        refused = _adopt(connection, store, order_id, decision.adopted, now)
        planned, unplayed = plan(store, order_id, decision, scene, lane)
        deliveries.plan(connection, planned, now)
        sent = [item for item in planned if not item.shadow]
        restore.doubt(connection, sent, state.order.created_at)
        updates.add(connection, store, _updates(store, order_id, decision), now)
        settled = [key_of(store, order_id, kind) for kind in decision.settled]
        cases.resolve(connection, settled, "causeway", now)
        troubles = (*decision.troubles, *unplayed, *refused)
        cases.open_new(connection, [_case(store, order_id, t) for t in troubles], now)
        if decision.wake_at:
            waiting.until(connection, store, order_id, decision.wake_at, now)
        if decision.skus:
            if not state.booked_as:
                allocations.allocate(connection, store, order_id, _goods(state))
            sources.mark_dirty(connection, decision.skus, now)


def plan(
    store: str, order_id: str, decision: Decision, scene: Scene, lane: int
) -> tuple[list[deliveries.PlannedDelivery], list[Trouble]]:
    """A delivery at whom the flow names, or the first that plays the role; trouble if nobody does.

    Nobody in the role `fulfilment` is no trouble: the back office then sends goods itself.
    """
    planned, unplayed = [], []
    for ask in decision.asks:
        side = scene.side(ask.connection) or next(iter(scene.plays(ask.role)), None)
        if side is not None:
            planned.append(_delivery(side.name, side.shadow, store, order_id, ask, lane))
        elif ask.role != "fulfilment":
            unplayed.append(_no_connection(store, ask))
    return planned, unplayed


def _adopt(
    connection: Connection, store: str, order_id: str, adopted: tuple[Adoption, ...], now: datetime
) -> list[Trouble]:
    """Bind what another connector made; a document that is bound already is a trouble."""
    refused = []
    for item in adopted:
        ours = key_of(store, order_id, item.suffix)
        pair = Binding(item.connection, "order", ours, item.theirs[:255], item.theirs[:255])
        deliveries.drop_shadow(connection, item.connection, ours)
        try:
            bindings.bind(connection, pair, now)
        except BindingConflictError as error:
            refused.append(
                Trouble(
                    "adopted_twice",
                    f"Order {order_id}: another connector's link cannot be taken over",
                    f"{error}.",
                    "Look which of the two orders the document belongs to; correct the link in "
                    "the other one's meta, and resolve this case.",
                )
            )
    return refused


def _skus(state: OrderState | None, fact: Fact) -> tuple[str, ...]:
    """What the decision may have to find a warehouse for."""
    order = fact.order if isinstance(fact, OrderSeen) else state.order if state else None
    return tuple({line.sku for line in order.product_lines if line.sku}) if order else ()


def lock_orders(connection: Connection, named: Sequence[tuple[str, str]]) -> None:
    """Hold several orders, given in the order all use, until this transaction ends."""
    for store, order_id in named:
        lock_row_of(connection, f"order:{store}:{order_id}")


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
        key=key_of(store, order_id, ref)[:255],
        kind=trouble.kind,
        title=trouble.title,
        detail=trouble.detail,
        remedy=trouble.remedy,
        store=store,
        order_id=order_id,
    )


def _delivery(
    name: str, shadow: bool, store: str, order_id: str, ask: Ask, lane: int
) -> deliveries.PlannedDelivery:
    key = key_of(store, order_id, ask.suffix)
    return deliveries.PlannedDelivery(
        name, key, store, order_id, ask.operation, encode(ask.payload), lane, shadow
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
