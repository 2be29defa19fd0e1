"""What bookkeepers get: an entry for each sale and refund, balanced, and the payment received."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from causeway.canonical import JournalEntry, JournalLine, Money, Order, Payment, Refund
from causeway.canonical.order import LineKind
from causeway.flows.decision import Ask, Decision, Step
from causeway.flows.facts import Invoiced, PaymentBooked, Posted
from causeway.flows.mapping import Translator
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState, Phase

GIFT_CARD = "gift_card"
"""The code of a line by which a gift card paid."""
_ACCOUNTS = {"product": "sales", "shipping": "shipping", "fee": "fees"}


def asked_for(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """Once the sale stands, whatever of it and its refunds has not been posted yet."""
    if not state.booked_as or state.phase is Phase.CANCELLED:
        return Decision(state)
    posting = _journals(state, scene, at)
    assert posting.state is not None  # noqa: S101 - it was made a line above
    return posting.then(_payment(posting.state, scene, at))


def posted(state: OrderState, fact: Posted, scene: Scene) -> Decision:
    """Finance has an entry in its books."""
    step = Step("posted", fact.at, ref=fact.ref, detail=fact.number)
    return Decision(replace(state, posted=state.posted or fact.ref == "sale"), steps=(step,))


def payment_booked(state: OrderState, fact: PaymentBooked, scene: Scene) -> Decision:
    return Decision(state, steps=(Step("paid", fact.at, detail=fact.number),))


def invoiced(state: OrderState, fact: Invoiced, scene: Scene) -> Decision:
    """The back office wrote an invoice or a credit note: a step of the journey, nothing to do."""
    invoice = fact.invoice
    name = "invoiced" if invoice.kind == "invoice" else "credited"
    detail = f"{invoice.number} over {invoice.total}"
    return Decision(state, steps=(Step(name, fact.at, ref=invoice.id[:120], detail=detail),))


def sale_entry(order: Order, scene: Scene) -> JournalEntry:
    """Receivable by payment method against sales, shipping, fees, and each rate's tax."""
    parts = [(_account(line.kind, line.code), line.total) for line in order.lines]
    parts += [(f"tax:{rate.code or rate.id}", rate.total) for rate in order.tax_rates]
    return _entry(order, scene, "sale", order.paid_at or order.created_at, parts, order.total)


def refund_entry(order: Order, refund: Refund, scene: Scene) -> JournalEntry:
    """The same the other way round. What a plain amount is for nobody says: it lowers sales."""
    codes = {rate.id: rate.code or rate.id for rate in order.tax_rates}
    parts = [(_ACCOUNTS[line.kind], -line.total) for line in refund.lines]
    parts += [
        (f"tax:{codes.get(tax.rate_id, tax.rate_id)}", -tax.amount)
        for line in refund.lines
        for tax in line.taxes
    ]
    return _entry(order, scene, "refund", refund.created_at, parts, -refund.total, refund.id)


def taken_back(entry: JournalEntry) -> JournalEntry:
    """The entry the other way round, on its own day."""
    turned = tuple(JournalLine(x.account, x.credit, x.debit) for x in entry.lines)
    return replace(entry, lines=turned, text=f"{entry.text}, deleted")


def _account(kind: LineKind, code: str) -> str:
    """A gift card is no sale that shrinks: what it was sold for is owed until then."""
    return "gift_cards" if code == GIFT_CARD else _ACCOUNTS[kind]


def _entry(
    order: Order,
    scene: Scene,
    kind: Literal["sale", "refund"],
    when: datetime,
    parts: Iterable[tuple[str, Money]],
    total: Money,
    ref: str = "",
) -> JournalEntry:
    """Each account rounded to the minor unit, and what that leaves over on a line of its own."""
    sums: dict[str, Money] = {}
    for account, amount in parts:
        sums[account] = sums.get(account, Money.zero(order.currency)) + amount
    sums = {account: amount.rounded() for account, amount in sums.items()}
    total = total.rounded()
    rest = total - Money.total(list(sums.values()), order.currency)
    # Each account was rounded on its own; the order may miss its own sum by the policy's measure.
    explained = scene.policy.rounding_minor_units + Decimal(len(sums)) / 2
    account = "rounding" if abs(rest.minor_units()) <= explained else "sales"
    sums[account] = sums.get(account, Money.zero(order.currency)) + rest
    lines = [_line(f"payment:{order.payment_method or 'none'}", -total)]
    lines += [_line(account, amount) for account, amount in sums.items()]
    day = when.astimezone(ZoneInfo(scene.policy.timezone)).date()
    text = f"Order {order.number}" + (f", refund {ref}" if ref else "")
    used = tuple(line for line in lines if line.debit or line.credit)
    return JournalEntry(order.store, order.id, order.number, kind, day, used, text)


def _line(account: str, credit: Money) -> JournalLine:
    """A negative credit is a debit."""
    zero = Money.zero(credit.currency)
    if credit.amount < 0:
        return JournalLine(account, -credit, zero)
    return JournalLine(account, zero, credit)


def _journals(state: OrderState, scene: Scene, at: datetime) -> Decision:
    sides = [side for side in scene.plays("finance") if side.can.journal]
    if not sides:
        return Decision(state)
    side = sides[0].name
    order = Translator(scene, side, at).order(state.order)
    due = [("sale", sale_entry(order, scene))] if order.total else []
    due += [
        (f"refund:{refund.id}", refund_entry(order, refund, scene))
        for refund in order.refunds
        if refund.total
    ]
    due += [
        (f"refund:{refund.id}-deleted", taken_back(refund_entry(order, refund, scene)))
        for refund in state.refunds_deleted
        if refund.id in state.refunds_gone and f"refund:{refund.id}" in state.journals_asked
    ]
    fresh = [(ref, entry) for ref, entry in due if ref not in state.journals_asked]
    asks = tuple(Ask("finance", "journal", f"journal:{ref}", entry, side) for ref, entry in fresh)
    asked = (*state.journals_asked, *(ref for ref, _ in fresh))
    return Decision(replace(state, journals_asked=asked), asks=asks)


def _payment(state: OrderState, scene: Scene, at: datetime) -> Decision:
    """The money received, once, where the back office keeps payments."""
    order = state.order
    if state.payment_asked or order.paid_at is None or not order.captured or not order.total:
        return Decision(state)
    if not scene.can(state.erp).payments:
        return Decision(state)
    payment = Payment(
        order.id, order.payment_method, order.payment_reference, order.total, order.paid_at
    )
    payload = {
        "order": Translator(scene, state.erp, at).order(order),
        "payment": payment,
        "booked_key": f"{order.store}:{order.id}:{state.booking}",
    }
    ask = Ask("erp", "payment", "payment", payload, state.erp)
    return Decision(replace(state, payment_asked=True), asks=(ask,))
