"""Sales that another connector made, read to be compared with ours."""

from __future__ import annotations

from decimal import Decimal

from causeway.canonical import Address, Money
from causeway.connectors.base import BookedLine, BookedOrder
from causeway.connectors.tryton.client import Domain, Record, TrytonClient

MODEL = "sale.sale"
FIELDS = ("number", "total_amount", "currency.code", "lines.product.code", "lines.product.type",
          "lines.quantity", "lines.amount", "shipment_address.party_name",
          "shipment_address.street", "shipment_address.city", "shipment_address.postal_code",
          "shipment_address.country.code", "shipment_party.name", "party.name")  # fmt: skip


def read_order(client: TrytonClient, link: str, context: Record) -> BookedOrder | None:
    """By its number, its id in the web shop, or its technical id."""
    found: Domain = ["OR", ["number", "=", link], ["web_id", "=", link]]
    if link.isascii() and link.isdigit() and len(link) < 10:
        found = [*found, ["id", "=", int(link)]]
    rows = client.search(MODEL, [found], FIELDS, limit=1, context=context)
    return _booked(rows[0]) if rows else None


def _booked(row: Record) -> BookedOrder:
    currency = row["currency"]["code"]
    lines = [line for line in row["lines"] if line["product"]]
    return BookedOrder(
        id=str(row["id"]),
        number=row["number"] or str(row["id"]),
        total=Money(Decimal(row["total_amount"]), currency),
        lines=tuple(
            BookedLine(
                line["product"]["code"] or "",
                Decimal(str(line["quantity"])).normalize(),
                Money(Decimal(line["amount"]), currency),
                line["product"]["type"] == "service",
            )
            for line in lines
        ),
        shipping=_address(row),
    )


def _address(row: Record) -> Address | None:
    place = row["shipment_address"]
    if not place:
        return None
    country = place["country"]
    first, _, more = (place["street"] or "").partition("\n")
    party = row["shipment_party"] or row["party"]
    return Address(
        last_name=place["party_name"] or party["name"] or "",
        address_1=first,
        address_2=more,
        city=place["city"] or "",
        postcode=place["postal_code"] or "",
        country=country["code"] if country else "",
    )
