"""Goods that come back: allowed, awaited, looked at, refunded; each step waits for its facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from causeway.canonical import Money, Order, RefundLine, ReturnLine, TaxAmount
from causeway.canonical.returns import Disposition
from causeway.connectors.base import Role
from causeway.flows.decision import Ask, Decision, Step, Tell, Trouble
from causeway.flows.facts import ReturnArrived, ReturnBooked, ReturnDecided, ReturnRequested
from causeway.flows.fulfilling import shipped_of
from causeway.flows.refunding import refund_data
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, ReturnCase, ReturnStatus
from causeway.flows.words import note, say

_DECIDED: tuple[Disposition, ...] = ("restock", "write_off")


def requested(state: OrderState, fact: ReturnRequested, scene: Scene) -> Decision:
    """Somebody wants to send goods back."""
    if _find(state, fact.back.id):
        return Decision(state, superseded=True)
    back = ReturnCase(
        fact.back.id,
        ReturnStatus.REQUESTED,
        fact.back,
        exchange_order=fact.exchange_order,
        exchange_total=fact.exchange_total,
    )
    state = replace(state, returns=(*state.returns, back))
    step = Step("return_requested", fact.at, ref=back.id)
    strange = _strange(state, back)
    if scene.policy.authorise_returns and not strange:
        return Decision(state, steps=(step,)).then(_allowed(state, back, scene, fact.at))
    return Decision(state, steps=(step,), troubles=(_to_decide(state, back, strange),))


def decided(state: OrderState, fact: ReturnDecided, scene: Scene) -> Decision:
    """Somebody allowed it, or did not."""
    back = _find(state, fact.return_id)
    if back is None:
        return Decision(state, superseded=True)
    settled = (f"return_requested:{back.id}",)
    if fact.allowed:
        if back.status is ReturnStatus.AUTHORISED:
            return Decision(state, superseded=True)
        return Decision(state, settled=settled).then(_allowed(state, back, scene, fact.at))
    after = replace(back, status=ReturnStatus.REFUSED)
    step = Step("return_refused", fact.at, ref=back.id)
    return Decision(_with(state, after), settled=settled, steps=(step,))


def booked(state: OrderState, fact: ReturnBooked, scene: Scene) -> Decision:
    """The receiving side expects it."""
    back = _find(state, fact.return_id)
    if back is None:
        return Decision(state, superseded=True)
    step = Step("return_awaited", fact.at, ref=back.id, detail=fact.number)
    return Decision(_with(state, replace(back, number=fact.number)), steps=(step,))


def arrived(state: OrderState, fact: ReturnArrived, scene: Scene) -> Decision:
    """Goods are there, or were looked at; once all were, the shop is told to refund them."""
    back = _find(state, fact.return_id)
    if back is None or fact.receipt.id in back.receipts:
        return Decision(state, superseded=True)
    back = replace(
        back,
        back=replace(back.back, lines=_merged(back.back.lines, fact.receipt.lines)),
        receipts=(*back.receipts, fact.receipt.id),
    )
    looked_at = all(line.disposition in _DECIDED for line in back.back.lines)
    over = back.status in (ReturnStatus.INSPECTED, ReturnStatus.REFUNDED)
    if not over:
        status = ReturnStatus.INSPECTED if looked_at else ReturnStatus.RECEIVED
        back = replace(back, status=status)
    text = say(scene, "return_arrived", id=back.id, goods=_goods(back, scene))
    seen = Decision(
        _with(state, back),
        tells=(note(f"return:{back.id}:{fact.receipt.id}", text),),
        steps=(Step("return_received", fact.at, ref=f"{back.id}:{fact.receipt.id}"[:120]),),
        settled=(f"return_requested:{back.id}",),
    )
    if over or not looked_at:
        return seen
    return seen.then(_settle(_with(state, back), back, scene, fact.at))


def refunds_seen(state: OrderState, at: datetime) -> Decision:
    """A refund in the shop that answers an inspected return ends it."""
    done = [
        replace(back, status=ReturnStatus.REFUNDED)
        for back in state.returns
        if back.status is ReturnStatus.INSPECTED and _is_refunded(state, back)
    ]
    for back in done:
        state = _with(state, back)
    return Decision(
        state,
        settled=tuple(f"return_to_refund:{back.id}" for back in done),
        steps=tuple(Step("return_refunded", at, ref=back.id) for back in done),
    )


def _allowed(state: OrderState, back: ReturnCase, scene: Scene, at: datetime) -> Decision:
    """Tell whoever will receive it; where nobody can be told, people enter what arrives."""
    back = replace(back, status=ReturnStatus.AUTHORISED)
    state = _with(state, back)
    told = note(f"return:{back.id}:allowed", say(scene, "return_allowed", id=back.id))
    receiver = _receiver(state, back, scene)
    step = Step("return_allowed", at, ref=back.id)
    asks: tuple[Ask, ...] = ()
    if receiver:
        connection, booked_key = receiver
        payload = {"order": state.order, "back": back.back, "booked_key": booked_key}
        role: Role = "erp" if connection == state.erp else "fulfilment"
        asks = (Ask(role, "return", f"return:{back.id}", payload, connection),)
    return Decision(state, asks=asks, tells=(told,), steps=(step,))


def _receiver(state: OrderState, back: ReturnCase, scene: Scene) -> tuple[str, str] | None:
    """The warehouse that sent the goods, else the back office: whoever takes returns."""
    prefix = f"{state.order.store}:{state.order.id}"
    lines = {line.order_line_id for line in back.back.lines}
    for part in state.fulfilments:
        sent = {line.order_line_id for line in part.lines if line.shipped}
        if sent & lines and scene.can(part.connection).returns:
            return part.connection, f"{prefix}:request:{part.id}"
    if scene.can(state.erp).returns:
        return state.erp, f"{prefix}:{state.booking}"
    return None


def _settle(state: OrderState, back: ReturnCase, scene: Scene, at: datetime) -> Decision:
    """The money for what was looked at: told to the shop once for each of the two shelves."""
    step = Step("return_inspected", at, ref=back.id)
    netted = _netted(state, back, scene)
    if not scene.policy.refund_returns:
        trouble = _to_refund(state, back)
        return Decision(state, tells=netted, steps=(step,), troubles=(trouble,))
    tells = []
    for disposition in _DECIDED:
        lines = _refund_lines(state.order, back, disposition)
        amount = _worth(lines, state.order.currency)
        if amount:
            ref = f"return:{back.id}.{disposition}"
            reason = next((x.reason for x in back.back.lines if x.reason), back.back.reason)
            data = refund_data(
                f"{back.id}.{disposition}", amount, reason, lines, disposition == "restock"
            )
            tells.append(Tell("refund", ref, data))
    state = _with(state, replace(back, asked_refund=bool(tells)))
    return Decision(state, tells=(*tells, *netted), steps=(step,))


def _netted(state: OrderState, back: ReturnCase, scene: Scene) -> tuple[Tell, ...]:
    """What an exchange leaves to be paid, either way; the money itself people move."""
    if not back.exchange_order:
        return ()
    total = back.exchange_total or scene.totals.get(back.exchange_order)
    if total is None or total.currency != state.order.currency:
        text = say(scene, "exchange_unknown", order=back.exchange_order)
        return (note(f"return:{back.id}:netted", text),)
    lines = tuple(x for d in _DECIDED for x in _refund_lines(state.order, back, d))
    net = _worth(lines, state.order.currency) - total
    name = "exchange_even"
    if net.amount:
        name = "exchange_owed" if net.amount > 0 else "exchange_surcharge"
    amount = net if net.amount >= 0 else -net
    text = say(scene, name, order=back.exchange_order, amount=amount)
    return (note(f"return:{back.id}:netted", text),)


def _refund_lines(
    order: Order, back: ReturnCase, disposition: Disposition
) -> tuple[RefundLine, ...]:
    """What was paid for the goods that went to one shelf: their share of the line, tax by rate."""
    found = []
    lines = {line.id: line for line in order.product_lines}
    for item in back.back.lines:
        line = lines.get(item.order_line_id)
        if line is None or item.disposition != disposition or not line.quantity:
            continue
        quantity = min(item.quantity, line.quantity)
        share = quantity / line.quantity
        taxes = tuple(TaxAmount(tax.rate_id, (tax.amount * share).rounded()) for tax in line.taxes)
        tax = Money.total([part.amount for part in taxes], order.currency)
        total = (line.total * share).rounded()
        found.append(
            RefundLine(line.id, "product", line.name, line.sku, quantity, total, tax, taxes)
        )
    return tuple(found)


def _worth(lines: tuple[RefundLine, ...], currency: str) -> Money:
    return Money.total([line.total + line.tax for line in lines], currency)


def _is_refunded(state: OrderState, back: ReturnCase) -> bool:
    if back.asked_refund:
        worth = {x.disposition for x in back.back.lines}
        mark = f":refund:return:{back.id}."
        made = {r.origin.rsplit(".", 1)[-1] for r in state.order.refunds if mark in r.origin}
        return worth <= made
    lines = {line.order_line_id for line in back.back.lines}
    since = back.back.requested_at
    return any(
        refund.created_at >= since and lines & {line.order_line_id for line in refund.lines}
        for refund in state.order.refunds
    )


def _merged(
    expected: tuple[ReturnLine, ...], came: tuple[ReturnLine, ...]
) -> tuple[ReturnLine, ...]:
    """What was announced with what the receiver says of it; one line may split over two shelves."""
    known = {line.order_line_id: line for line in expected}
    named = {line.order_line_id for line in came}
    kept = tuple(line for line in expected if line.order_line_id not in named)
    return kept + tuple(
        replace(line, reason=line.reason or known[line.order_line_id].reason)
        if line.order_line_id in known
        else line
        for line in came
    )


def _goods(back: ReturnCase, scene: Scene) -> str:
    return ", ".join(
        f"{line.quantity:f} x {line.name or line.sku} ({say(scene, line.disposition)})"
        for line in back.back.lines
    )


def _strange(state: OrderState, back: ReturnCase) -> str:
    """What about the return does not fit the order; empty when it does."""
    ordered = {line.id: line.quantity for line in state.order.product_lines}
    sent = ordered if state.elsewhere else shipped_of(state.fulfilments)
    coming: dict[str, Decimal] = {}
    for known in state.returns:
        if known.status is not ReturnStatus.REFUSED:
            for line in known.back.lines:
                before = coming.get(line.order_line_id, Decimal(0))
                coming[line.order_line_id] = before + line.quantity
    for line in back.back.lines:
        if line.order_line_id not in ordered:
            return f"line {line.order_line_id} is none of the order's"
        if coming[line.order_line_id] > sent.get(line.order_line_id, Decimal(0)):
            return f"more of {line.sku or line.name} than was sent"
    return ""


def _find(state: OrderState, return_id: str) -> ReturnCase | None:
    return next((back for back in state.returns if back.id == return_id), None)


def _with(state: OrderState, back: ReturnCase) -> OrderState:
    returns = tuple(back if other.id == back.id else other for other in state.returns)
    return replace(state, returns=returns)


def _to_decide(state: OrderState, back: ReturnCase, strange: str) -> Trouble:
    goods = ", ".join(f"{x.quantity:f} x {x.name or x.sku}" for x in back.back.lines)
    doubt = f" It does not fit: {strange}." if strange else ""
    return Trouble(
        "return_requested",
        f"Order {state.order.number}: return {back.id} waits for somebody to allow it",
        f"{goods}. Reason: {back.back.reason or 'none given'}.{doubt}",
        f"causeway return allow {state.order.store} {state.order.number} {back.id}, or refuse it.",
        ref=back.id,
    )


def _to_refund(state: OrderState, back: ReturnCase) -> Trouble:
    return Trouble(
        "return_to_refund",
        f"Order {state.order.number}: return {back.id} waits for its refund",
        "The goods were looked at; the store refunds returns by hand.",
        "Refund these lines in the shop; the case then closes itself.",
        ref=back.id,
    )
