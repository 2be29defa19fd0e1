"""Money received for sales: a posted entry under the payment's key, matched with the invoice.

It is what Tryton's wizard that pays an invoice writes: an entry from the payment method's account
to the customer's, named by the invoice as one of its payments, and reconciled where it settles it.
That last step is a wizard's alone: by JSON-RPC it is done, over REST it is left to Tryton's people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from causeway.canonical import Money, Payment
from causeway.connectors.tryton.booking import MODEL as SALE
from causeway.connectors.tryton.booking import Booking
from causeway.connectors.tryton.client import Record, TrytonClient
from causeway.connectors.tryton.directory import Directory, PaymentMethod
from causeway.connectors.tryton.options import TrytonOptions
from causeway.errors import CredentialsError, RejectedError

MOVE, INVOICE = "account.move", "account.invoice"
FIELDS = ("state", "number", "lines.account", "lines.credit")
BOOKED = ("number", "party.account_receivable.party_required", "invoice_party",
          "invoices.state", "invoices.number", "invoices.account", "invoices.type")  # fmt: skip
DUE = ("state", "lines_to_pay.debit", "lines_to_pay.credit", "lines_to_pay.reconciliation",
       "payment_lines.debit", "payment_lines.credit", "payment_lines.reconciliation")  # fmt: skip
UNPOSTED = frozenset({"draft", "validated"})
ZERO = Decimal(0)
T = TypeVar("T")


class PaymentDesk:
    def __init__(
        self, client: TrytonClient, directory: Directory, booking: Booking, options: TrytonOptions
    ) -> None:
        self._client = client
        self._directory = directory
        self._booking = booking
        self._options = options

    def find(self, key: str) -> Record | None:
        """The entry under the key: the first, should there ever be two."""
        domain = [["description", "=", key], ["company", "=", self._directory.company()]]
        rows = self._allowed(
            lambda: self._client.search(
                MOVE, domain, FIELDS, order=[("id", "ASC")], limit=1, context=self._context()
            )
        )
        return rows[0] if rows else None

    def pay(self, payment: Payment, booked_key: str, key: str) -> tuple[Record, bool]:
        """The posted entry, and whether it was there before."""
        method = self._directory.payment_method(payment.method)
        sale = self._sale(booked_key)
        invoices = self._invoices(sale, payment.paid_at.date())
        found = self.find(key)
        entry, existed = (found, True) if found else self._made(
            payment, sale, invoices, method, key
        )  # fmt: skip
        self._posted(entry, key)
        for invoice in invoices[:1]:
            self._match(invoice, entry, payment.paid_at.date())
        return self.find(key) or entry, existed

    def _posted(self, entry: Record, key: str) -> None:
        """Post it, unless another worker is faster: Tryton then refuses the button."""
        if entry["state"] == "posted":
            return
        try:
            self._act(MOVE, entry["id"], "post")
        except RejectedError:
            now = self.find(key)
            if now is None or now["state"] != "posted":
                raise

    def _made(
        self, payment: Payment, sale: Record, invoices: list[Record], method: PaymentMethod,
        key: str,
    ) -> tuple[Record, bool]:  # fmt: skip
        """The entry, not yet posted, and whether another worker had made it before us."""
        day = payment.paid_at.date()
        amount, second = self._in_books(payment.amount, day)
        party = sale["invoice_party"] or sale["party"]["id"]
        owed = sale["party"]["account_receivable"] or self._receivable()
        account = invoices[0]["account"] if invoices else owed["id"]
        ours = {**_side(amount, second, debit=True), "account": method.account,
                "party": party if method.party_required else None}  # fmt: skip
        theirs = {**_side(amount, second, debit=False), "account": account,
                  "party": party if owed["party_required"] else None}  # fmt: skip
        values: Record = {
            "company": self._directory.company(),
            "journal": method.journal,
            "period": self._period(day),
            "date": day,
            "description": key,
            "lines": [["create", [
                {**line, "description": payment.reference or None} for line in (ours, theirs)
            ]]],
        }  # fmt: skip
        if invoices:
            values["origin"] = f"{INVOICE},{invoices[0]['id']}"
        made = self._create(MOVE, values, FIELDS)
        first = self.find(key)
        if first is None or first["id"] == made["id"]:
            return made, False
        self._drop(made, key)  # another was faster
        return first, True

    def _drop(self, entry: Record, key: str) -> None:
        """A second draft goes. In Tryton 7 only accounting's administrators may delete it: others
        take it from under the key, and it says what its people are to do.
        """
        try:
            self._client.delete(MOVE, entry["id"], self._context())
        except CredentialsError as error:
            if error.status == 401:
                raise
            values = {"description": f"{key} (made twice: delete this draft)"}
            self._client.write(MOVE, entry["id"], values, ("id",), self._context())

    def _invoices(self, sale: Record, day: date) -> list[Record]:
        """The sale's posted invoices that are not paid; posted first where the settings say so."""
        standing = [row for row in sale["invoices"] if row["type"] == "out"]
        if self._options.invoice_on_payment:
            for row in standing:
                if row["state"] in UNPOSTED:
                    self._post(row["id"], day)
                    row["state"] = "posted"
        return [row for row in standing if row["state"] == "posted"]

    def _post(self, invoice: int, day: date) -> None:
        values = {"invoice_date": day}
        self._allowed(
            lambda: self._client.write(INVOICE, invoice, values, ("id",), self._context())
        )
        self._act(INVOICE, invoice, "post")

    def _match(self, invoice: Record, entry: Record, day: date) -> None:
        """Name the entry at the invoice, and reconcile both where they come to nothing."""
        lines = [line["id"] for line in entry["lines"]
                 if line["account"] == invoice["account"] and line["credit"]]  # fmt: skip
        due = self._due(invoice)
        if due is None or due["state"] == "paid" or not lines:
            return
        known = {line["id"] for line in due["payment_lines"]}
        if not known >= set(lines):
            values = {"payment_lines": [["add", lines]]}
            self._allowed(lambda: self._client.write(
                INVOICE, invoice["id"], values, ("id",), self._context()
            ))  # fmt: skip
            due = self._due(invoice) or due
        open_ = [line for line in (*due["lines_to_pay"], *due["payment_lines"])
                 if not line["reconciliation"]]  # fmt: skip
        if open_ and not sum((line["debit"] - line["credit"] for line in open_), ZERO):
            self._allowed(
                lambda: self._client.reconcile([line["id"] for line in open_], self._context())
            )

    def _due(self, invoice: Record) -> Record | None:
        rows = self._client.search(
            INVOICE, [["id", "=", invoice["id"]]], DUE, context=self._context()
        )
        return rows[0] if rows else None

    def _sale(self, key: str) -> Record:
        found = self._booking.find(key)
        rows = found and self._client.search(
            SALE, [["id", "=", found["id"]]], BOOKED, context=self._context()
        )
        if not rows:
            raise RejectedError("the order has no sale there; book it first", code="not_booked")
        return rows[0]

    def _receivable(self) -> Record:
        """Where customers owe who have no account of their own."""
        rows = self._client.search(
            "account.configuration", [], ("default_account_receivable.party_required",),
            context=self._context(),
        )  # fmt: skip
        found: Record | None = rows[0]["default_account_receivable"] if rows else None
        if found is None:
            raise RejectedError(
                "there is no default account receivable there; set one in the "
                "accounting configuration and retry",
                code="mapping_missing",
            )
        return found

    def _in_books(self, amount: Money, day: date) -> tuple[Decimal, Record]:
        """The amount in the company's currency, and what a line says of another one."""
        own = self._directory.company_currency()
        paid = amount.rounded()
        if paid.currency == own:
            return paid.amount, {}
        rates = self._rates((paid.currency, own), day)
        converted = Money(paid.amount / rates[paid.currency] * rates[own], own).rounded()
        second = {"amount_second_currency": paid.amount,
                  "second_currency": self._directory.currency(paid.currency)}  # fmt: skip
        return converted.amount, second

    def _rates(self, codes: Iterable[str], day: date) -> dict[str, Decimal]:
        rows = self._client.search(
            "currency.currency", [["code", "in", list(codes)]], ("code", "rate"),
            context={**self._context(), "date": day},
        )  # fmt: skip
        return {row["code"]: Decimal(row["rate"]) for row in rows}

    def _period(self, day: date) -> int:
        rows = self._client.search(
            "account.period",
            [["company", "=", self._directory.company()], ["start_date", "<=", day],
             ["end_date", ">=", day], ["type", "=", "standard"]], ("state", "name"), limit=1,
            context=self._context(),
        )  # fmt: skip
        if rows and rows[0]["state"] == "open":
            return int(rows[0]["id"])
        why = f"{rows[0]['name']} is closed" if rows else "no period has been made for that day"
        raise RejectedError(
            f"the payment is of {day}, and {why} there; open the period there and retry, or book "
            "the payment by hand",
            code="closed_period",
        )

    def _create(self, model: str, values: Record, fields: tuple[str, ...]) -> Record:
        return self._allowed(lambda: self._client.create(model, values, fields, self._context()))

    def _act(self, model: str, record: int, button: str) -> None:
        self._allowed(lambda: self._client.act(model, record, button, ("id",), self._context()))

    def _allowed(self, call: Callable[[], T]) -> T:
        """Payments need more rights than orders; lacking them stops this payment alone."""
        try:
            return call()
        except CredentialsError as error:
            if error.status == 401:
                raise
            raise RejectedError(
                f"the user may not book payments ({error.reason}); give them the group Accounting "
                "there and retry",
                code="missing_right",
            ) from error

    def _context(self) -> Record:
        return {"company": self._directory.company()}


def _side(amount: Decimal, second: Record, *, debit: bool) -> Record:
    sides = {"debit": amount if debit else ZERO, "credit": ZERO if debit else amount}
    if not second:
        return sides
    signed = second["amount_second_currency"] * (1 if debit else -1)
    return {**sides, **second, "amount_second_currency": signed}
