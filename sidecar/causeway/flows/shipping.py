"""Parcels: what has left is counted, and the customer hears of it once it can be followed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from causeway.canonical import Shipment, ShipmentLine
from causeway.flows.decision import Decision, Step, Tell, Trouble
from causeway.flows.facts import Shipped
from causeway.flows.fulfilling import level
from causeway.flows.scene import Scene
from causeway.flows.state import (
    FulfilmentLine,
    FulfilmentOrder,
    FulfilmentStatus,
    OrderState,
    Phase,
    RequestStatus,
    SentParcel,
)
from causeway.flows.words import note, say

_NONE = Decimal(0)


def shipped(state: OrderState, fact: Shipped, scene: Scene) -> Decision:
    """A parcel left: tell the shop, once, and complete the order when it was the last."""
    shipment, ref = fact.shipment, _ref(fact)
    if ref in state.untracked and shipment.tracking_number:
        return _found(state, fact, ref, scene)
    if any(shipment.id in part.shipments for part in _concerned(state, fact)):
        return Decision(state, superseded=True)
    parcel = _parcel(state, fact, ref)
    state, extra = _count(state, fact)
    state = replace(
        state, untracked=_untracked(state, shipment, ref, scene), parcels=(*state.parcels, parcel)
    )
    heard = (
        note(f"untracked:{ref}", say(scene, "untracked"))
        if ref in state.untracked
        else _shipment_update(state, shipment, ref)
    )
    step = Step("shipped", fact.at, ref=ref, detail=shipment.tracking_number)
    troubles = (_too_much(state, shipment, extra, ref),) if extra else ()
    lots = _lots(state, shipment, ref, scene)
    counted = Decision(state, tells=(heard, *lots), steps=(step,), troubles=troubles)
    levelled = counted.then(level(state, scene, fact.at))
    return _completed(levelled, scene)


def _found(state: OrderState, fact: Shipped, ref: str, scene: Scene) -> Decision:
    """The tracking number of a parcel that had left without one."""
    rest = tuple(other for other in state.untracked if other != ref)
    now = _parcel(state, fact, ref)
    parcels = tuple(now if parcel.ref == ref else parcel for parcel in state.parcels)
    state = replace(state, untracked=rest, parcels=parcels)
    heard = _shipment_update(state, fact.shipment, ref)
    step = Step("tracked", fact.at, ref=ref, detail=fact.shipment.tracking_number)
    return _completed(Decision(state, tells=(heard,), steps=(step,)), scene)


def _completed(decision: Decision, scene: Scene) -> Decision:
    """The shop completes an order, and mails that, once everything left and can be followed."""
    state = decision.state
    if state is None or state.phase is not Phase.CLOSED or state.untracked:
        return decision
    if not scene.policy.complete_when_shipped or state.order.status != "processing":
        return decision
    done = Tell("status", "completed", {"to": "completed", "from": ["processing"]})
    return replace(decision, tells=(*decision.tells, done))


def _ref(fact: Shipped) -> str:
    """Two warehouses may give parcels the same ids: those of later parts are told apart."""
    if fact.fulfilment_id in ("", "1"):
        return fact.shipment.id
    return f"{fact.fulfilment_id}.{fact.shipment.id}"


def _parcel(state: OrderState, fact: Shipped, ref: str) -> SentParcel:
    """What left, and whom to ask about it: the warehouse, or the back office that sends itself."""
    shipment = fact.shipment
    sender = next((part.connection for part in _concerned(state, fact) if part.connection), "")
    return SentParcel(
        ref,
        sender or state.erp,
        shipment.carrier,
        shipment.tracking_number,
        shipment.tracking_url,
        shipment.shipped_at,
        shipment.label,
    )


def _concerned(state: OrderState, fact: Shipped) -> list[FulfilmentOrder]:
    return [p for p in state.fulfilments if fact.fulfilment_id in ("", p.id)]


def _untracked(state: OrderState, shipment: Shipment, ref: str, scene: Scene) -> tuple[str, ...]:
    if shipment.tracking_number or not scene.policy.wait_for_tracking:
        return state.untracked
    return (*state.untracked, ref)


def _count(state: OrderState, fact: Shipped) -> tuple[OrderState, list[ShipmentLine]]:
    """The parcel's goods counted in the part it answers, or in all that are open, in turn.

    What fits nowhere is returned: it was sent and not asked for.
    """
    left = list(fact.shipment.lines)
    whole = not left
    parts = []
    for part in state.fulfilments:
        after = part
        if part.id == fact.fulfilment_id or (not fact.fulfilment_id and not part.over):
            after, left = _counted(part, fact.shipment, left, whole)
        parts.append(after)
    return replace(state, fulfilments=tuple(parts)), [line for line in left if line.quantity > 0]


def _counted(
    part: FulfilmentOrder, shipment: Shipment, left: list[ShipmentLine], whole: bool
) -> tuple[FulfilmentOrder, list[ShipmentLine]]:
    lines: list[FulfilmentLine] = []
    for line in part.lines:
        want = max(line.quantity - line.shipped, _NONE)
        take, left = (want, left) if whole else _take(line, want, left)
        lines.append(replace(line, shipped=line.shipped + take))
    everything = all(line.shipped >= line.quantity for line in lines)
    counted = replace(part, lines=tuple(lines), shipments=(*part.shipments, shipment.id))
    if part.status is FulfilmentStatus.CANCELLED:
        return counted, left  # it left before the warehouse stopped
    return _moved(counted, everything), left


def _moved(part: FulfilmentOrder, everything: bool) -> FulfilmentOrder:
    stopping = part.request is RequestStatus.CANCELLATION_REQUESTED
    late = part.request is RequestStatus.CANCELLATION_REJECTED
    request = RequestStatus.ACCEPTED
    if stopping or late:
        request = RequestStatus.CANCELLATION_REJECTED if everything or late else part.request
    if everything:
        return replace(part, status=FulfilmentStatus.CLOSED, request=request)
    begun = part.status is FulfilmentStatus.OPEN
    status = FulfilmentStatus.IN_PROGRESS if begun else part.status
    return replace(part, status=status, request=request)


def _take(
    line: FulfilmentLine, want: Decimal, left: list[ShipmentLine]
) -> tuple[Decimal, list[ShipmentLine]]:
    """As much as the line wants, first of what names it, then of its SKU."""
    taken, rest = _NONE, []
    for goods in sorted(left, key=lambda item: item.order_line_id != line.order_line_id):
        named = goods.order_line_id == line.order_line_id
        if named or (not goods.order_line_id and goods.sku == line.sku):
            part = min(want - taken, goods.quantity)
            taken += part
            goods = replace(goods, quantity=goods.quantity - part)  # noqa: PLW2901
        rest.append(goods)
    return taken, rest


def _shipment_update(state: OrderState, shipment: Shipment, ref: str) -> Tell:
    """What the shop needs for its own shipment record and the customer's mail, in its own SKUs."""
    lines = [_told_line(state, line) for line in shipment.lines]
    return Tell(
        "shipment",
        ref,
        {
            "shipment_id": shipment.id,
            "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number,
            "tracking_url": shipment.tracking_url,
            "shipped_at": shipment.shipped_at.isoformat(),
            "lines": lines,
        },
    )


def _lots(state: OrderState, shipment: Shipment, ref: str, scene: Scene) -> tuple[Tell, ...]:
    """Which lots or serial numbers left, where the warehouse keeps them: for recalls and claims."""
    goods = [
        f"{line.quantity:f} x {_told_line(state, line)['sku']}: {', '.join(line.lots)}"
        for line in shipment.lines
        if line.lots
    ]
    if not goods:
        return ()
    text = say(
        scene, "lots", parcel=shipment.tracking_number or shipment.id, goods="; ".join(goods)
    )
    return (note(f"lots:{ref}", text),)


def _told_line(state: OrderState, line: ShipmentLine) -> dict[str, object]:
    ours = {x.id: x.sku for x in state.order.product_lines}
    theirs = {x.sku: x.order_line_id for part in state.fulfilments for x in part.lines}
    line_id = line.order_line_id or theirs.get(line.sku, "")
    told: dict[str, object] = {"sku": ours.get(line_id, line.sku), "quantity": str(line.quantity)}
    if line_id:
        told["order_line_id"] = line_id
    if line.lots:
        told["lots"] = list(line.lots)
    return told


def _too_much(
    state: OrderState, shipment: Shipment, extra: list[ShipmentLine], ref: str
) -> Trouble:
    goods = ", ".join(f"{line.quantity:f} x {line.sku}" for line in extra)
    return Trouble(
        "shipped_too_much",
        f"Order {state.order.number}: more was sent than was asked for",
        f"Parcel {shipment.tracking_number or shipment.id} also holds {goods}.",
        "Ask the warehouse; have it sent back or charge for it. Then resolve this case.",
        ref=ref,
    )
