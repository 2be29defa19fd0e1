"""A sales order brought to confirmed, one repeatable step at a time.

The order and all its lines are written by one `load` under external ids, so there is never half of
one; a repeated `load` finds it. What stands there decides the next step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from causeway.canonical import Order
from causeway.connectors.odoo.client import KEEP, OdooClient, Record, Row
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.keys import external_id
from causeway.connectors.odoo.mapper import (
    Counterparts,
    began,
    line_id,
    money,
    nonce,
    order_line,
    order_rows,
    ours,
    rounding_id,
    with_lines,
)
from causeway.connectors.odoo.options import OdooOptions
from causeway.connectors.odoo.parties import PartyBook
from causeway.connectors.odoo.refusals import gone
from causeway.connectors.sales import Sale, rounding_line, sale_of
from causeway.connectors.single import SingleFlight
from causeway.errors import RejectedError

MODEL = "sale.order"
LINE: Record = {"sequence": {}, "price_unit": {}, "product_uom_qty": {}, "qty_delivered": {},
        "display_type": {}, "name": {}}  # fmt: skip
FIELDS: Record = {
    "name": {}, "state": {}, "locked": {}, "amount_total": {}, "origin": {},
    "currency_id": {"fields": {"name": {}}},
    "partner_id": {}, "partner_invoice_id": {}, "partner_shipping_id": {},
    "order_line": {"fields": LINE},
    "picking_ids": {"fields": {"name": {}, "state": {}, "picking_type_code": {}}},
    "invoice_ids": {"fields": {
        "name": {}, "state": {}, "move_type": {}, "amount_residual": {},
        "reversed_entry_id": {"fields": {"move_type": {}}},
    }},
}  # fmt: skip


class Booking:
    """Orders under their keys. `origin` carries the key for people and searches; what counts is
    the external id, which the database keeps unique.
    """

    def __init__(self, client: OdooClient, directory: Directory, options: OdooOptions) -> None:
        self._client = client
        self._directory = directory
        self._options = options
        self._parties = PartyBook(client, directory, options)
        self._single = SingleFlight()

    def find(self, key: str) -> Record | None:
        """The order under the key. A copy made by people has the same origin and is not it."""
        rows = self._client.tree(MODEL, [["origin", "=", key]], FIELDS)
        if len(rows) > 1:
            names = self._client.keys(MODEL, [row["id"] for row in rows])
            rows = [row for row in rows if names.get(row["id"]) == external_id(key)]
        return rows[0] if rows else None

    def booked(self, key: str) -> Record:
        found = self.find(key)
        if found is None:
            raise RejectedError(
                "the order has no sales order there; book it first", code="not_booked"
            )
        return found

    def of_order(self, order: Order) -> Record:
        """The order's sales order, by the beginning of its key."""
        prefix = f"{order.store}:{order.id}:"
        for sign in "\\_%":
            prefix = prefix.replace(sign, f"\\{sign}")
        domain = [["origin", "=like", f"{prefix}%"], ["state", "!=", "cancel"]]
        rows = self._client.tree(MODEL, domain, FIELDS, limit=1)
        if not rows:
            raise RejectedError(
                f"order {order.number} has no sales order there; book the order first",
                code="not_booked",
            )
        return rows[0]

    def book(self, order: Order, key: str) -> tuple[Record, bool]:
        """The confirmed order, and whether somebody had made it before us.

        It is not looked for first: written under its external ids, one that is there is answered
        and left as it is, and what is read afterwards shows whose it is.
        """
        sale = sale_of(order, key, self._options)
        try:
            ids = self.counterparts(sale)
            parties = self._parties.parties(order)
        except RejectedError:
            # What has no counterpart any more is no trouble of an order that stands already.
            found = self.find(key)
            if found is None or found["state"] == "draft":
                raise
            return self._confirmed(sale, found), True
        first = nonce()
        self._client.load(MODEL, order_rows(order, sale, parties, ids, first), KEEP)
        record = self._reread(key)
        existed = bool(sale.lines) and not ours(record["order_line"], first)
        if record["state"] == "draft" and existed:
            # A draft of an earlier attempt is written anew: a mapping may have been mended since.
            rows = order_rows(order, sale, parties, ids, began(record["order_line"]), state="draft")
            record = self._without_strangers(sale, self._written(sale.key, record, rows))
        if record["state"] == "draft":
            record = self._settled(sale, record, ids)
        return self._confirmed(sale, record), existed

    def update(self, order: Order, booked_key: str) -> Record:
        """The sales order says what `order` says now. Raises TooLate once goods left."""
        sale = sale_of(order, booked_key, self._options)
        record = self.booked(booked_key)
        if record["state"] == "cancel":
            raise gone(record["name"], "it is cancelled there")
        left = [row["name"] for row in record["picking_ids"] if shipped(row)]
        if left:
            raise gone(record["name"], f"its goods left with {', '.join(left)}")
        invoiced = [row["name"] for row in record["invoice_ids"] if _bills(row)]
        if invoiced:
            raise gone(record["name"], f"it is invoiced with {', '.join(invoiced)}")
        ids = self.counterparts(sale)
        parties = self._parties.parties(order)
        rows = order_rows(order, sale, parties, ids, nonce(), state="sale")
        self._client.load(MODEL, rows)
        record = self._without_strangers(sale, self._reread(booked_key))
        return self._settled(sale, record, ids)

    def counterparts(self, sale: Sale) -> Counterparts:
        """Everything the document refers to, looked up before anything is written."""
        codes = {line.product for line in sale.lines} | {self._options.rounding_product}
        names = {name for line in sale.lines for name in line.taxes}
        return Counterparts(
            products=self._directory.products(codes),
            taxes={name: self._directory.tax(name) for name in names},
            pricelist=self._directory.pricelist(sale.currency),
            warehouse=self._directory.warehouse(self._options.warehouse)["id"],
            company=self._directory.company()["id"],
            tax_field=self._directory.tax_field(),
        )

    def _settled(self, sale: Sale, record: Record, ids: Counterparts) -> Record:
        """With a rounding line where the totals differ by what rounding explains."""
        if record["currency_id"]["name"] != sale.currency:
            raise RejectedError(
                f"the order is in {sale.currency}, its price list there in "
                f"{record['currency_id']['name']}; name a price list in {sale.currency}",
                code="mapping_missing",
            )
        missing = sale.total - money(record, "amount_total")
        if not missing:
            return record
        amount = missing + self._rounding(sale, record)
        check(sale, amount, f"the draft {record['name']}")
        line = replace(rounding_line(sale, amount, self._options), line_id="")
        row = {**order_line(sale.key, line, ids, 0), "order_line/id": rounding_id(sale.key),
               "order_line/sequence": 2_000_000_000}  # fmt: skip
        return self._written(sale.key, record, with_lines({"id": external_id(sale.key)}, [row]))

    def _written(self, key: str, record: Record, rows: list[Row]) -> Record:
        """The order written over. That somebody confirmed the draft meanwhile is as good."""
        try:
            self._client.load(MODEL, rows)
        except RejectedError:
            now = self._reread(key)
            if record["state"] != "draft" or now["state"] == "draft":
                raise
            return now
        return self._reread(key)

    def _rounding(self, sale: Sale, record: Record) -> Decimal:
        """What the rounding line adds already."""
        names = self._client.keys("sale.order.line", [row["id"] for row in record["order_line"]])
        ours = [row for row in record["order_line"]
                if names.get(row["id"]) == rounding_id(sale.key)]  # fmt: skip
        return sum((money(row, "price_unit") for row in ours), Decimal(0))

    def _confirmed(self, sale: Sale, record: Record) -> Record:
        if record["state"] == "cancel":
            raise RejectedError(
                f"sales order {record['name']} was cancelled there; replay it under a new key or "
                "book it by hand",
                code="cancelled",
            )
        total = money(record, "amount_total")
        if total != sale.total:
            raise RejectedError(
                f"sales order {record['name']} stands there with {total} {sale.currency}, the "
                f"shop now has {sale.total}",
                code="total_differs",
            )
        if record["state"] in {"draft", "sent"}:
            self._confirm(sale, record)
        return record

    def _confirm(self, sale: Sale, record: Record) -> None:
        """Odoo sets goods aside then: two orders that want the same product collide, and it does
        the later one again after seconds, at worst after half a minute or not at all. So those
        with a product in common go one after the other here.
        """
        try:
            with self._single.alone_with(self._goods(sale)):
                self._client.call(MODEL, "action_confirm", [record["id"]])
        except RejectedError:
            # Somebody else may just have confirmed it.
            if self._reread(sale.key)["state"] != "sale":
                raise

    def _goods(self, sale: Sale) -> set[str]:
        options = self._options
        services = {options.shipping_product, options.fee_product, options.rounding_product}
        return {line.product for line in sale.lines} - services

    def _without_strangers(self, sale: Sale, record: Record) -> Record:
        """Lines that are no more in the order: out of a draft, zero in a confirmed order.

        Lines Odoo's people added, and notes, have no external id of this key and stay.
        """
        names = self._client.keys("sale.order.line", [row["id"] for row in record["order_line"]])
        wanted = {line_id(sale.key, line) for line in sale.lines}
        wanted.add(rounding_id(sale.key))
        prefix = external_id(sale.key) + "|"
        dropped = [
            row["id"] for row in record["order_line"]
            if not row["display_type"] and names.get(row["id"], "").startswith(prefix)
            and names[row["id"]] not in wanted
        ]  # fmt: skip
        if not dropped:
            return record
        commands: Iterable[list[object]] = (
            [[2, line, 0] for line in dropped] if record["state"] == "draft"
            else [[1, line, {"product_uom_qty": 0}] for line in dropped]
        )  # fmt: skip
        self._client.call(MODEL, "write", [record["id"]], vals={"order_line": list(commands)})
        return self._reread(sale.key)

    def _reread(self, key: str) -> Record:
        record = self.find(key)
        if record is None:
            raise RejectedError("the order was deleted there while it was booked", code="deleted")
        return record


def _bills(move: Record) -> bool:
    """Whether it bills goods: no credit note, and nothing that only takes one back."""
    reversed_ = move["reversed_entry_id"]
    back = bool(reversed_) and reversed_["move_type"] == "out_refund"
    return bool(move["state"] == "posted" and move["move_type"] == "out_invoice" and not back)


def shipped(picking: Record) -> bool:
    """Whether goods left the house with this transfer."""
    return bool(picking["state"] == "done" and picking["picking_type_code"] == "outgoing")


def check(sale: Sale, amount: Decimal, where: str) -> None:
    """Raises RejectedError for a difference that rounding does not explain."""
    if abs(amount) > sale.slack:
        raise RejectedError(
            f"Odoo counts {abs(sale.total - amount)} {sale.currency} where the shop has "
            f"{abs(sale.total)}: more than rounding explains. Check the taxes mapped for it; "
            f"{where} is kept and mended on retry",
            code="total_differs",
        )
