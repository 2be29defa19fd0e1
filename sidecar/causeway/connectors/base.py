"""The contract every connector keeps.

Four roles stay four: the client speaks HTTP, the mapper translates, the binding (in the ledger)
pairs ids, the flow decides. A connector joins a client and a mapper and keeps no state of its own:
whatever it must remember is in the ledger or at the other side under the delivery's key.

Every write takes the delivery's key and is resumable: called again under the same key, after
any interruption, it finds what is there and finishes it, and never makes a second one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

from causeway.canonical import FulfilmentRequest, Order, Price, Refund, Shipment, StockLevel

Role = Literal["erp", "fulfilment", "finance", "pos"]
DocumentKind = Literal["order", "refund", "request"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a system can do. Flows ask here instead of knowing systems by name."""

    unique_key: bool = False
    """The other side itself refuses a second document under the same key."""
    shipments: bool = False
    stock: bool = False
    prices: bool = False
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
    once the last page is read: what did not change since is as it was.
    """

    items: tuple[T, ...]
    cursor: str
    more: bool = False
    as_of: datetime | None = None


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
    """How many deliveries may be under way there at once."""
    timeout_seconds: float = 30.0
    poll_seconds: float = 5.0
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
