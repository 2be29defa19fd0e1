"""The Odoo connector: writes under external ids, reads feeds back."""

from __future__ import annotations

from typing import ClassVar

from causeway.canonical import (
    Invoice,
    JournalEntry,
    Order,
    Payment,
    Price,
    Refund,
    RemoteRefund,
    Return,
    ReturnReceipt,
    Shipment,
    StockLevel,
)
from causeway.connectors.base import (
    BookedOrder,
    Cancelled,
    Capabilities,
    Check,
    ConnectionSettings,
    DocumentKind,
    LineQuantity,
    Page,
    RemoteDocument,
)
from causeway.connectors.odoo.booking import Booking
from causeway.connectors.odoo.cancelling import Cancelling
from causeway.connectors.odoo.checks import check
from causeway.connectors.odoo.client import OdooClient, Record
from causeway.connectors.odoo.credits import Credits
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.invoices import InvoiceFeed
from causeway.connectors.odoo.money import MoneyDesk, paid
from causeway.connectors.odoo.options import OdooOptions, Options
from causeway.connectors.odoo.prices import PriceFeed
from causeway.connectors.odoo.returns import Returns
from causeway.connectors.odoo.shipments import ShipmentFeed
from causeway.connectors.odoo.sold import read_order
from causeway.connectors.odoo.stock import StockFeed

__all__ = ["OdooConnector", "Options", "build"]


class OdooConnector:
    """Roles `erp` and `finance`. A confirmed order makes its own deliveries in Odoo, so none are
    requested, only read.
    """

    kind: ClassVar[str] = "odoo"
    capabilities = Capabilities(
        unique_key=True, shipments=True, stock=True, prices=True, cancel=True, cancel_lines=True,
        update=True, returns=True, payments=True, journal=True, invoices=True,
        remote_refunds=True, reverse_refunds=True, reads_orders=True,
    )  # fmt: skip

    def __init__(self, client: OdooClient, options: OdooOptions) -> None:
        self._client = client
        self._options = options
        self._directory = directory = Directory(client, options)
        self._booking = Booking(client, directory, options)
        self._cancelling = Cancelling(client, self._booking)
        self._credits = Credits(client, directory, self._booking, options)
        self._money = MoneyDesk(client, directory, self._booking, options)
        self._returns = Returns(client, directory, self._booking, options)
        self._stock = StockFeed(client, directory, options.stock_warehouses)
        self._prices = PriceFeed(client, directory, options)
        self._shipments = ShipmentFeed(client, directory, options.stock_warehouses)
        self._invoices = InvoiceFeed(client)

    def check(self) -> Check:
        return check(self._client, self._directory, self._options)

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        if kind == "cancellation":
            return None  # repeated, it finds by itself what was done
        record = {
            "order": self._booking.find,
            "request": self._booking.find,
            "refund": self._credits.find,
            "return": self._returns.find,
            "payment": self._money.find_payment,
            "journal": self._money.find_entry,
        }[kind](key)
        if record is None:
            return None
        complete = paid(record) if kind == "payment" else record["state"] != "draft"
        return _document(record, existed=True, complete=complete)

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        record, existed = self._booking.book(order, key)
        return _document(record, existed=existed)

    def update_order(self, order: Order, booked_key: str, key: str) -> RemoteDocument:
        return _document(self._booking.update(order, booked_key), existed=True)

    def read_order(self, link: str) -> BookedOrder | None:
        return read_order(self._client, link)

    def cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        return self._cancelling.cancel(booked_key, lines, key)

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        record, existed = self._credits.book(order, refund, key)
        return _document(record, existed=existed)

    def reverse_refund(self, order: Order, refund: Refund, refund_key: str, key: str) -> Cancelled:
        record = self._credits.reverse(order, refund, refund_key, key)
        if record is None:
            return Cancelled("cancelled", "there was no credit note")
        return Cancelled("cancelled", document=_document(record, existed=False))

    def book_return(self, order: Order, back: Return, booked_key: str, key: str) -> RemoteDocument:
        record, existed = self._returns.book(back, booked_key, key)
        return _document(record, existed=existed)

    def book_payment(
        self, order: Order, payment: Payment, booked_key: str, key: str
    ) -> RemoteDocument:
        record, existed = self._money.pay(payment, booked_key, key)
        return _document(record, existed=existed)

    def post_journal(self, entry: JournalEntry, key: str) -> RemoteDocument:
        record, existed = self._money.post_entry(entry, key)
        return _document(record, existed=existed)

    def read_stock(self, cursor: str) -> Page[StockLevel]:
        return self._stock.read(cursor)

    def read_prices(self, cursor: str) -> Page[Price]:
        return self._prices.read(cursor)

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        return self._shipments.read(cursor)

    def read_receipts(self, cursor: str) -> Page[ReturnReceipt]:
        return self._shipments.receipts(cursor)

    def read_invoices(self, cursor: str) -> Page[Invoice]:
        return self._invoices.read(cursor)

    def read_refunds(self, cursor: str) -> Page[RemoteRefund]:
        return self._invoices.refunds(cursor)

    def close(self) -> None:
        self._client.close()


def _document(record: Record, *, existed: bool, complete: bool = True) -> RemoteDocument:
    number = record["name"] or str(record["id"])  # accounting numbers come with posting
    return RemoteDocument(str(record["id"]), number, existed, complete)


def build(settings: ConnectionSettings) -> OdooConnector:
    """The connector for one configured connection; `options` as `Options` loads them."""
    options = OdooOptions.of(settings.options)
    client = OdooClient(
        settings.url, options.database, settings.token, api=options.api, login=options.login,
        timeout_seconds=settings.timeout_seconds, concurrency=settings.concurrency,
    )  # fmt: skip
    return OdooConnector(client, options)
