"""What can be done at a connection: how it is called, and which fact follows. One table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from causeway.canonical import FulfilmentRequest, Order, Refund
from causeway.canonical.codec import decode
from causeway.connectors.base import DocumentKind, RemoteDocument
from causeway.flows.facts import Booked, Fact, RefundBooked, RequestSubmitted

# (connector, payload as JSON text, key) → what stands over there now
Call = Callable[[Any, str, str], RemoteDocument]
# (the key's last part, their document, when) → what the order's flow is told
Tell = Callable[[str, RemoteDocument, datetime], Fact]


@dataclass(frozen=True, slots=True)
class RefundPayload:
    order: Order
    refund: Refund


@dataclass(frozen=True, slots=True)
class Operation:
    """`words` name it in a sentence: “erp did not take the booking”."""

    words: str
    document: DocumentKind
    call: Call
    fact: Tell


def _book(connector: Any, payload: str, key: str) -> RemoteDocument:
    return connector.book_order(decode(Order, payload), key)  # type: ignore[no-any-return]


def _refund(connector: Any, payload: str, key: str) -> RemoteDocument:
    what = decode(RefundPayload, payload)
    return connector.book_refund(what.order, what.refund, key)  # type: ignore[no-any-return]


def _request(connector: Any, payload: str, key: str) -> RemoteDocument:
    request = decode(FulfilmentRequest, payload)
    return connector.request_fulfilment(request, key)  # type: ignore[no-any-return]


OPERATIONS: dict[str, Operation] = {
    "book": Operation("the booking", "order", _book, lambda ref, doc, at: Booked(doc.number, at)),
    "refund": Operation(
        "the refund", "refund", _refund, lambda ref, doc, at: RefundBooked(ref, doc.number, at)
    ),
    "request": Operation(
        "the request to send it",
        "request",
        _request,
        lambda ref, doc, at: RequestSubmitted(ref, doc.number, at),
    ),
}


def key_of(store: str, order_id: str, suffix: str) -> str:
    """The delivery's key: the same for the same thing to do, whoever asks for it and when."""
    return f"{store}:{order_id}:{suffix}"


def ref_of(key: str) -> str:
    """The last part of a key: `79` of `berlin:1042:refund:79`, `book` of `berlin:1042:book`."""
    return key.rsplit(":", 1)[-1]
