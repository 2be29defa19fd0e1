"""Sales cancelled as Tryton's people do it: shipments, invoices, then the exceptions they leave.

Tryton's wizards for exceptions are not in its REST API; what they write is: which cancelled moves
and invoices of a sale are to be ignored. Each step looks at the state first, so it does not matter
how often this is repeated.
"""

from __future__ import annotations

from typing import Any

from causeway.connectors.base import Cancelled, LineQuantity, RemoteDocument
from causeway.connectors.tryton import taking_off
from causeway.connectors.tryton.booking import MODEL, Booking
from causeway.connectors.tryton.client import Record, TrytonClient
from causeway.connectors.tryton.taking_off import LEFT, SHIPMENT
from causeway.errors import CredentialsError, RejectedError

INVOICE = "account.invoice"
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
        left = [row["number"] for row in sale["shipments"] if row["state"] in LEFT]
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

    def take_off(
        self, booked_key: str, lines: tuple[LineQuantity, ...], numbers: dict[str, int], key: str
    ) -> Cancelled:
        """Take these goods out of the sale's shipments, unless they left or lie packed.

        `numbers` are the places of the order's lines in the sale, from 1.
        """
        sale = self._read(booked_key, taking_off.FIELDS)
        document = RemoteDocument(str(sale["id"]), sale["number"] or str(sale["id"]), existed=True)
        if sale["state"] == "cancelled":
            return Cancelled("cancelled", "it was cancelled already", document)
        wanted = taking_off.lines_of(sale, numbers, lines)
        holder = self._holder(key)
        if holder is not None and holder["state"] == "cancelled":
            self._go_on(sale, holder["id"])
            return Cancelled("cancelled", "it was cancelled already", document)
        late = taking_off.too_late(sale, wanted, holder["id"] if holder else 0)
        if late:
            return Cancelled("too_late", late, document)
        if sale["state"] in BEFORE_PROCESSING:
            raise RejectedError(
                f"sale {sale['number']} is not processed there yet, so nothing of it can be taken "
                "off; retry when it is", code="not_processed",
            )  # fmt: skip
        self._split(sale, wanted, holder, key)
        return Cancelled("cancelled", "", document)

    def _split(
        self, sale: Record, wanted: dict[int, LineQuantity], holder: Record | None, key: str
    ) -> None:
        """Hand the goods over to a shipment that is cancelled then; the others go on."""
        others = [row for row in sale["shipments"] if row["reference"] != key]
        for row in others:
            if row["state"] == "assigned":
                self._act(SHIPMENT, row["id"], "wait")
            if row["state"] in {"assigned", "waiting"}:
                self._act(SHIPMENT, row["id"], "draft")
        held = holder["id"] if holder else self._make_holder(sale, key)
        change = taking_off.changes(sale, wanted, held)
        if change.made:
            self._write(SHIPMENT, held, {"moves": [["create", change.made]]})
        for row in others:
            moves = [["write", [move], {"quantity": float(change.reduced[move])}]
                     for move in row["moves"] if move in change.reduced]  # fmt: skip
            dropped = sorted(change.dropped & set(row["moves"]))
            moves += [["delete", dropped]] if dropped else []
            if moves:
                self._write(SHIPMENT, row["id"], {"moves": moves})
        self._act(SHIPMENT, held, "cancel")
        self._go_on(sale, held)

    def _go_on(self, sale: Record, held: int) -> None:
        """What was given up is settled, and what is left is sent."""
        self._given_up(sale, held)
        ids = [row["id"] for row in sale["shipments"] if row["id"] != held]
        rows = self._client.search(
            SHIPMENT, [["id", "in", ids], ["state", "=", "draft"]], ("id",), context=self._context
        )
        for row in rows:
            self._act(SHIPMENT, row["id"], "wait" if self._goods(row["id"]) else "cancel")

    def _goods(self, shipment: int) -> bool:
        """Whether there is anything in it to be sent."""
        domain = [["shipment", "=", f"{SHIPMENT},{shipment}"], ["state", "!=", "cancelled"]]
        return bool(
            self._client.search("stock.move", domain, ("id",), limit=1, context=self._context)
        )

    def _holder(self, key: str) -> Record | None:
        domain = [["reference", "=", key], ["company", "=", self._context["company"]]]
        rows = self._client.search(
            SHIPMENT, domain, ("state",), order=[("id", "ASC")], limit=1, context=self._context
        )
        return rows[0] if rows else None

    def _make_holder(self, sale: Record, key: str) -> int:
        """Beside a shipment of the sale, to the same customer from the same warehouse."""
        beside = sale["shipments"][0]["id"] if sale["shipments"] else 0
        names = ("company", "customer", "delivery_address", "warehouse", "warehouse_storage",
                 "warehouse_output", "planned_date")  # fmt: skip
        rows = self._client.search(SHIPMENT, [["id", "=", beside]], names, context=self._context)
        if not rows:
            raise RejectedError(
                f"sale {sale['number']} has no shipment there; look at it there", code="unsupported"
            )
        values = {**{name: rows[0][name] for name in names}, "reference": key}
        made: list[int] = []
        self._allowed(
            lambda: made.append(self._client.create(SHIPMENT, values, ("id",), self._context)["id"])
        )
        return made[0]

    def _given_up(self, sale: Record, held: int) -> None:
        """Nobody is asked what shall become of the cancelled shipment's goods."""
        domain = [["id", "=", sale["id"]]]
        (now,) = self._client.search(MODEL, domain, taking_off.FIELDS, context=self._context)
        written = False
        for line in now["lines"]:
            seen = {*line["moves_ignored"], *line["moves_recreated"]}
            moves = [move["id"] for move in line["moves"]
                     if taking_off.shipment_of(move) == held and move["state"] == "cancelled"
                     and move["id"] not in seen]  # fmt: skip
            if moves:
                self._write("sale.line", line["id"], {"moves_ignored": [["add", moves]]})
                written = True
        if written or now["shipment_state"] == "exception":
            self._act(MODEL, sale["id"], "process")

    def _emptied(self, sale: Record, key: str) -> Record:
        """A sale in processing of which nothing is sent or invoiced any more."""
        for shipment in sale["shipments"]:
            if shipment["state"] != "cancelled":
                self._act(SHIPMENT, shipment["id"], "cancel")
        for invoice in sale["invoices"]:
            if invoice["state"] in UNPOSTED:
                self._act(INVOICE, invoice["id"], "cancel")
        sale = self._read(key)
        if self._ignore(sale) or "exception" in {sale["shipment_state"], sale["invoice_state"]}:
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

    def _read(self, key: str, fields: tuple[str, ...] = FIELDS) -> Record:
        found = self._booking.find(key)
        if found is None:
            raise RejectedError("the order has no sale there; book it first", code="not_booked")
        domain = [["id", "=", found["id"]]]
        rows = self._client.search(MODEL, domain, fields, context=self._context)
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
