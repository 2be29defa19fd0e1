"""The sandbox ERP in the role `erp`: orders, refunds, stock, prices."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar
from urllib.parse import quote

from causeway.canonical import (
    JournalEntry,
    Order,
    Price,
    Refund,
    RemoteRefund,
    RequestAnswer,
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
from causeway.connectors.sandbox_erp import mapper
from causeway.connectors.sandbox_erp.client import SandboxClient
from causeway.connectors.sandbox_erp.options import Options
from causeway.errors import RejectedError, TooLate

# What we call a document → where the ERP keeps such.
PLACES = {"order": "orders", "refund": "credits", "journal": "journals"}


class SandboxErp:
    """Keeps the promises of `BooksOrders`, `CancelsOrders`, `UpdatesOrders`, `PostsJournals`,
    `ReportsRefunds`, `ReportsStock` and `ReportsPrices`.
    """

    kind: ClassVar[str] = "sandbox_erp"
    capabilities = Capabilities(
        unique_key=True,
        stock=True,
        prices=True,
        cancel=True,
        cancel_lines=True,
        update=True,
        journal=True,
        remote_refunds=True,
        reverse_refunds=True,
        answers=True,
        reads_orders=True,
    )

    def __init__(self, client: SandboxClient, warehouse: str) -> None:
        self._client = client
        self._warehouse = warehouse

    def check(self) -> Check:
        problem = self._client.check("/erp/status", "sandbox-erp")
        if problem:
            return Check(False, "The sandbox ERP cannot be used", (problem,))
        return Check(True, "The sandbox ERP answers")

    def find(self, kind: DocumentKind, key: str) -> RemoteDocument | None:
        place = PLACES.get(kind)
        if place is None:
            return None
        answer = self._client.get(
            f"/erp/{place}", lambda data: mapper.found(data, place, key), {"external_ref": key}
        )
        return replace(answer, existed=True) if answer else None

    def book_order(self, order: Order, key: str) -> RemoteDocument:
        body = mapper.order_to_json(order, key, self._warehouse)
        document, existed = self._client.create("/erp/orders", body, mapper.document)
        return replace(document, existed=existed)

    def book_refund(self, order: Order, refund: Refund, key: str) -> RemoteDocument:
        """Two calls: the ERP's own reference of the order is looked up first."""
        query = {"origin": mapper.origin(order)}
        reference = self._client.get("/erp/orders", mapper.order_reference, query)
        if reference is None:
            raise RejectedError("the refunded order is not booked there", code="unknown_order")
        body = mapper.refund_to_json(order, refund, key, reference)
        document, existed = self._client.create("/erp/credits", body, mapper.document)
        return replace(document, existed=existed)

    def reverse_refund(self, order: Order, refund: Refund, refund_key: str, key: str) -> Cancelled:
        """Their credit itself is marked as reversed; it needs no document of its own."""
        credit = self.find("refund", refund_key)
        if credit is None:
            return Cancelled("cancelled", "there was no credit")
        path = f"/erp/credits/{credit.number}/reverse"
        return Cancelled(
            "cancelled", document=self._client.change("POST", path, {}, mapper.document)
        )

    def read_order(self, link: str) -> BookedOrder | None:
        try:
            return self._client.get(f"/erp/orders/{quote(link, safe='')}", mapper.booked_order)
        except RejectedError as error:
            if error.code == "unknown_order":
                return None
            raise

    def cancel_order(
        self, order: Order, booked_key: str, lines: tuple[LineQuantity, ...], key: str
    ) -> Cancelled:
        """Whole, or so many of some lines; what left the house is too late."""
        number = self._number(booked_key)
        body = mapper.cancellation_to_json(lines, key) if lines else {}
        try:
            path = f"/erp/orders/{number}/cancel"
            document = self._client.change("POST", path, body, mapper.document)
        except TooLate as error:
            return Cancelled("too_late", error.reason)
        return Cancelled("cancelled", document=document)

    def update_order(self, order: Order, booked_key: str, key: str) -> RemoteDocument:
        body = mapper.order_to_json(order, booked_key, self._warehouse)
        path = f"/erp/orders/{self._number(booked_key)}"
        return self._client.change("PUT", path, body, mapper.document)

    def post_journal(self, entry: JournalEntry, key: str) -> RemoteDocument:
        body = mapper.journal_to_json(entry, key)
        document, existed = self._client.create("/erp/journals", body, mapper.document)
        return replace(document, existed=existed)

    def read_refunds(self, cursor: str) -> Page[RemoteRefund]:
        return self._client.page(
            "/erp/refunds", cursor, lambda data: mapper.page(data, "refunds", mapper.remote_refund)
        )

    def read_answers(self, cursor: str) -> Page[RequestAnswer]:
        """What its credit check says of orders."""
        return self._client.page(
            "/erp/decisions", cursor, lambda data: mapper.page(data, "decisions", mapper.decision)
        )

    def _number(self, booked_key: str) -> str:
        """What the ERP calls the order under our key."""
        found = self.find("order", booked_key)
        if found is None:
            raise RejectedError("the order is not booked there", code="unknown_order")
        return found.number

    def read_stock(self, cursor: str) -> Page[StockLevel]:
        return self._client.page(
            "/erp/stock", cursor, lambda data: mapper.page(data, "stock", mapper.stock_level)
        )

    def read_prices(self, cursor: str) -> Page[Price]:
        return self._client.page(
            "/erp/prices", cursor, lambda data: mapper.page(data, "prices", mapper.price)
        )


def build(settings: ConnectionSettings) -> SandboxErp:
    """The connector for one configured connection."""
    options = Options().load(settings.options)
    return SandboxErp(SandboxClient(settings), options["warehouse"])
