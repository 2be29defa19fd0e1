"""Sales orders that another connector made, read to be compared with ours."""

from __future__ import annotations

from decimal import Decimal

from causeway.canonical import Address, Money
from causeway.connectors.base import BookedLine, BookedOrder
from causeway.connectors.odoo.client import OdooClient, Record
from causeway.connectors.odoo.mapper import money

MODEL = "sale.order"
PARTNER: Record = {"fields": {
    "name": {}, "street": {}, "street2": {}, "city": {}, "zip": {},
    "country_id": {"fields": {"code": {}}},
}}  # fmt: skip
FIELDS: Record = {
    "name": {}, "amount_total": {}, "currency_id": {"fields": {"name": {}}},
    "partner_shipping_id": PARTNER,
    "order_line": {"fields": {
        "product_uom_qty": {}, "price_subtotal": {}, "display_type": {},
        "product_id": {"fields": {"default_code": {}, "type": {}}},
    }},
}  # fmt: skip


def read_order(client: OdooClient, link: str) -> BookedOrder | None:
    """By its number, else by its technical id."""
    rows = client.tree(MODEL, [["name", "=", link]], FIELDS, limit=1)
    if not rows and link.isascii() and link.isdigit() and len(link) < 10:
        rows = client.tree(MODEL, [["id", "=", int(link)]], FIELDS, limit=1)
    return _booked(rows[0]) if rows else None


def _booked(row: Record) -> BookedOrder:
    currency = row["currency_id"]["name"]
    goods = [line for line in row["order_line"] if not line["display_type"] and line["product_id"]]
    return BookedOrder(
        id=str(row["id"]),
        number=row["name"],
        total=Money(money(row, "amount_total"), currency),
        lines=tuple(
            BookedLine(
                line["product_id"]["default_code"] or "",
                Decimal(line["product_uom_qty"]).normalize(),
                Money(money(line, "price_subtotal"), currency),
                line["product_id"]["type"] == "service",
            )
            for line in goods
        ),
        shipping=_address(row["partner_shipping_id"]),
    )


def _address(partner: Record) -> Address:
    country = partner["country_id"]
    return Address(
        last_name=partner["name"] or "",
        address_1=partner["street"] or "",
        address_2=partner["street2"] or "",
        city=partner["city"] or "",
        postcode=partner["zip"] or "",
        country=country["code"] if country else "",
    )
