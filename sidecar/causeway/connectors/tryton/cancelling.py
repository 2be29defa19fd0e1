"""Sales cancelled as Tryton's people do it: shipments, invoices, then the exceptions they leave.

Tryton's wizards for exceptions are not in its REST API; what they write is: which cancelled moves
and invoices of a sale are to be ignored. Each step looks at the state first, so it does not matter
how often this is repeated.
"""

from __future__ import annotations

from typing import Any

from causeway.connectors.base import Cancelled, RemoteDocument
from causeway.connectors.tryton.booking import MODEL, Booking
from causeway.connectors.tryton.client import Record, TrytonClient
from causeway.errors import CredentialsError, RejectedError

SHIPMENT, INVOICE = "stock.shipment.out", "account.invoice"
FIELDS = (
    "state", "number", "shipment_state", "invoice_state", "shipments.state", "shipments.number",
    "invoices.state", "invoices.number", "invoices_ignored", "lines.moves.state",
    "lines.moves_ignored", "lines.moves_recreated", "invoices_recreated",
)  # fmt: skip
BEFORE_PROCESSING = frozenset({"draft", "quotation", "confirmed"})
UNPOSTED = frozenset({"draft", "validated"})


class Cancelling:
    def __init__(self, client: TrytonClient, booking: Booking, context: Record) -> None:
        self._client = client
        self._booking = booking
        self._context = context

    def cancel(self, key: str) -> Cancelled:
        """Cancel the whole sale under the key, unless goods of it left."""
        sale = self._read(key)
        document = RemoteDocument(str(sale["id"]), sale["number"] or str(sale["id"]), existed=True)
        left = [row["number"] for row in sale["shipments"] if row["state"] == "done"]
        if left:
            return Cancelled("too_late", f"goods left with {', '.join(left)}", document)
        if sale["state"] == "cancelled":
            return Cancelled("cancelled", "it was cancelled already", document)
        if sale["state"] in BEFORE_PROCESSING:
            self._act(MODEL, sale["id"], "cancel")
            return Cancelled("cancelled", "", document)
        sale = self._emptied(sale, key)
        posted = [row["number"] or str(row["id"]) for row in sale["invoices"]
                  if row["state"] in {"posted", "paid"}]  # fmt: skip
        note = f"invoice {', '.join(posted)} stands and needs a credit note" if posted else ""
        return Cancelled("cancelled", note, document, left=note)

    def _emptied(self, sale: Record, key: str) -> Record:
        """A sale in processing of which nothing is sent or invoiced any more."""
        for shipment in sale["shipments"]:
            if shipment["state"] != "cancelled":
                self._act(SHIPMENT, shipment["id"], "cancel")
        for invoice in sale["invoices"]:
            if invoice["state"] in UNPOSTED:
                self._act(INVOICE, invoice["id"], "cancel")
        sale = self._read(key)
        if self._ignore(sale):
            self._act(MODEL, sale["id"], "process")
            sale = self._read(key)
        if "exception" in {sale["shipment_state"], sale["invoice_state"]}:
            raise RejectedError(
                f"sale {sale['number']} is cancelled there but for its exceptions; handle them "
                "there (Handle Shipment Exception, Handle Invoice Exception)",
                code="exception",
            )
        return sale

    def _ignore(self, sale: Record) -> bool:
        """Write what the wizards write; whether there was anything."""
        written = False
        for line in sale["lines"]:
            seen = {*line["moves_ignored"], *line["moves_recreated"]}
            moves = [move["id"] for move in line["moves"]
                     if move["state"] == "cancelled" and move["id"] not in seen]  # fmt: skip
            if moves:
                self._write("sale.line", line["id"], {"moves_ignored": [["add", moves]]})
                written = True
        seen = {*sale["invoices_ignored"], *sale["invoices_recreated"]}
        invoices = [row["id"] for row in sale["invoices"]
                    if row["state"] == "cancelled" and row["id"] not in seen]  # fmt: skip
        if invoices:
            self._write(MODEL, sale["id"], {"invoices_ignored": [["add", invoices]]})
        return written or bool(invoices)

    def _read(self, key: str) -> Record:
        found = self._booking.find(key)
        if found is None:
            raise RejectedError("the order has no sale there; book it first", code="not_booked")
        domain = [["id", "=", found["id"]]]
        rows = self._client.search(MODEL, domain, FIELDS, context=self._context)
        if not rows:
            raise RejectedError("the sale was deleted there meanwhile", code="deleted")
        return rows[0]

    def _act(self, model: str, record: int, button: str) -> None:
        self._allowed(lambda: self._client.act(model, record, button, ("id",), self._context))

    def _write(self, model: str, record: int, values: Record) -> None:
        self._allowed(lambda: self._client.write(model, record, values, ("id",), self._context))

    def _allowed(self, call: Any) -> None:
        """Cancelling needs more rights than booking; lacking them stops this order alone."""
        try:
            call()
        except CredentialsError as error:
            if error.status == 401:
                raise
            raise _lacking(error.reason) from error
        except RejectedError as error:
            if "Calling button" in error.reason:
                raise _lacking(error.reason) from error
            raise


def _lacking(reason: str) -> RejectedError:
    return RejectedError(
        f"the key's user may not cancel all of it ({reason}); give them the groups Accounting and "
        "Sales Administrator there and retry",
        code="missing_right",
    )
