"""When the shop shows an order: is it to be booked, held, left alone, refunded, cancelled?"""

from __future__ import annotations

from dataclasses import replace

from causeway.canonical import Order
from causeway.flows.back_office import ask_for_refunds, finished
from causeway.flows.decision import Ask, Decision, Step, Trouble
from causeway.flows.facts import OrderDeleted, OrderSeen
from causeway.flows.shipping import ask_for_goods, plan_fulfilment
from causeway.flows.state import Financial, OrderState, Phase
from causeway.flows.validation import rounding_of, troubles_of
from causeway.policy import Intent, StorePolicy

# Cases that a newer look at the order settles by itself when it no longer shows the trouble.
SELF_SETTLING = (
    "held_by_shop",
    "unknown_status",
    "empty_order",
    "missing_sku",
    "total_mismatch",
    "tax_mismatch",
    "no_address",
)


def order_seen(state: OrderState | None, fact: OrderSeen, policy: StorePolicy) -> Decision:
    """A version of the order arrived; one not newer than the known changes nothing."""
    if state is not None and fact.version <= state.version:
        return Decision(state, superseded=True)
    intent = policy.intent(fact.order.status)
    first = state is None
    state = _renewed(state, fact, policy, intent)
    if state.asked:
        decision = _after_asking(state, fact, intent)
    else:
        decision = _before_asking(state, fact, policy, intent)
    steps = (Step("received", fact.at),) if first else ()
    return replace(
        decision,
        steps=steps + decision.steps,
        skus=tuple(sorted({line.sku for line in fact.order.product_lines if line.sku})),
    )


def order_deleted(state: OrderState | None, fact: OrderDeleted, policy: StorePolicy) -> Decision:
    """The order is gone from the shop: nothing to do, unless the back office has it."""
    if state is None or fact.version <= state.version:
        return Decision(state, superseded=True)
    state = replace(state, version=fact.version, deleted=True)
    return _cancelled(state, "was deleted in the shop")


def _renewed(
    before: OrderState | None, fact: OrderSeen, policy: StorePolicy, intent: Intent | None
) -> OrderState:
    order = replace(fact.order, rounding=rounding_of(fact.order, policy))
    financial = _financial(order, intent)
    if before is None:
        return OrderState(order, fact.version, Phase.RECEIVED, financial)
    if before.asked:
        # What was sent stays what was sent; only what the flow follows up is taken over.
        kept = replace(
            before.order, status=order.status, refunds=order.refunds, paid_at=order.paid_at
        )
        return replace(before, order=kept, version=fact.version, financial=financial, deleted=False)
    return replace(before, order=order, version=fact.version, financial=financial, deleted=False)


def _before_asking(
    state: OrderState, fact: OrderSeen, policy: StorePolicy, intent: Intent | None
) -> Decision:
    order = state.order
    if intent == "wait":
        return Decision(replace(state, phase=Phase.RECEIVED), settled=SELF_SETTLING)
    if intent == "cancel":
        return _cancelled(state, "was cancelled in the shop")
    troubles = _holds(order, intent) or troubles_of(order, policy)
    if troubles:
        kinds = {trouble.kind for trouble in troubles}
        return Decision(
            replace(state, phase=Phase.HELD),
            troubles=troubles,
            settled=tuple(kind for kind in SELF_SETTLING if kind not in kinds),
        )
    return _accepted(state, intent)


def _accepted(state: OrderState, intent: Intent | None) -> Decision:
    """Ask for the sales order first; whatever hangs on its number follows when it is booked."""
    state = replace(state, phase=Phase.ACCEPTED, asked=True)
    state = plan_fulfilment(state, already_sent=intent in ("fulfilled", "refunded"))
    book = Ask("erp", "book", "book", state.order)
    state, refunds = ask_for_refunds(state)
    return Decision(state, asks=(book, *refunds), settled=SELF_SETTLING)


def _after_asking(state: OrderState, fact: OrderSeen, intent: Intent | None) -> Decision:
    """The back office knows the order: follow refunds, and let nothing else pass in silence."""
    if intent == "cancel":
        return _cancelled(state, "was cancelled in the shop")
    state, goods = _reopened(state)
    state, refunds = ask_for_refunds(state)
    changed = _differences(state.order, fact.order)
    gone = [i for i in state.refunds_asked if i not in {r.id for r in fact.order.refunds}]
    if gone:
        changed.append(f"refund {', '.join(gone)} was deleted")
    settled: tuple[str, ...] = ("cancelled_after_booking",)
    if not changed:
        settled = (*settled, "changed_after_booking")
        return Decision(finished(state), asks=(*goods, *refunds), settled=settled)
    trouble = Trouble(
        "changed_after_booking",
        f"Order {state.order.number} was changed in the shop after it was sent on",
        f"Changed: {', '.join(changed)}.",
        "Make the same change in the back office, or undo it in the shop; then resolve this case.",
    )
    asks = (*goods, *refunds)
    return Decision(finished(state), asks=asks, troubles=(trouble,), settled=settled)


def _reopened(state: OrderState) -> tuple[OrderState, tuple[Ask, ...]]:
    """An order cancelled after it was sent on, and then not: it goes on where it stood."""
    if state.phase is not Phase.CANCELLED:
        return state, ()
    if not state.booked_as:
        return replace(state, phase=Phase.ACCEPTED), ()
    return ask_for_goods(replace(state, phase=Phase.BOOKED))


def _cancelled(state: OrderState, how: str) -> Decision:
    before = state.phase
    if not state.asked:
        state = replace(state, phase=Phase.CANCELLED, financial=Financial.VOIDED)
        return Decision(state, settled=SELF_SETTLING)
    trouble = Trouble(
        "cancelled_after_booking",
        f"Order {state.order.number} {how} after it was sent on",
        f"The back office has it as {state.booked_as or 'an order that is being booked'}; "
        f"it was {before.value} here.",
        "Cancel it in the back office and stop the warehouse, or reopen it in the shop; then "
        "resolve this case.",
    )
    return Decision(replace(state, phase=Phase.CANCELLED), troubles=(trouble,))


def _holds(order: Order, intent: Intent | None) -> tuple[Trouble, ...]:
    if intent == "hold":
        return (
            Trouble(
                "held_by_shop",
                f"Order {order.number} is on hold in the shop",
                f"Its status is “{order.status}”, payment: "
                f"{order.payment_title or order.payment_method or 'not chosen'}.",
                "Set the order to processing in the shop once it may go on; it is then booked.",
            ),
        )
    if intent is None:
        return (
            Trouble(
                "unknown_status",
                f"Order {order.number} has a status nobody has mapped: “{order.status}”",
                "Causeway does not know what this status asks for.",
                f"Say it in the settings under [stores.{order.store}.statuses], as in "
                f'"{order.status}" = "book", and save the order again.',
            ),
        )
    return ()


def _financial(order: Order, intent: Intent | None) -> Financial:
    refunded = sum((refund.total.amount for refund in order.refunds), start=order.total.amount * 0)
    if refunded and refunded >= order.total.amount:
        return Financial.REFUNDED
    if refunded:
        return Financial.PARTIALLY_REFUNDED
    if intent == "cancel":
        return Financial.VOIDED
    return Financial.PAID if order.paid_at else Financial.UNPAID


def _differences(sent: Order, seen: Order) -> list[str]:
    """What of the order is no longer as it was sent, in words."""
    parts = {
        "lines": [(x.id, x.kind, x.sku, x.quantity, x.total) for x in sent.lines]
        != [(x.id, x.kind, x.sku, x.quantity, x.total) for x in seen.lines],
        "total": sent.total != seen.total,
        "shipping address": sent.shipping != seen.shipping,
        "billing address": sent.billing != seen.billing,
    }
    return [name for name, differs in parts.items() if differs]
