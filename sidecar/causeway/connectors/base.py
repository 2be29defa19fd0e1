"""The contract every connector keeps.

Four roles stay four: the client speaks HTTP, the mapper translates, the binding (in the ledger)
pairs ids, the flow decides. A connector joins a client and a mapper and keeps no state of its own:
whatever it must remember is in the ledger or at the other side under the delivery's key.

Every write takes the delivery's key and is resumable: called again under the same key, after
any interruption, it finds what is there and finishes it, and never makes a second one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

from causeway.canonical import (
    Address,
    FulfilmentRequest,
    Invoice,
    JournalEntry,
    Money,
    Order,
    Payment,
    Price,
    Product,
    Refund,
    RemoteRefund,
    RequestAnswer,
    Return,
    ReturnReceipt,
    Shipment,
    StockLevel,
    StockMovement,
)

CONTRACT = "1.0"
"""The version of all this. What changes it, and what then, is in KIT.md."""

Role = Literal["erp", "fulfilment", "finance", "pos"]
DocumentKind = Literal["order", "refund", "request", "return", "payment", "journal", "cancellation"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a system can do. Flows ask here instead of knowing systems by name."""

    unique_key: bool = False
    """The other side itself refuses a second document under the same key."""
    shipments: bool = False
    stock: bool = False
    prices: bool = False
    cancel: bool = False
    """A booked order, or a request of a warehouse, can be cancelled whole."""
    cancel_lines: bool = False
    """Some lines or quantities of it can be cancelled, and the rest stays."""
    update: bool = False
    """A booked order's lines and addresses can be changed while nothing was shipped."""
    returns: bool = False
    payments: bool = False
    journal: bool = False
    invoices: bool = False
    remote_refunds: bool = False
    reverse_refunds: bool = False
    """The credit of a refund can be taken back when the shop deletes the refund."""
    reads_orders: bool = False
    """A sales order that somebody else made can be read, to be compared with ours."""
    answers: bool = False
    """A warehouse says of each request whether it accepts or rejects it."""
    labels: bool = False
    webhooks: bool = False
    max_key_length: int = 255


@dataclass(frozen=True, slots=True)
class RemoteDocument:
    """A document at the other side. `id` is its technical id, `number` what people there call it.

    `existed` is true when the key was found already used: adopted, not created. `complete` is
    false for one that an interrupted write left half made: the write, repeated, finishes it.
    """

    id: str
    number: str
    existed: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A stretch of a feed read by cursor. `cursor` is where to go on; `more` says go on at once.

    `as_of`, where the system tells it, is the time (UTC) up to which everything has been reported
    once the last page is read: what did not change since is as it was. `refused` has a sentence
    for each record that could not be read and was passed over; each becomes a case.
    """

    items: tuple[T, ...]
    cursor: str
    more: bool = False
    as_of: datetime | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a connection can be used, in words for the person who set it up."""

    ok: bool
    detail: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One configured connection. `options` are the connector kind's own, already validated."""

    name: str
    kind: str
    url: str
    roles: tuple[Role, ...]
    token: str = field(default="", repr=False)
    stores: tuple[str, ...] = ("*",)
    concurrency: int = 4
    """How many deliveries may be under way there at once, over all workers together."""
    rate: float = 0.0
    """How many deliveries a second on average, over all workers together; 0 sets no limit."""
    burst: int = 10
    """How many of them at once after a quiet time."""
    timeout_seconds: float = 30.0
    poll_seconds: float = 5.0
    webhook_secret: str = field(default="", repr=False)
    """What it signs its webhooks with, and the stock that it pushes here."""
    stock_counts: Literal["booked", "shipped"] = "booked"
    """From when its figures count an order: it reserves what is booked, or only knows what left."""
    stock_of: str = ""
    """Whose stock its movements change, where another connection keeps it; empty: its own."""
    stock_lag_seconds: int = 0
    """How long after a movement the figures of `stock_of` may still lack it."""
    options: dict[str, Any] = field(default_factory=dict)

    def serves(self, store: str) -> bool:
        return "*" in self.stores or store in self.stores


@runtime_checkable
class Connector(Protocol):
    """Any system behind the shops. All methods may raise the classes of `causeway.errors`."""

    kind: ClassVar[str]
    capabilities: Capabilities

    def check(self) -> Check:
        """Whether address, credentials, rights and mandatory settings are right. Raises nothing."""
        ...

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        """What stands under `key` over there, searched in every place such a document can live."""
        ...


@runtime_checkable
class BooksOrders(Connector, Protocol):
    """The role `erp`."""

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        """Make the order a confirmed sales order under `key`, its total equal to the minor unit."""
        ...

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        """Record the refund of an order already booked, under its own `key`."""
        ...


@runtime_checkable
class FulfilsOrders(Connector, Protocol):
    """The role `fulfilment`."""

    def request_fulfilment(self, request: FulfilmentRequest, key: str) -> RemoteDocument:
        """Ask for the goods to be sent, under `key`."""
        ...


@runtime_checkable
class ReportsShipments(Connector, Protocol):
    def read_shipments(self, cursor: str) -> Page[Shipment]:
        """Shipments since `cursor` ("" for all), oldest first; may repeat, never skips."""
        ...


@runtime_checkable
class ReportsStock(Connector, Protocol):
    def read_stock(self, cursor: str) -> Page[StockLevel]:
        """Levels changed since `cursor` ("" for all); may repeat, never skips."""
        ...


@runtime_checkable
class ReportsPrices(Connector, Protocol):
    def read_prices(self, cursor: str) -> Page[Price]:
        """Prices changed since `cursor` ("" for all); may repeat, never skips."""
        ...


@runtime_checkable
class ReportsMovements(Connector, Protocol):
    def read_movements(self, cursor: str) -> Page[StockMovement]:
        """Changes of stock since `cursor` ("" for all); may repeat under the same id."""
        ...


@runtime_checkable
class AnswersStock(Connector, Protocol):
    def stock_of(self, skus: tuple[str, ...], timeout_seconds: float) -> tuple[StockLevel, ...]:
        """The levels of these SKUs right now, for a cart that waits: in time, or not at all."""
        ...


@runtime_checkable
class ReportsProducts(Connector, Protocol):
    def read_products(self, cursor: str) -> Page[Product]:
        """Products changed since `cursor` ("" for all); may repeat, never skips."""
        ...


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """How many of one order line something is about."""

    order_line_id: str
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of a request to cancel.

    `asked` means the other side decides later and says so by a `RequestAnswer`; `too_late` is an
    answer, not an error: a flow follows from it. `left` says, in words for a person, what of it
    still stands there though it is cancelled: an invoice that needs a credit note.
    """

    result: Literal["cancelled", "asked", "too_late"]
    detail: str = ""
    document: RemoteDocument | None = None
    left: str = ""


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One line of a sales order as it stands there; `total` is net, after discounts.

    `sku` is what they call it; a `service` may stand for shipping, a fee or rounding.
    """

    sku: str
    quantity: Decimal
    total: Money | None = None
    service: bool = False


@dataclass(frozen=True, slots=True)
class BookedOrder:
    """A sales order of another connector, as far as it can be read; None where it cannot."""

    id: str
    number: str
    total: Money | None
    lines: tuple[BookedLine, ...] = ()
    shipping: Address | None = None


@runtime_checkable
class PreviewsOrders(Connector, Protocol):
    """For connectors that people describe themselves, and want to see at work before they send."""

    def preview_order(self, order: Order, key: str) -> str:
        """What booking the order under `key` would send, as text. Asks nothing over there."""
        ...


@runtime_checkable
class ReadsOrders(Connector, Protocol):
    """Needs the capability `reads_orders`."""

    def read_order(self, link: str) -> BookedOrder | None:
        """The sales order that stands under the id or number `link`; None where there is none."""
        ...


@runtime_checkable
class CancelsOrders(Connector, Protocol):
    """Needs the capability `cancel`, and `cancel_lines` where `lines` are given."""

    def cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        """Cancel the sales order booked under `booked_key`; without `lines` all of it.

        Repeated under the same `key` it answers the same. Looks at deliveries first: goods that
        left are `too_late`, whatever the other side would let pass.
        """
        ...


@runtime_checkable
class ReversesRefunds(Connector, Protocol):
    """Needs the capability `reverse_refunds`."""

    def reverse_refund(self, order: Order, refund: Refund, refund_key: str, key: str) -> Cancelled:
        """Take back what was booked under `refund_key`, by a document under `key` if it needs one.

        Where nothing was booked under `refund_key` there is nothing to take back, and it is done.
        """
        ...


@runtime_checkable
class UpdatesOrders(Connector, Protocol):
    """Needs the capability `update`."""

    def update_order(self, order: Order, booked_key: str, key: str) -> RemoteDocument:
        """Make the sales order booked under `booked_key` say what `order` says now.

        Raises TooLate once goods left or an invoice stands.
        """
        ...


@runtime_checkable
class CancelsRequests(Connector, Protocol):
    """The role `fulfilment`; needs the capability `cancel`."""

    def cancel_request(self, request: FulfilmentRequest, request_key: str, key: str) -> Cancelled:
        """Ask the warehouse not to send what was requested under `request_key`."""
        ...


@runtime_checkable
class TakesReturns(Connector, Protocol):
    """Needs the capability `returns`."""

    def book_return(self, order: Order, back: Return, booked_key: str, key: str) -> RemoteDocument:
        """Announce goods coming back for the order booked (or requested) under `booked_key`."""
        ...


@runtime_checkable
class ReportsReceipts(Connector, Protocol):
    def read_receipts(self, cursor: str) -> Page[ReturnReceipt]:
        """Returned goods received and inspected since `cursor`; may repeat, never skips."""
        ...


@runtime_checkable
class TakesPayments(Connector, Protocol):
    """Needs the capability `payments`."""

    def book_payment(
        self, order: Order, payment: Payment, booked_key: str, key: str
    ) -> RemoteDocument:
        """Record the money received for the order booked under `booked_key`."""
        ...


@runtime_checkable
class PostsJournals(Connector, Protocol):
    """The role `finance`; needs the capability `journal`."""

    def post_journal(self, entry: JournalEntry, key: str) -> RemoteDocument:
        """Post the entry, balanced to the minor unit. A closed period is a RejectedError."""
        ...


@runtime_checkable
class ReportsAnswers(Connector, Protocol):
    def read_answers(self, cursor: str) -> Page[RequestAnswer]:
        """What a warehouse said to requests since `cursor`; may repeat, never skips."""
        ...


@runtime_checkable
class ReportsInvoices(Connector, Protocol):
    def read_invoices(self, cursor: str) -> Page[Invoice]:
        """Invoices and credit notes since `cursor`; may repeat, never skips."""
        ...


@runtime_checkable
class ReportsRefunds(Connector, Protocol):
    def read_refunds(self, cursor: str) -> Page[RemoteRefund]:
        """Refunds decided over there since `cursor`; may repeat, never skips."""
        ...


Feed = Literal[
    "shipments", "stock", "prices", "answers", "invoices", "refunds", "receipts", "products"
]


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook says has changed. It is never believed: the feeds are read instead."""

    feed: Feed


@runtime_checkable
class TakesWebhooks(Connector, Protocol):
    """Needs the capability `webhooks`."""

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> tuple[Hint, ...]:
        """The hints of a webhook whose signature or secret is right; else CredentialsError.

        Calls nobody. `headers` are found whatever their letters' case; `body` is as it came. It is
        read only after it was verified (`causeway.connectors.signing`), and nothing is believed of
        it: no hint for what is of no interest, RejectedError for what cannot be read.
        """
        ...

    def renew_subscriptions(self, address: str) -> None:
        """Make sure the other side sends its webhooks to `address`, once; called once a day."""
        ...


@runtime_checkable
class GivesLabels(Connector, Protocol):
    """Needs the capability `labels`."""

    def read_label(self, label: str) -> bytes:
        """The label of a parcel by the id its `Shipment` carries: PDF, or what its printer takes
        where the connection is set up so. RejectedError where there is none any more.
        """
        ...
