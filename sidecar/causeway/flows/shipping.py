"""From the booked order to the last parcel: what the warehouse is asked, what it has sent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from causeway.canonical import FulfilmentRequest, Order, RequestLine, Shipment
from causeway.flows.decision import Ask, Decision, Step, Tell
from causeway.flows.facts import Shipped
from causeway.flows.state import (
    FulfilmentLine,
    FulfilmentOrder,
    FulfilmentStatus,
    OrderState,
    Phase,
    RequestStatus,
)
from causeway.policy import StorePolicy

_OVER = (FulfilmentStatus.CLOSED, FulfilmentStatus.CANCELLED)


def plan_fulfilment(state: OrderState, already_sent: bool) -> OrderState:
    """One part for one warehouse: everything that is to be sent and was not refunded before.

    Nothing is planned for what needs no shipping, nor for an order that was completed or refunded
    in the shop before it was seen here: its goods went another way.
    """
    lines = _to_send(state.order)
    if already_sent or not state.order.needs_shipping or not lines:
        return state
    part = FulfilmentOrder("1", "", FulfilmentStatus.OPEN, RequestStatus.UNSUBMITTED, lines)
    return replace(state, fulfilments=(part,))


def ask_for_goods(state: OrderState) -> tuple[OrderState, tuple[Ask, ...]]:
    """Ask the warehouse for every part it has not been asked for."""
    open_parts = [p for p in state.fulfilments if p.request is RequestStatus.UNSUBMITTED]
    asks = tuple(
        Ask("fulfilment", "request", f"request:{part.id}", _request(state.order, part))
        for part in open_parts
    )
    return state, asks


def shipped(state: OrderState, fact: Shipped, policy: StorePolicy) -> Decision:
    """A parcel left: tell the shop, once, and complete the order when it was the last."""
    shipment = fact.shipment
    if any(shipment.id in part.shipments for part in state.fulfilments):
        return Decision(state, superseded=True)
    parts = tuple(
        _counted(part, shipment)
        if part.id == fact.fulfilment_id or (not fact.fulfilment_id and part.status not in _OVER)
        else part
        for part in state.fulfilments
    )
    state = replace(state, fulfilments=parts)
    complete = bool(parts) and all(part.status in _OVER for part in parts)
    tells = [_shipment_update(state, shipment)]
    if complete and state.phase is Phase.BOOKED:
        state = replace(state, phase=Phase.CLOSED)
    if complete and policy.complete_when_shipped and state.order.status == "processing":
        tells.append(Tell("status", "completed", {"to": "completed", "from": ["processing"]}))
    return Decision(
        state,
        tells=tuple(tells),
        steps=(Step("shipped", fact.at, ref=shipment.id, detail=shipment.tracking_number),),
    )


def _to_send(order: Order) -> tuple[FulfilmentLine, ...]:
    refunded: dict[str, Decimal] = {}
    for refund in order.refunds:
        for line in refund.lines:
            before = refunded.get(line.order_line_id, Decimal(0))
            refunded[line.order_line_id] = before + line.quantity
    wanted = (
        FulfilmentLine(line.id, line.sku, line.name, line.quantity - refunded.get(line.id, 0))
        for line in order.product_lines
    )
    return tuple(line for line in wanted if line.quantity > 0)


def _request(order: Order, part: FulfilmentOrder) -> FulfilmentRequest:
    method = next((line for line in order.lines if line.kind == "shipping"), None)
    return FulfilmentRequest(
        store=order.store,
        order_id=order.id,
        order_number=order.number,
        id=part.id,
        warehouse=part.warehouse,
        recipient=order.shipping or order.billing,
        shipping_method=method.code or method.name if method else "",
        lines=tuple(
            RequestLine(line.order_line_id, line.sku, line.name, line.quantity)
            for line in part.lines
        ),
        note=order.customer_note,
    )


def _counted(part: FulfilmentOrder, shipment: Shipment) -> FulfilmentOrder:
    """The part with this parcel's goods counted as sent; a parcel without lines sends it all."""
    left: dict[str, Decimal] = {}
    for sent in shipment.lines:
        left[sent.sku] = left.get(sent.sku, Decimal(0)) + sent.quantity
    lines: list[FulfilmentLine] = []
    for line in part.lines:
        want = line.quantity - line.shipped
        take = min(want, left.get(line.sku, Decimal(0))) if shipment.lines else want
        if line.sku in left:
            left[line.sku] -= take
        lines.append(replace(line, shipped=line.shipped + take))
    everything = all(line.shipped >= line.quantity for line in lines)
    return replace(
        part,
        lines=tuple(lines),
        status=FulfilmentStatus.CLOSED if everything else FulfilmentStatus.IN_PROGRESS,
        request=RequestStatus.ACCEPTED,
        shipments=(*part.shipments, shipment.id),
    )


def _shipment_update(state: OrderState, shipment: Shipment) -> Tell:
    """What the shop needs for its own shipment record and the customer's mail."""
    lines = [{"sku": line.sku, "quantity": str(line.quantity)} for line in shipment.lines]
    return Tell(
        "shipment",
        shipment.id,
        {
            "shipment_id": shipment.id,
            "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number,
            "tracking_url": shipment.tracking_url,
            "shipped_at": shipment.shipped_at.isoformat(),
            "lines": lines,
        },
    )
