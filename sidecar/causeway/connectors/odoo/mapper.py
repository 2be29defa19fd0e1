"""Sales and credits as rows for Odoo's `load`. Pure: ids are looked up before."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Literal

from causeway.canonical import Order
from causeway.connectors.odoo.client import Record, Row, stamp
from causeway.connectors.odoo.directory import Product
from causeway.connectors.odoo.keys import external_id
from causeway.connectors.odoo.parties import Parties
from causeway.connectors.sales import Sale, SaleLine

_NONCES, _LINES = 200_000, 10_000


@dataclass(frozen=True, slots=True)
class Counterparts:
    """The ids one document needs, by our names. `tax_field` is its lines' column of taxes."""

    products: Mapping[str, Product]
    taxes: Mapping[str, int]
    pricelist: int | None
    warehouse: int
    company: int
    tax_field: str


def nonce() -> int:
    """Where the numbers of a document's lines begin: whoever created it knows it by that."""
    return random.randrange(1, _NONCES) * _LINES  # noqa: S311


def began(lines: Iterable[Record]) -> int:
    """Where the numbers of a document's lines begin that somebody else created.

    Written over, it keeps them: its creator may be about to look for them. Lines with small numbers
    are Odoo's people's.
    """
    places = [line["sequence"] for line in lines if line["sequence"] >= _LINES]
    return min(places, default=nonce()) // _LINES * _LINES


def ours(lines: Iterable[Record], first: int) -> bool:
    """Whether lines that begin at `first` created the document these stand in."""
    return any(first < line["sequence"] < first + _LINES for line in lines)


def order_rows(
    order: Order,
    sale: Sale,
    parties: Parties,
    ids: Counterparts,
    first: int,
    *,
    state: Literal["new", "draft", "sale"] = "new",
) -> list[Row]:
    """The whole order: its head with the first line, then the others.

    The company is written once: written again, Odoo works out the taxes of all lines anew. A
    confirmed order's price list cannot be changed.
    """
    head: dict[str, object] = {
        "id": external_id(sale.key),
        "partner_id/.id": parties.buyer,
        "partner_invoice_id/.id": parties.invoice,
        "partner_shipping_id/.id": parties.delivery,
        "client_order_ref": reference_of(order),
        "note": escape(sale.note).replace("\n", "<br/>"),
    }
    if state == "new":
        head |= {
            "company_id/.id": ids.company,
            "warehouse_id/.id": ids.warehouse,
            "origin": sale.key,
            "date_order": stamp(order.created_at),
        }
    if state != "sale" and ids.pricelist is not None:
        head["pricelist_id/.id"] = ids.pricelist
    return with_lines(head, (order_line(sale.key, line, ids, first) for line in sale.lines))


def order_line(key: str, line: SaleLine, ids: Counterparts, first: int) -> Row:
    return {
        "order_line/id": line_id(key, line),
        "order_line/product_id/.id": ids.products[line.product].id,
        "order_line/product_uom_qty": f"{line.quantity:f}",
        "order_line/price_unit": f"{line.unit_price:f}",
        "order_line/discount": "0",
        f"order_line/{ids.tax_field}/.id": _many(ids.taxes[name] for name in line.taxes),
        "order_line/name": line.description or line.product,
        "order_line/sequence": first + line.number,
    }


def credit_rows(
    head: Row, sale: Sale, ids: Counterparts, first: int, sold: Mapping[str, int]
) -> list[Row]:
    """A credit note: quantities are positive there, its kind makes the sign.

    `sold` has the sales order's lines by the shop's: what was taken off one of them counts as
    credited there, so that Odoo does not work it into the next invoice once more.
    """
    return with_lines(
        head,
        (
            {
                "invoice_line_ids/id": line_id(sale.key, line),
                "invoice_line_ids/product_id/.id": ids.products[line.product].id,
                "invoice_line_ids/quantity": f"{-line.quantity:f}",
                "invoice_line_ids/price_unit": f"{line.unit_price:f}",
                "invoice_line_ids/discount": "0",
                "invoice_line_ids/tax_ids/.id": _many(ids.taxes[name] for name in line.taxes),
                "invoice_line_ids/name": line.description or line.product,
                "invoice_line_ids/sequence": first + line.number,
                "invoice_line_ids/sale_line_ids/.id": sold.get(line.taken_off, ""),
            }
            for line in sale.lines
        ),
    )


def line_id(key: str, line: SaleLine) -> str:
    """Our line's external id: by the shop's line where there is one, else by its place."""
    return external_id(key, "line", line.line_id) if line.line_id else place_id(key, line.number)


def place_id(key: str, number: int) -> str:
    return external_id(key, "place", str(number))


def rounding_id(key: str) -> str:
    return external_id(key, "rounding", "")


def with_lines(head: Row, lines: Iterable[Row]) -> list[Row]:
    rows = list(lines)
    return [{**head, **rows[0]}, *rows[1:]] if rows else [head]


def reference_of(order: Order) -> str:
    """What the buyer and the shop's people call it."""
    return f"{order.number} ({order.purchase_order})" if order.purchase_order else order.number


def money(record: Record, field: str) -> Decimal:
    """One of Odoo's amounts, which travel as floats with a digit or two too many."""
    return Decimal(record[field]).quantize(Decimal("0.000001")).normalize() + 0


def _many(ids: Iterable[int]) -> str:
    return ",".join(str(record) for record in ids)
