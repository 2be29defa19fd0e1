"""The Tryton connector: books sales under a web shop's id, reads stock and shipments back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from causeway.canonical import (
    Order,
    Payment,
    Price,
    Refund,
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
from causeway.connectors.tryton.booking import PROCESSED, Booking
from causeway.connectors.tryton.buyer import buyer_of
from causeway.connectors.tryton.cancelling import Cancelling
from causeway.connectors.tryton.client import Record, TrytonClient
from causeway.connectors.tryton.directory import Directory
from causeway.connectors.tryton.mapper import Sale, description_of, refund_of, sale_of, turned
from causeway.connectors.tryton.options import Options, TrytonOptions
from causeway.connectors.tryton.parties import Parties
from causeway.connectors.tryton.payments import PaymentDesk
from causeway.connectors.tryton.prices import PriceFeed
from causeway.connectors.tryton.returns import ReceiptFeed, return_of
from causeway.connectors.tryton.rpc import TrytonRpc
from causeway.connectors.tryton.shipments import ShipmentFeed
from causeway.connectors.tryton.sold import read_order
from causeway.connectors.tryton.stock import StockFeed
from causeway.errors import ConnectorError, RejectedError

__all__ = ["Options", "TrytonConnector", "build"]

# Model → field, and the module that brings it.
_NEEDED = {("sale.sale", "web_id"): "web_shop", ("stock.shipment.out", "outgoing_moves"): "stock"}
_TRACKING = ("stock.package", "shipping_tracking_url")
_READABLE = ("sale.sale", "stock.move", "stock.shipment.out")


class TrytonConnector:
    """Roles `erp` and `fulfilment`: a confirmed sale makes its own shipments in Tryton, so none
    are requested, only read. Keys are `web_id`s, which Tryton keeps unique in a web shop.
    """

    kind: ClassVar[str] = "tryton"
    capabilities = Capabilities(
        unique_key=True, shipments=True, stock=True, prices=True, cancel=True, cancel_lines=True,
        returns=True, payments=True, reverse_refunds=True, reads_orders=True,
    )  # fmt: skip

    def __init__(self, client: TrytonClient, options: TrytonOptions) -> None:
        self._client = client
        self._options = options
        self._directory = Directory(client, options)
        self._parties = Parties(client, self._directory)
        self._booking = Booking(client, self._directory, options)
        self._payments = PaymentDesk(client, self._directory, self._booking, options)
        if not options.payment_methods:
            self.capabilities = replace(type(self).capabilities, payments=False)
        warehouses = options.stock_warehouses
        self._stock = StockFeed(client, self._directory, warehouses)
        self._shipments = ShipmentFeed(client, self._directory, warehouses, options.tracking)
        self._prices = PriceFeed(client, self._directory, options.price_list)
        self._receipts = ReceiptFeed(client, self._directory)

    def check(self) -> Check:
        try:
            problems = self._missing_modules() + self._directory.problems() + self._missing_rights()
        except ConnectorError as error:
            return Check(False, error.reason, (error.reason,))
        if problems:
            return Check(False, f"{len(problems)} things to mend", tuple(problems))
        return Check(True, f"books into web shop {self._options.web_shop!r}")

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        """Whatever stands under a key is a sale, but for payments, which are entries."""
        if kind == "cancellation":
            return None  # repeated, it finds by itself what was done
        if kind == "payment":
            entry = self._payments.find(key)
            if entry is None:
                return None
            return _document(entry, existed=True, complete=entry["state"] == "posted")
        record = self._booking.find(key)
        if record is None:
            return None
        return _document(record, existed=True, complete=record["state"] in PROCESSED)

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        """It is not looked for first: Tryton refuses a second one, which then is found."""
        sale = sale_of(order, key, self._options)
        ids = self._booking.counterparts(sale)
        record, existed = self._booking.create(sale, self._header(order), ids)
        return _document(self._booking.settle(sale, record, ids), existed=existed)

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        return self._credited(order, refund_of(order, refund, key, self._options))

    def reverse_refund(self, order: Order, refund: Refund, refund_key: str, key: str) -> Cancelled:
        """The refund's negative sale once more, the other way round, under a key of its own."""
        if self._booking.find(refund_key) is None:
            return Cancelled("cancelled", "there was no refund")
        sale = turned(refund_of(order, refund, key, self._options))
        return Cancelled("cancelled", document=self._credited(order, sale))

    def _credited(self, order: Order, sale: Sale) -> RemoteDocument:
        ids = self._booking.counterparts(sale)
        record = self._booking.find(sale.key)
        existed = record is not None
        if record is None:
            record, existed = self._booking.create(sale, self._return_header(order), ids)
        return _document(self._booking.settle(sale, record, ids), existed=existed)

    def read_order(self, link: str) -> BookedOrder | None:
        return read_order(self._client, link, {"company": self._directory.company()})

    def cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        context = {"company": self._directory.company()}
        cancelling = Cancelling(self._client, self._booking, context)
        if not lines:
            return cancelling.cancel(booked_key)
        numbers = {line.id: number for number, line in enumerate(order.lines, 1)}
        return cancelling.take_off(booked_key, lines, numbers, key)

    def book_payment(
        self, order: Order, payment: Payment, booked_key: str, key: str
    ) -> RemoteDocument:
        record, existed = self._payments.pay(payment, booked_key, key)
        return _document(record, existed=existed)

    def book_return(self, order: Order, back: Return, booked_key: str, key: str) -> RemoteDocument:
        """A sale of a negative quantity at no price: it makes the return shipment, no invoice."""
        sale = return_of(order, back, key)
        ids = self._booking.counterparts(sale)
        record = self._booking.find(key)
        existed = record is not None
        if record is None:
            header = {**self._return_header(order), "shipment_method": "order",
                      "invoice_method": "manual"}  # fmt: skip
            record, existed = self._booking.create(sale, header, ids)
        return _document(self._booking.settle(sale, record, ids), existed=existed)

    def read_prices(self, cursor: str) -> Page[Price]:
        return self._prices.read(cursor)

    def read_receipts(self, cursor: str) -> Page[ReturnReceipt]:
        return self._receipts.read(cursor)

    def read_stock(self, cursor: str) -> Page[StockLevel]:
        return self._stock.read(cursor)

    def read_shipments(self, cursor: str) -> Page[Shipment]:
        return self._shipments.read(cursor)

    def close(self) -> None:
        self._client.close()

    def _header(self, order: Order) -> Record:
        buyer = buyer_of(order, self._options)
        billing = order.billing or order.shipping
        party, invoice, delivery = self._parties.parties(buyer, billing, order.shipping or billing)
        return {
            "party": party,
            "invoice_address": invoice,
            "shipment_address": delivery,
            "warehouse": self._directory.warehouse(self._options.warehouse).id,
        }

    def _return_header(self, order: Order) -> Record:
        """As the order was booked: same party, same addresses."""
        booked = self._booked(order)
        header: Record = {
            name: booked[name]
            for name in ("party", "invoice_address", "shipment_address", "warehouse")
        }
        header["origin"] = f"sale.sale,{booked['id']}"
        if not self._options.refunds_return_goods:
            header["shipment_method"] = "manual"
        return header

    def _booked(self, order: Order) -> Record:
        """The sale of an order, by its key's prefix or, where keys are others, by its number."""
        prefix = f"{order.store}:{order.id}:".replace("\\", "\\\\")
        prefix = prefix.replace("_", "\\_").replace("%", "\\%")
        named = [["reference", "=", order.number], ["description", "=", description_of(order)]]
        rows = self._client.search(
            "sale.sale",
            [["web_shop", "=", self._directory.web_shop()], ["origin", "=", None],
             ["state", "!=", "cancelled"], ["OR", ["web_id", "like", f"{prefix}%"], named]],
            ("party", "invoice_address", "shipment_address", "warehouse"),
            order=[("id", "ASC")], limit=1, context={"company": self._directory.company()},
        )  # fmt: skip
        if not rows:
            raise RejectedError(
                f"order {order.number} has no sale there; book the order first", code="not_booked"
            )
        return rows[0]

    def _missing_modules(self) -> list[str]:
        needed = dict(_NEEDED)
        if self._options.tracking:
            needed[_TRACKING] = "stock_package_shipping (or set tracking = false)"
        return [
            f"Tryton lacks the module {module}"
            for (model, field), module in needed.items()
            if not self._directory.has_field(model, field)
        ]

    def _missing_rights(self) -> list[str]:
        models = (*_READABLE, "stock.package") if self._options.tracking else _READABLE
        problems = []
        for model in models:
            try:
                self._client.search(model, [], ("id",), limit=1)
            except ConnectorError as error:
                problems.append(f"{error.reason}; give its user the groups Sales and Stock")
        return problems


def _document(record: Record, *, existed: bool, complete: bool = True) -> RemoteDocument:
    number = record["number"] or str(record["id"])  # numbered when quoted
    return RemoteDocument(str(record["id"]), number, existed, complete)


def build(settings: ConnectionSettings) -> TrytonConnector:
    """The connector for one configured connection; `options` as `Options` loads them."""
    options = TrytonOptions.of(settings.options)
    more: dict[str, Any] = {
        "timeout_seconds": settings.timeout_seconds,
        "concurrency": settings.concurrency,
    }
    if options.api == "rest":
        return TrytonConnector(
            TrytonClient(settings.url, options.database, settings.token, **more), options
        )
    client = TrytonRpc(settings.url, options.database, options.login, settings.token,
                       warnings=options.skip_warnings, **more)  # fmt: skip
    return TrytonConnector(client, options)
