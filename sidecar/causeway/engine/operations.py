"""What can be done at a connection: how it is called, and which fact follows. One table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from causeway.canonical import FulfilmentRequest, JournalEntry, Order, Payment, Refund, Return
from causeway.canonical.codec import decode
from causeway.connectors.base import Cancelled, DocumentKind, LineQuantity, RemoteDocument
from causeway.errors import TooLate
from causeway.flows.facts import (
    Booked,
    CancelAnswered,
    Fact,
    PaymentBooked,
    Posted,
    RefundBooked,
    RefundReversed,
    RequestSubmitted,
    ReturnBooked,
    StopAnswered,
    Updated,
    UpdateRefused,
)

Answer = RemoteDocument | Cancelled
# (connector, payload as JSON text, key) → what came of it over there
Call = Callable[[Any, str, str], Answer]
# (the key's last part, what came of it, when) → what the order's flow is told
Tell = Callable[[str, Any, datetime], Fact]


@dataclass(frozen=True, slots=True)
class RefundPayload:
    order: Order
    refund: Refund


@dataclass(frozen=True, slots=True)
class UpdatePayload:
    order: Order
    booked_key: str


@dataclass(frozen=True, slots=True)
class CancelPayload:
    order: Order
    booked_key: str
    lines: tuple[LineQuantity, ...] = ()


@dataclass(frozen=True, slots=True)
class StopPayload:
    request: FulfilmentRequest
    request_key: str


@dataclass(frozen=True, slots=True)
class ReturnPayload:
    order: Order
    back: Return
    booked_key: str


@dataclass(frozen=True, slots=True)
class ReversePayload:
    order: Order
    refund: Refund
    refund_key: str


@dataclass(frozen=True, slots=True)
class PaymentPayload:
    order: Order
    payment: Payment
    booked_key: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`words` name it in a sentence: “erp did not take the booking”.

    `document` is what it makes and is found by; None for one that changes what is there: it is
    resumable, and after an unknown outcome simply called again.
    """

    words: str
    document: DocumentKind | None
    call: Call
    fact: Tell


def _book(connector: Any, payload: str, key: str) -> Answer:
    return connector.book_order(decode(Order, payload), key)  # type: ignore[no-any-return]


def _refund(connector: Any, payload: str, key: str) -> Answer:
    what = decode(RefundPayload, payload)
    return connector.book_refund(what.order, what.refund, key)  # type: ignore[no-any-return]


def _reverse(connector: Any, payload: str, key: str) -> Answer:
    what = decode(ReversePayload, payload)
    return connector.reverse_refund(what.order, what.refund, what.refund_key, key)  # type: ignore[no-any-return]


def _request(connector: Any, payload: str, key: str) -> Answer:
    request = decode(FulfilmentRequest, payload)
    return connector.request_fulfilment(request, key)  # type: ignore[no-any-return]


def _update(connector: Any, payload: str, key: str) -> Answer:
    """Too late is an answer that a flow follows, not a refusal to be parked."""
    what = decode(UpdatePayload, payload)
    try:
        return connector.update_order(what.order, what.booked_key, key)  # type: ignore[no-any-return]
    except TooLate as error:
        return Cancelled("too_late", error.reason)


def _cancel(connector: Any, payload: str, key: str) -> Answer:
    what = decode(CancelPayload, payload)
    try:
        return connector.cancel_order(what.order, what.booked_key, what.lines, key)  # type: ignore[no-any-return]
    except TooLate as error:
        return Cancelled("too_late", error.reason)


def _stop(connector: Any, payload: str, key: str) -> Answer:
    what = decode(StopPayload, payload)
    try:
        return connector.cancel_request(what.request, what.request_key, key)  # type: ignore[no-any-return]
    except TooLate as error:
        return Cancelled("too_late", error.reason)


def _return(connector: Any, payload: str, key: str) -> Answer:
    what = decode(ReturnPayload, payload)
    return connector.book_return(what.order, what.back, what.booked_key, key)  # type: ignore[no-any-return]


def _payment(connector: Any, payload: str, key: str) -> Answer:
    what = decode(PaymentPayload, payload)
    return connector.book_payment(what.order, what.payment, what.booked_key, key)  # type: ignore[no-any-return]


def _journal(connector: Any, payload: str, key: str) -> Answer:
    return connector.post_journal(decode(JournalEntry, payload), key)  # type: ignore[no-any-return]


def _updated(ref: str, outcome: Answer, at: datetime) -> Fact:
    if isinstance(outcome, Cancelled):
        return UpdateRefused(outcome.detail, at)
    return Updated(ref, at)


def _cancelled(ref: str, outcome: Cancelled, at: datetime) -> Fact:
    """`cancel` and `cancel:again2` are about the whole order, `cancel:lines:79` about a refund."""
    whole = ref == "cancel" or ref.startswith("again")
    return CancelAnswered(outcome.result, outcome.detail, at, "" if whole else ref, outcome.left)


def _reversed(ref: str, outcome: Cancelled, at: datetime) -> Fact:
    number = outcome.document.number if outcome.document else ""
    refused = outcome.detail if outcome.result == "too_late" else ""
    return RefundReversed(ref, number, at, refused)


OPERATIONS: dict[str, Operation] = {
    "book": Operation("the booking", "order", _book, lambda ref, doc, at: Booked(doc.number, at)),
    "refund": Operation(
        "the refund", "refund", _refund, lambda ref, doc, at: RefundBooked(ref, doc.number, at)
    ),
    "reverse": Operation("the word that a refund was deleted", None, _reverse, _reversed),
    "request": Operation(
        "the request to send it",
        "request",
        _request,
        lambda ref, doc, at: RequestSubmitted(ref, doc.number, at),
    ),
    "update": Operation("the change", None, _update, _updated),
    "cancel": Operation("the cancellation", None, _cancel, _cancelled),
    "stop": Operation(
        "the word to stop",
        None,
        _stop,
        lambda ref, done, at: StopAnswered(ref, done.result, done.detail, at),
    ),
    "return": Operation(
        "the return", "return", _return, lambda ref, doc, at: ReturnBooked(ref, doc.number, at)
    ),
    "payment": Operation(
        "the payment", "payment", _payment, lambda ref, doc, at: PaymentBooked(doc.number, at)
    ),
    "journal": Operation(
        "the journal entry", "journal", _journal, lambda ref, doc, at: Posted(ref, doc.number, at)
    ),
}


def key_of(store: str, order_id: str, suffix: str) -> str:
    """The delivery's key: the same for the same thing to do, whoever asks for it and when."""
    return f"{store}:{order_id}:{suffix}"


def ref_of(key: str) -> str:
    """The last part of a key: `79` of `berlin:1042:refund:79`, `book` of `berlin:1042:book`."""
    return key.rsplit(":", 1)[-1]
