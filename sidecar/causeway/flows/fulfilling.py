"""What the warehouses are asked for, brought level with what the order wants.

One function for every cause: booked, edited, refunded, rejected, ended short, cancelled. It
compares what is wanted with what was sent and what is under way, stops what is too much and
asks for what is missing. Told twice, it finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from causeway.canonical import FulfilmentRequest, Order, RequestLine
from causeway.flows.decision import Ask, Decision, Trouble
from causeway.flows.mapping import Translator
from causeway.flows.routing import Place, Route, goods_route
from causeway.flows.scene import Scene
from causeway.flows.state import (
    FulfilmentLine,
    FulfilmentOrder,
    FulfilmentStatus,
    OrderState,
    Phase,
    RequestStatus,
)

Quantities = dict[str, Decimal]
_NONE = Decimal(0)
_STOPPING = RequestStatus.CANCELLATION_REQUESTED
RETURNED = ":refund:return:"
"""In the key of a refund that was made for goods which came back."""


@dataclass
class _Work:
    """The parts while they are brought level, and what has to be done for it."""

    parts: list[FulfilmentOrder]
    asks: list[Ask] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)


def level(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """Stop what is too much, ask for what is missing, close the order when nothing is."""
    if not state.booked_as or state.phase not in (Phase.BOOKED, Phase.CLOSED, Phase.CANCELLED):
        return Decision(state)
    waits = state.phase is Phase.CANCELLED or state.credit_hold
    wanted = {} if waits else wanted_of(state)
    need = _less(wanted, shipped_of(state.fulfilments))
    work = _Work(list(state.fulfilments))
    if not state.credit_hold:  # what the back office holds it does not send
        _fit_own_parts(work, need)
    _stop_what_is_too_much(work, state, scene, need)
    lacking = _less(need, _under_way(work.parts))
    lacking = {line: quantity for line, quantity in lacking.items() if quantity > 0}
    if lacking:
        lacking = _ask_for(work, state, scene, lacking, at)
    elif not lacking:
        work.settled.append("no_warehouse")
    state = replace(state, fulfilments=tuple(work.parts))
    return Decision(
        _phased(state, idle=not lacking and all(part.over for part in work.parts)),
        asks=tuple(work.asks),
        troubles=tuple(work.troubles),
        settled=tuple(work.settled),
    )


def wanted_of(state: OrderState) -> Quantities:
    """How many of each line are to reach the buyer: ordered, less what was refunded unsent.

    A refund for goods that came back takes nothing away: they had been sent.
    """
    order = state.order
    if state.elsewhere or state.gone or not order.needs_shipping:
        return {}
    wanted = {line.id: line.quantity for line in order.goods}
    for refund in order.refunds:
        for line in () if RETURNED in refund.origin else refund.lines:
            if line.order_line_id in wanted:
                wanted[line.order_line_id] -= line.quantity
    return {line: quantity for line, quantity in wanted.items() if quantity > 0}


def shipped_of(parts: Iterable[FulfilmentOrder]) -> Quantities:
    sent: Quantities = {}
    for part in parts:
        for line in part.lines:
            sent[line.order_line_id] = sent.get(line.order_line_id, _NONE) + line.shipped
    return sent


def request_of(state: OrderState, part: FulfilmentOrder, scene: Scene, at: datetime) -> object:
    """What the warehouse is told: where to send what, and of the buyer nothing else."""
    order = state.order
    words = Translator(scene, part.connection, at)
    method = next((line for line in order.lines if line.kind == "shipping"), None)
    weights = {line.id: line.weight for line in order.lines}
    return FulfilmentRequest(
        store=order.store,
        order_id=order.id,
        order_number=order.number,
        id=part.id,
        warehouse=words.word("warehouse", part.warehouse),
        recipient=order.shipping or order.billing,
        shipping_method=words.word("shipping", method.code or method.name) if method else "",
        lines=tuple(
            RequestLine(
                line.order_line_id,
                line.sku,
                line.name,
                line.quantity,
                weights.get(line.order_line_id, _NONE),
            )
            for line in part.lines
        ),
        note=order.customer_note,
    )


def _less(one: Quantities, other: Quantities) -> Quantities:
    return {line: max(q - other.get(line, _NONE), _NONE) for line, q in one.items()}


def _under_way(parts: Iterable[FulfilmentOrder]) -> Quantities:
    """What live parts will still send, also those that were asked to stop and may not."""
    found: Quantities = {}
    for part in parts:
        for line in () if part.over else part.lines:
            rest = max(line.quantity - line.shipped, _NONE)
            found[line.order_line_id] = found.get(line.order_line_id, _NONE) + rest
    return found


def _fit_own_parts(work: _Work, need: Quantities) -> None:
    """What the back office sends by itself follows its sales order; only our count is fitted."""
    left = dict(need)
    for place, part in enumerate(work.parts):
        if part.connection or part.over:
            continue
        lines = []
        for line in part.lines:
            rest = min(line.quantity - line.shipped, left.get(line.order_line_id, _NONE))
            left[line.order_line_id] = left.get(line.order_line_id, _NONE) - rest
            lines.append(replace(line, quantity=line.shipped + max(rest, _NONE)))
        kept = tuple(line for line in lines if line.quantity)
        status = part.status
        if not any(line.quantity > line.shipped for line in kept):
            sent = any(line.shipped for line in kept)
            status = FulfilmentStatus.CLOSED if sent else FulfilmentStatus.CANCELLED
        work.parts[place] = replace(part, lines=kept or part.lines, status=status)


def _stop_what_is_too_much(work: _Work, state: OrderState, scene: Scene, need: Quantities) -> None:
    """The newest parts first: those asked for with something wrong, or for too much."""
    going = _under_way(p for p in work.parts if p.connection and p.request is not _STOPPING)
    for place in reversed(range(len(work.parts))):
        part = work.parts[place]
        if part.over or not part.connection or part.request is _STOPPING:
            continue
        rest = {line.order_line_id: line.quantity - line.shipped for line in part.lines}
        too_much = any(
            quantity and going.get(line, _NONE) > need.get(line, _NONE)
            for line, quantity in rest.items()
        )
        if not (too_much or part.stale):
            if part.stuck:
                work.settled.append(f"cannot_stop:{part.id}")
                work.parts[place] = replace(part, stuck=False)
            continue
        work.parts[place] = _stopped(work, state, part, scene)
        if work.parts[place].request is _STOPPING:
            for line, quantity in rest.items():
                going[line] = going.get(line, _NONE) - quantity


def _stopped(
    work: _Work, state: OrderState, part: FulfilmentOrder, scene: Scene
) -> FulfilmentOrder:
    if part.request is RequestStatus.CANCELLATION_REJECTED:
        return part
    if scene.can(part.connection).cancel:
        payload = {
            "request": _bare_request(state.order, part),
            "request_key": f"{state.order.store}:{state.order.id}:request:{part.id}",
        }
        work.asks.append(Ask("fulfilment", "stop", f"stop:{part.id}", payload, part.connection))
        return replace(part, request=_STOPPING)
    if not part.stuck and state.phase is not Phase.CANCELLED:
        work.troubles.append(_cannot_stop(state.order, part))
    return replace(part, stuck=True)


def _bare_request(order: Order, part: FulfilmentOrder) -> FulfilmentRequest:
    """Enough to name what shall be stopped; the buyer's address is not needed for it."""
    lines = tuple(RequestLine(x.order_line_id, x.sku, x.name, x.quantity) for x in part.lines)
    empty = replace(order.shipping, **dict.fromkeys(type(order.shipping).__slots__, ""))
    return FulfilmentRequest(
        order.store, order.id, order.number, part.id, part.warehouse, empty, "", lines
    )


def _ask_for(
    work: _Work, state: OrderState, scene: Scene, lacking: Quantities, at: datetime
) -> Quantities:
    """New parts for what is missing; what nobody can send is returned."""
    if not scene.plays("fulfilment"):
        work.parts.append(_own_part(work, state, lacking))
        return {}
    route = goods_route(state.order, lacking, scene, _closed(work.parts))
    for place in route.places:
        part = _part(work, state, route, place, Translator(scene, place[0], at))
        work.parts.append(part)
        request = request_of(state, part, scene, at)
        suffix = f"request:{part.id}"
        work.asks.append(Ask("fulfilment", "request", suffix, request, part.connection))
    if route.stranded:
        work.troubles.append(_no_warehouse(state.order, route, work.parts))
    else:
        work.settled.append("no_warehouse")
    return dict(route.stranded)


def _closed(parts: Iterable[FulfilmentOrder]) -> dict[str, set[Place]]:
    """By line, the places that would not send it or ended short of it."""
    found: dict[str, set[Place]] = {}
    for part in parts:
        short = part.status is FulfilmentStatus.INCOMPLETE
        if short or part.request is RequestStatus.REJECTED:
            for line in part.lines:
                if line.shipped < line.quantity:
                    place = (part.connection, part.warehouse)
                    found.setdefault(line.order_line_id, set()).add(place)
    return found


def _own_part(work: _Work, state: OrderState, lacking: Quantities) -> FulfilmentOrder:
    lines = tuple(
        FulfilmentLine(line.id, line.sku, line.name, lacking[line.id])
        for line in state.order.product_lines
        if line.id in lacking
    )
    number = str(len(work.parts) + 1)
    return FulfilmentOrder(number, "", FulfilmentStatus.OPEN, RequestStatus.UNSUBMITTED, lines)


def _part(
    work: _Work, state: OrderState, route: Route, place: Place, words: Translator
) -> FulfilmentOrder:
    ordered = {line.id: line for line in state.order.product_lines}
    amounts: Quantities = {}
    for choice in route.choices:
        if choice.place == place:
            line = choice.order_line_id
            amounts[line] = amounts.get(line, _NONE) + choice.quantity
    lines = tuple(
        FulfilmentLine(line, words.sku(ordered[line]), ordered[line].name, quantity)
        for line, quantity in amounts.items()
    )
    return FulfilmentOrder(
        str(len(work.parts) + 1),
        place[1],
        FulfilmentStatus.OPEN,
        RequestStatus.UNSUBMITTED,
        lines,
        connection=place[0],
    )


def _phased(state: OrderState, idle: bool) -> OrderState:
    if state.phase is Phase.BOOKED and idle and not state.credit_hold:
        return replace(state, phase=Phase.CLOSED)
    if state.phase is Phase.CLOSED and not idle:
        return replace(state, phase=Phase.BOOKED)
    return state


def _cannot_stop(order: Order, part: FulfilmentOrder) -> Trouble:
    goods = ", ".join(f"{line.quantity - line.shipped:f} x {line.sku}" for line in part.lines)
    return Trouble(
        "cannot_stop",
        f"Order {order.number}: {part.connection} has to stop and cannot be told to",
        f"Its request {part.id} is for {goods}; the order was changed or refunded since.",
        "Ask the warehouse to stop or change it, by telephone if need be; then resolve this case.",
        ref=part.id,
    )


def _no_warehouse(order: Order, route: Route, parts: list[FulfilmentOrder]) -> Trouble:
    skus = {line.id: line.sku for line in order.product_lines}
    goods = ", ".join(f"{quantity:f} x {skus[line]}" for line, quantity in route.stranded)
    asked = sorted({part.warehouse or part.connection for part in parts if part.over})
    return Trouble(
        "no_warehouse",
        f"Order {order.number}: nobody can send {goods}"[:250],
        f"Asked already: {', '.join(asked) or 'nobody'}. No other warehouse fits the rules.",
        "Get the goods and add a rule for another warehouse, refund these lines in the shop, "
        "or send them by hand and complete the order there.",
    )
