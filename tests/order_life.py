"""One order's life, fact by fact, for the tests of its flow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from causeway.canonical import RequestAnswer, Shipment
from causeway.canonical.codec import decode, encode
from causeway.canonical.fulfilment import ShipmentLine
from causeway.connectors.base import Capabilities
from causeway.connectors.samples import an_order
from causeway.flows.decision import Ask, Decision
from causeway.flows.facts import Booked, Fact, OrderSeen, RequestAnswered, Shipped
from causeway.flows.order_flow import decide
from causeway.flows.scene import Scene, Side
from causeway.flows.state import OrderState
from causeway.policy import StorePolicy
from tests.world import START

ABLE = Capabilities(cancel=True, cancel_lines=True, update=True, answers=True, returns=True)

ERP = Side("erp", ("erp",), replace(ABLE, payments=True))

WMS = Side("wms", ("fulfilment",), ABLE)

SECOND = Side("second", ("fulfilment",), ABLE)

SCENE = Scene(StorePolicy(), (ERP, WMS, SECOND))


@dataclass
class Life:
    """One order's facts applied one after another, each decision kept as the ledger keeps it."""

    scene: Scene = SCENE
    state: OrderState | None = None
    asked: list[Ask] = field(default_factory=list)
    told: dict[tuple[str, str], Any] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    last: Decision | None = None

    def meet(self, fact: Fact) -> Decision:
        decision = decide(self.state, fact, self.scene)
        self.last = decision
        if decision.superseded or decision.state is None:
            return decision
        text = encode(decision.state)
        self.state = decode(OrderState, text)
        assert encode(self.state) == text
        for ask in decision.asks:
            encode(ask.payload)
        self.asked += decision.asks
        for tell in decision.tells:
            self.told.setdefault((tell.kind, tell.ref), tell.data)
        for name in decision.settled:
            kind = name.partition(":")[0]
            self.cases.discard(name if name != kind else kind)
        self.cases |= {f"{t.kind}:{t.ref}" if t.ref else t.kind for t in decision.troubles}
        return decision

    @property
    def now(self) -> OrderState:
        assert self.state is not None
        return self.state

    @property
    def keys(self) -> list[str]:
        return [ask.suffix for ask in self.asked]


def seen(version: int = 1, **changes: Any) -> OrderSeen:
    return OrderSeen(an_order(**{"rounding": None, **changes}), version, START)


def booked(scene: Scene = SCENE, **changes: Any) -> Life:
    life = Life(scene)
    life.meet(seen(1, **changes))
    life.meet(Booked("SO-1", START))
    return life


Word = Literal["accepted", "rejected", "on_hold", "released", "incomplete", "cancelled"]


def answer(word: Word, number: int, part: str = "1", reason: str = "why") -> RequestAnswered:
    at = START + timedelta(minutes=number)
    return RequestAnswered(RequestAnswer(f"{part}-{number}", "", word, reason, at), part, at)


def parcel(name: str, part: str, *goods: tuple[str, str], tracking: str = "T") -> Shipped:
    lines = tuple(ShipmentLine(sku, Decimal(quantity)) for sku, quantity in goods)
    sent = Shipment(name, "", "DHL", tracking and f"{tracking}-{name}", "", START, lines)
    return Shipped(sent, part, START)


ALL = (("MUG-01", "2"), ("BOOK-7", "1"))
