"""A sale brought to confirmed, one repeatable step at a time.

The state over there decides the next step, so it does not matter how often or after which crash
this starts again. Tryton refuses changes to the lines of a quoted sale: what is verified after
quoting is what gets confirmed, even when two of us work on the same sale.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from causeway.connectors.tryton.client import Record, TrytonClient
from causeway.connectors.tryton.directory import Directory
from causeway.connectors.tryton.lines import Counterparts, amount_of, difference, values_of
from causeway.connectors.tryton.mapper import Sale, rounding_line
from causeway.connectors.tryton.options import TrytonOptions
from causeway.errors import RejectedError, RetryableError

MODEL = "sale.sale"
BLOCK = 50  # lines in one write: a hundred nested records overflow SQLite's parser
SPARE_STEPS = 12
LOOKS = 20
SECONDS_BETWEEN_LOOKS = 0.1
_OTHER_STATE = "You can not call"  # the button does not fit the state, which was another just now
_NO_BUTTON = "Calling button"  # the user may not press it
PROCESSED = frozenset({"processing", "done"})
BOOKED = PROCESSED | {"confirmed"}
FIELDS = ("state", "number", "total_amount", "lines.sequence", "lines.product", "lines.quantity",
          "lines.unit_price", "lines.taxes")  # fmt: skip


class Booking:
    """Drives the sale under one key; `Sale` says what must be there in the end."""

    def __init__(self, client: TrytonClient, directory: Directory, options: TrytonOptions) -> None:
        self._client = client
        self._directory = directory
        self._options = options

    def find(self, key: str) -> Record | None:
        domain = [["web_shop", "=", self._directory.web_shop()], ["web_id", "=", key]]
        rows = self._client.search(MODEL, domain, FIELDS, limit=1, context=self._context())
        return rows[0] if rows else None

    def counterparts(self, sale: Sale) -> Counterparts:
        """Everything the lines refer to, looked up before anything is written."""
        codes = {line.product for line in sale.lines} | {self._options.rounding_product}
        names = {name for line in sale.lines for name in line.taxes}
        return Counterparts(
            self._directory.products(codes), {name: self._directory.tax(name) for name in names}
        )

    def create(self, sale: Sale, header: Record, ids: Counterparts) -> tuple[Record, bool]:
        """The draft with its first lines, and whether somebody else had made it before us."""
        values: Record = {
            **header,
            "web_shop": self._directory.web_shop(),
            "web_id": sale.key,
            "company": self._directory.company(),
            "currency": self._directory.currency(sale.currency),
            "payment_term": self._directory.payment_term(),
            "reference": sale.number,
            "description": sale.description,
            "comment": sale.note,
            "sale_date": sale.date,
            "lines": [["create", [values_of(line, ids) for line in sale.lines[:BLOCK]]]],
        }
        if self._directory.has_field(MODEL, "shipment_cost_method"):
            values["shipment_cost_method"] = None  # the shop has charged shipping already
        try:
            return self._client.create(MODEL, values, FIELDS, self._context()), False
        except RejectedError:
            found = self.find(sale.key)
            if found is None:
                raise
            return found, True

    def settle(self, sale: Sale, record: Record, ids: Counterparts) -> Record:
        """Go on from whatever state the sale is in until it is confirmed with the right total."""
        refused = ""
        for _ in range(2 * len(sale.lines) // BLOCK + SPARE_STEPS):
            if record["state"] in BOOKED:
                return self._processed(sale, self._verified(sale, record))
            if record["state"] == "cancelled":
                raise RejectedError(
                    f"sale {record['number']} was cancelled there; replay it under a new key or "
                    "book it by hand",
                    code="cancelled",
                )
            try:
                record, refused = self._step(sale, record, ids), ""
            except RejectedError as error:
                # Another worker may just have taken the step, and even have taken it back: what is
                # refused twice while nothing changed is meant.
                after = self._reread(sale)
                if after == record and error.reason == refused and _OTHER_STATE not in refused:
                    raise
                record, refused = after, error.reason
        raise RetryableError("somebody else is changing the sale at the same time")

    def _step(self, sale: Sale, record: Record, ids: Counterparts) -> Record:
        commands = self._commands(sale, record, ids)
        if record["state"] != "draft":
            return self._press(sale, record, "draft" if commands else "confirm")
        if not commands:
            return self._press(sale, record, "quote")
        self._client.write(MODEL, record["id"], {"lines": commands}, ("id",), self._context())
        return self._reread(sale)

    def _processed(self, sale: Sale, record: Record) -> Record:
        """Tryton makes shipments and invoice of a confirmed sale in a task of its own, whose
        failure nobody sees; asked to do it now, it says why it cannot.
        """
        if record["state"] != "confirmed" or self._deferred():
            return record
        try:
            return self._press(sale, record, "process")
        except RejectedError as error:
            if not error.reason.partition(": ")[2].startswith(_NO_BUTTON):
                raise
        return self._awaited(sale)

    def _awaited(self, sale: Sale) -> Record:
        """The sale once the task has run, which takes a moment where nothing is wrong."""
        for _ in range(LOOKS):
            record = self._reread(sale)
            if record["state"] != "confirmed":
                return record
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise RetryableError(
            f"sale {record['number']} is confirmed but not processed there yet; if it stays so, "
            "Tryton's list of errors (Administration) says why"
        )

    def _deferred(self) -> bool:
        """Whether Tryton's people want confirmed sales to wait before they are processed."""
        rows = self._client.search(
            "sale.configuration", [], ("sale_process_after",), context=self._context()
        )
        return any(row["sale_process_after"] for row in rows)

    def _press(self, sale: Sale, record: Record, button: str) -> Record:
        """Afterwards a quotation is as it answers; a confirmed sale goes on by itself."""
        after = self._client.act(MODEL, record["id"], button, FIELDS, self._context())
        return after if button == "quote" and after else self._reread(sale)

    def _reread(self, sale: Sale) -> Record:
        record = self.find(sale.key)
        if record is None:
            raise RejectedError("the sale was deleted there while it was booked", code="deleted")
        return record

    def _commands(self, sale: Sale, record: Record, ids: Counterparts) -> list[list[Any]]:
        """What must be written to make the lines those of the sale; nothing when they are."""
        wrong, missing = difference(sale.lines, record["lines"], ids)
        rounding = [row for row in wrong if row["sequence"] == len(sale.lines) + 1]
        if not missing and len(rounding) == len(wrong):
            amount = sale.total - record["total_amount"] + sum(map(amount_of, rounding), Decimal(0))
            self._check(sale, record, amount)
            line = [rounding_line(sale, amount, self._options)] if amount else []
            wrong, missing = difference((*sale.lines, *line), record["lines"], ids)
        commands: list[list[Any]] = []
        if wrong:
            commands.append(["delete", [row["id"] for row in wrong]])
        if missing:
            commands.append(["create", [values_of(line, ids) for line in missing[:BLOCK]]])
        return commands

    def _check(self, sale: Sale, record: Record, amount: Decimal) -> None:
        if abs(amount) > sale.slack:
            raise RejectedError(
                f"Tryton counts {sale.total - amount} {sale.currency} where the shop has "
                f"{sale.total}: more than rounding explains. Check the taxes mapped for it; the "
                f"draft is kept (id {record['id']}) and mended on retry",
                code="total_differs",
            )

    def _verified(self, sale: Sale, record: Record) -> Record:
        if record["total_amount"] != sale.total:
            raise RejectedError(
                f"sale {record['number']} stands there with {record['total_amount']} "
                f"{sale.currency}, the shop now has {sale.total}",
                code="total_differs",
            )
        return record

    def _context(self) -> Record:
        return {"company": self._directory.company()}
