"""The order desk: loads an order's state, lets the flow decide, and keeps the decision whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from causeway.canonical.codec import decode, encode
from causeway.engine import waiting
from causeway.engine.context import Context
from causeway.engine.operations import key_of
from causeway.engine.reserving import Move, Reserving
from causeway.engine.scenes import Scenes
from causeway.flows.decision import Adoption, Ask, Decision, Trouble
from causeway.flows.facts import Fact, Looked, OrderDeleted, OrderSeen
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, Phase
from causeway.ledger import bindings, cases, deliveries, orders, restore, updates
from causeway.ledger.bindings import Binding, BindingConflictError
from causeway.ledger.engine import lock_rows_of
from causeway.ledger.lanes import ORDERS

# An order that was never seen can only be seen, or be gone.
_FIRST = (OrderSeen, OrderDeleted, Looked)


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
        scenes = Scenes(self.context, connection)
        decisions, at_hand = [], {}
        for change in changes:
            row = rows.get(change.order)
            state = decode(OrderState, row.state) if row else None
            if state is None and not isinstance(change.fact, _FIRST):
                decisions.append(Decision(None, superseded=True))
                continue
            arrived = row.received_at if row else None
            scene = scenes.of(change.store, arrived, _skus(state, change.fact))
            if named := _exchanged_for(state):
                totals = orders.totals(connection, change.store, named)
                scene = replace(scene, totals=totals)
            decisions.append(decide(state, change.fact, scene))
            at_hand[change.order] = scene, state is not None and state.phase is Phase.HELD
        kept = [
            (change, decision, decision.state)
            for change, decision in zip(changes, decisions, strict=True)
            if not decision.superseded and decision.state is not None
        ]
        if kept:
            self._keep(connection, kept, {o: scene for o, (scene, _) in at_hand.items()}, now)
        for change, decision, _ in kept:
            if decision.missing or at_hand[change.order][1]:
                waiting.for_words(connection, *change.order, decision.missing, now)
        return decisions

    def _keep(
        self,
        connection: Connection,
        kept: Sequence[tuple[Change, Decision, OrderState]],
        scenes: Mapping[tuple[str, str], Scene],
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
            refused = _adopt(connection, *change.order, decision.adopted, now)
            asked, unplayed = plan(*change.order, decision, scenes[change.order], change.lane)
            planned += asked
            sent = [item for item in asked if not item.shadow]
            doubtful += [(item, state.order.created_at) for item in sent]
            settled += [key_of(*change.order, kind) for kind in decision.settled]
            troubles += [_case(*change.order, t) for t in (*decision.troubles, *unplayed, *refused)]
            if decision.wake_at:
                waiting.until(connection, *change.order, decision.wake_at, now)
            told.setdefault(change.store, []).extend(_updates(*change.order, decision))
        deliveries.plan(connection, planned, now)
        restore.doubt(connection, doubtful)
        for store in sorted(told):
            updates.add(connection, store, told[store], now)
        cases.resolve(connection, settled, "causeway", now)
        cases.open_new(connection, troubles, now)
        moves = [Move(*change.order, state, change.fact) for change, _, state in kept]
        Reserving(self.context).follow(connection, moves, now)


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


def _exchanged_for(state: OrderState | None) -> list[str]:
    """The orders whose totals a return needs, since nobody said what they come to."""
    returns = state.returns if state else ()
    return [b.exchange_order for b in returns if b.exchange_order and b.exchange_total is None]


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
