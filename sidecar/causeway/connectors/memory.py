"""A back office in memory: ERP and warehouse in one, for tests of whatever drives connectors.

It keeps what a real one keeps: a token, unique keys, books that can be counted, feeds with
cursors. It fails on demand, before or after it has done the work. Offices are found by address.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from marshmallow import Schema

from causeway.canonical import FulfilmentRequest, Order, Price, Refund, Shipment, StockLevel
from causeway.canonical.fulfilment import ShipmentLine
from causeway.connectors.base import (
    Capabilities,
    Check,
    ConnectionSettings,
    DocumentKind,
    Feed,
    Hint,
    Page,
    RemoteDocument,
)
from causeway.connectors.signing import hmac_sha256
from causeway.errors import ConnectorError, CredentialsError, RejectedError, RetryableError

ROLES = ("erp", "fulfilment")
SIGNATURE = "X-Office-Signature"
FEEDS: tuple[Feed, ...] = ("shipments", "stock", "prices")
T = TypeVar("T")
_offices: dict[str, Office] = {}


@dataclass
class Fault:
    """Raises `error` in the next `times` calls of `operation`: `book`, `refund`, `find`, …

    With `after_work` the document is made first, as when only the answer gets lost.
    """

    operation: str
    error: Callable[[], ConnectorError]
    after_work: bool = False
    times: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One document in the office's books."""

    kind: DocumentKind
    key: str
    document: RemoteDocument
    content: Any


@dataclass
class Office:
    """The other side itself. Tests look into its books and set its faults."""

    url: str
    token: str
    books: list[Entry] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Every call that arrived, as (operation, key), whatever became of it."""
    faults: list[Fault] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    stock: list[StockLevel] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    subscriptions: set[str] = field(default_factory=set)
    """Where it sends its webhooks."""
    labels: dict[str, bytes] = field(default_factory=dict)
    """Of the parcels it sent, by the id their shipments carry."""
    page_rows: int = 100
    before: Callable[[str, str], None] = lambda operation, key: None
    """Called with each (operation, key) before anything else happens; may block."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def open(self) -> Office:
        """Begin to answer at `url`."""
        _offices[self.url] = self
        return self

    def close(self) -> None:
        _offices.pop(self.url, None)

    def under(self, kind: DocumentKind, key: str) -> list[Entry]:
        """The documents of that kind under the key: one, or something is badly wrong."""
        return [entry for entry in self.books if (entry.kind, entry.key) == (kind, key)]

    def called(self, operation: str) -> list[str]:
        """The keys with which `operation` was called, in order."""
        return [key for name, key in self.calls if name == operation]

    def ship(
        self,
        key: str,
        parcel_id: str,
        tracking: str = "",
        at: datetime | None = None,
        label: bytes = b"",
    ) -> Shipment:
        """Send all goods of the request under `key` in one parcel, with this label."""
        request: FulfilmentRequest = self.under("request", key)[0].content
        lines = tuple(ShipmentLine(line.sku, line.quantity) for line in request.lines)
        url = f"https://parcels.example/{tracking}" if tracking else ""
        sent_at, name = at or datetime.now(UTC), f"label-of-{parcel_id}" if label else ""
        parcel = Shipment(parcel_id, key, "DHL", tracking, url, sent_at, lines, label=name)
        if label:
            self.labels[name] = label
        self.shipments.append(parcel)
        return parcel

    def take_fault(self, operation: str) -> Fault | None:
        for fault in self.faults:
            if fault.operation == operation and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def keep(self, kind: DocumentKind, key: str, content: Any) -> RemoteDocument:
        """The document under the key, made if there is none: the office's own unique index."""
        found = self.under(kind, key)
        if found:
            return replace(found[0].document, existed=True)
        number = len(self.books) + 1
        document = RemoteDocument(id=str(number), number=f"{kind[:2].upper()}-{number:05d}")
        self.books.append(Entry(kind, key, document, content))
        return document


class MemoryConnector:
    """Everything a connector can be, towards the office that answers at `url`."""

    kind: ClassVar[str] = "memory"
    capabilities = Capabilities(
        unique_key=True, shipments=True, stock=True, prices=True, labels=True, webhooks=True
    )

    def __init__(self, url: str, token: str, webhook_secret: str = "") -> None:
        self._url = url
        self._token = token
        self._webhook_secret = webhook_secret

    def check(self) -> Check:
        try:
            self._enter("check", "")
        except ConnectorError as error:
            return Check(False, "The office cannot be used.", (error.reason,))
        return Check(True, f"The office at {self._url} answers.")

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        office = self._enter("find", key)
        with office.lock:
            found = office.under(kind, key)
        return replace(found[0].document, existed=True) if found else None

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        return self._write("book", "order", key, order)

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        return self._write("refund", "refund", key, (order, refund))

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        return self._write("request", "request", key, request)

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        office = self._enter("shipments", cursor)
        return _page(office.shipments, cursor, office.page_rows)

    def read_stock(self, cursor: str) -> Page[StockLevel]:
        office = self._enter("stock", cursor)
        return _page(office.stock, cursor, office.page_rows)

    def read_prices(self, cursor: str) -> Page[Price]:
        office = self._enter("prices", cursor)
        return _page(office.prices, cursor, office.page_rows)

    def read_label(self, label: str) -> bytes:
        office = self._enter("label", label)
        if label not in office.labels:
            raise RejectedError("it keeps no label of this parcel", code="no_label")
        return office.labels[label]

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> tuple[Hint, ...]:
        """The body is the name of a feed, signed with HMAC-SHA256 in hex."""
        hmac_sha256(headers, SIGNATURE, self._webhook_secret, body, "hex")
        return tuple(Hint(feed) for feed in FEEDS if feed.encode() == body)

    def renew_subscriptions(self, address: str) -> None:
        self._enter("subscribe", address).subscriptions.add(address)

    def _write(self, operation: str, kind: DocumentKind, key: str, content: Any) -> RemoteDocument:
        office = self._reach(operation, key)
        with office.lock:
            fault = office.take_fault(operation)
            if fault is None or fault.after_work:
                _refuse_orphan(office, kind, content)
                document = office.keep(kind, key, content)
        if fault is not None:
            raise fault.error()
        return document

    def _enter(self, operation: str, key: str) -> Office:
        """The office, for a call that changes nothing there."""
        office = self._reach(operation, key)
        with office.lock:
            fault = office.take_fault(operation)
        if fault is not None:
            raise fault.error()
        return office

    def _reach(self, operation: str, key: str) -> Office:
        office = _offices.get(self._url)
        if office is None:
            raise RetryableError("it cannot be reached")
        office.before(operation, key)
        with office.lock:
            office.calls.append((operation, key))
        if self._token != office.token:
            raise CredentialsError("it does not accept our credentials (401)", status=401)
        return office


class Options(Schema):
    """There are none."""


def build(settings: ConnectionSettings) -> MemoryConnector:
    return MemoryConnector(settings.url, settings.token, settings.webhook_secret)


def _page(rows: Sequence[T], cursor: str, most: int) -> Page[T]:
    start = int(cursor or 0)
    items = tuple(rows[start : start + most])
    end = start + len(items)
    return Page(items, str(end), more=end < len(rows))


def _refuse_orphan(office: Office, kind: DocumentKind, content: Any) -> None:
    """A credit needs the order it belongs to."""
    if kind != "refund":
        return
    order: Order = content[0]
    booked = (entry.content for entry in office.books if entry.kind == "order")
    if not any((known.store, known.id) == (order.store, order.id) for known in booked):
        raise RejectedError(f"order {order.id} is not known", code="unknown_order", status=404)
