"""Payments of orders and journal entries."""

from __future__ import annotations

from html import escape
from uuid import uuid4

from causeway.canonical import JournalEntry, Payment
from causeway.connectors.odoo.booking import Booking
from causeway.connectors.odoo.client import KEEP, OdooClient, Record, Row
from causeway.connectors.odoo.credits import find_move, post
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.keys import external_id
from causeway.connectors.odoo.mapper import nonce, ours, with_lines
from causeway.connectors.odoo.options import OdooOptions
from causeway.errors import RejectedError

PAYMENT = "account.payment"
MOVE = "account.move"
MADE: Record = {
    "name": {}, "state": {}, "move_id": {}, "message_ids": {"fields": {"message_id": {}}},
}  # fmt: skip
ENTRY: Record = {"name": {}, "state": {}, "line_ids": {"fields": {"sequence": {}}}}
LOCKS = ("fiscalyear_lock_date", "hard_lock_date", "sale_lock_date", "period_lock_date")


class MoneyDesk:
    def __init__(
        self, client: OdooClient, directory: Directory, booking: Booking, options: OdooOptions
    ) -> None:
        self._client = client
        self._directory = directory
        self._booking = booking
        self._options = options

    def find_payment(self, key: str) -> Record | None:
        rows = self._client.search(PAYMENT, [["memo", "=", key]], ("name", "state"), limit=2)
        return rows[0] if rows else None

    def pay(self, payment: Payment, booked_key: str, key: str) -> tuple[Record, bool]:
        """The posted payment; matched with the order's invoice where one stands.

        A payment has no lines to number: whoever created it knows it by the note in its history.
        """
        found = self.find_payment(key)
        if found is not None and found["state"] != "draft":
            return found, True
        booked = self._booking.booked(booked_key)
        invoices = self._invoices(booked, booked_key)
        sign = f"<{uuid4().hex}@causeway>"
        row: dict[str, object] = {
            "id": external_id(key),
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id/.id": booked["partner_invoice_id"],
            "amount": f"{payment.amount.rounded().amount:f}",
            "currency_id/.id": self._directory.currency_id(payment.amount.currency),
            "date": payment.paid_at.date().isoformat(),
            "journal_id/.id": self._directory.payment_journal(payment.method),
            "memo": key,
            "payment_reference": payment.reference,
            "message_ids/message_id": sign,
            "message_ids/model": PAYMENT,
            "message_ids/message_type": "notification",
            "message_ids/body": f"Causeway: {escape(key)}",
        }
        if invoices:
            row["invoice_ids/.id"] = ",".join(str(invoice["id"]) for invoice in invoices)
        (record,) = self._client.load(PAYMENT, [row], KEEP)
        self._post(record)
        (made,) = self._client.tree(PAYMENT, [["id", "=", record]], MADE)
        self._match(made, invoices)
        return made, all(note["message_id"] != sign for note in made["message_ids"])

    def _post(self, payment: int) -> None:
        try:
            self._client.call(PAYMENT, "action_post", [payment])
        except RejectedError:
            (now,) = self._client.search(PAYMENT, [["id", "=", payment]], ("state",))
            if now["state"] == "draft":
                raise

    def _match(self, payment: Record, invoices: list[Record]) -> None:
        """Odoo matches a payment that makes no entry by itself; one with an entry is assigned."""
        if not payment["move_id"] or not invoices:
            return
        for line in self._unmatched(payment):
            try:
                self._client.call(MOVE, "js_assign_outstanding_line", [invoices[0]["id"]],
                                  line_id=line)  # fmt: skip
            except RejectedError:
                # Somebody else may just have matched it.
                if line in self._unmatched(payment):
                    raise

    def _unmatched(self, payment: Record) -> list[int]:
        rows = self._client.search(
            "account.move.line",
            [["move_id", "=", payment["move_id"]], ["reconciled", "=", False],
             ["account_id.account_type", "=", "asset_receivable"]], ("id",),
        )  # fmt: skip
        return [row["id"] for row in rows]

    def _invoices(self, booked: Record, booked_key: str) -> list[Record]:
        """The order's posted invoices; made first where the settings say so and none stands."""
        if self._options.invoice_on_payment and not _standing(booked):
            wizard = self._client.call(
                "sale.advance.payment.inv", "create",
                vals_list=[{"advance_payment_method": "delivered",
                            "sale_order_ids": [[6, 0, [booked["id"]]]]}],
            )  # fmt: skip
            try:
                self._client.call("sale.advance.payment.inv", "create_invoices", wizard)
            except RejectedError:
                # Somebody else may just have invoiced it, and nothing be left for us.
                if not _standing(self._booking.booked(booked_key)):
                    raise
            booked = self._booking.booked(booked_key)
        for invoice in _standing(booked):
            if invoice["state"] == "draft" and self._options.invoice_on_payment:
                post(self._client, invoice)
                invoice["state"] = "posted"
        return [row for row in _standing(booked) if row["state"] == "posted"]

    def find_entry(self, key: str) -> Record | None:
        return find_move(self._client, key)

    def post_entry(self, entry: JournalEntry, key: str) -> tuple[Record, bool]:
        """The posted entry. A closed period is refused, not moved to another date."""
        found = self.find_entry(key)
        if found is not None and found["state"] == "posted":
            return found, True
        self._open(entry)
        first, currency = nonce(), entry.lines[0].debit.currency
        head: Row = {
            "id": external_id(key),
            "move_type": "entry",
            "journal_id/.id": self._directory.journal(self._options.journal),
            "date": entry.date.isoformat(),
            "ref": key,
        }
        lines = [
            {
                "line_ids/id": external_id(key, "line", str(number)),
                "line_ids/account_id/.id": self._directory.account(line.account),
                "line_ids/name": line.text or f"{entry.store} {entry.order_number}",
                "line_ids/currency_id/.id": self._directory.currency_id(currency),
                "line_ids/debit": f"{line.debit.rounded().amount:f}",
                "line_ids/credit": f"{line.credit.rounded().amount:f}",
                "line_ids/sequence": first + number,
            }
            for number, line in enumerate(entry.lines, 1)
        ]
        if currency != self._directory.currency():
            raise RejectedError(
                f"the entry is in {currency}, the books there in {self._directory.currency()}",
                code="wrong_currency",
            )
        (record,) = self._client.load(MOVE, with_lines(head, lines), KEEP)
        (made,) = self._client.tree(MOVE, [["id", "=", record]], ENTRY)
        if made["state"] == "draft":
            post(self._client, made)
            (made,) = self._client.tree(MOVE, [["id", "=", record]], ENTRY)
        return made, not ours(made["line_ids"], first)

    def _open(self, entry: JournalEntry) -> None:
        """Odoo would book an entry of a closed period into the next open one and say nothing."""
        fields = [name for name in LOCKS if self._directory.has_field("res.company", name)]
        domain = [["id", "=", self._directory.company()["id"]]]
        (company,) = self._client.search("res.company", domain, fields)
        closed = max((company[name] for name in fields if company[name]), default="")
        if closed and entry.date.isoformat() <= closed:
            raise RejectedError(
                f"the accounting period is closed there up to {closed}, the entry is of "
                f"{entry.date}; open it there and retry, or book it by hand",
                code="closed_period",
            )


def _standing(booked: Record) -> list[Record]:
    return [row for row in booked["invoice_ids"]
            if row["state"] != "cancel" and row["move_type"] == "out_invoice"]  # fmt: skip
