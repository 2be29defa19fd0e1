"""What a sales order must look like, and the sum it must come to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from causeway.sandbox.reading import Fields, minor_unit, plain, to_minor
from causeway.sandbox.seed import WAREHOUSE

ADDRESS = (
    "name", "company", "address_1", "address_2", "city", "state", "postcode", "country", "phone",
)  # fmt: skip
KINDS = ("item", "shipping", "fee", "rounding")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `sku` is empty for all but items; `taxes` are amounts by code of the rate."""

    sku: str
    sku_path: str
    name: str
    quantity: Decimal
    net: Decimal
    taxes: dict[str, Decimal]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OrderForm:
    """An order that was read, adds up, and may be booked."""

    external_ref: str
    origin: str
    currency: str
    warehouse: str
    total: Decimal
    lines: list[Line]
    document: dict[str, Any]


def read_order(fields: Fields) -> OrderForm:
    """Raises Refusal for a field that is wrong, and for a total the lines do not come to."""
    currency = fields.currency()
    lines = [_line(each) for each in fields.children("lines", required=True)]
    taxes = [_tax(each) for each in fields.children("taxes", limit=50)]
    total = _declared_total(fields, currency)
    _check_taxes(fields, currency, lines, taxes)
    _check_total(fields, currency, total, lines, taxes)
    ref = fields.text("external_ref", required=True, limit=255)
    origin = fields.text("origin", limit=255)
    warehouse = fields.text("warehouse", limit=50) or WAREHOUSE
    document = {
        "external_ref": ref,
        "origin": origin,
        "order_reference": fields.text("order_reference", limit=100),
        "purchase_order": fields.text("purchase_order", limit=200),
        "currency": currency,
        "warehouse": warehouse,
        "customer": _customer(fields.child("customer")),
        "billing": address(fields.child("billing")),
        "shipping": address(fields.child("shipping")),
        "payment": fields.text("payment", limit=200),
        "note": fields.text("note", limit=20000),
        "lines": [line.document for line in lines],
        "taxes": taxes,
        "total": plain(total),
    }
    return OrderForm(ref, origin, currency, warehouse, total, lines, document)


def address(fields: Fields) -> dict[str, str]:
    return {name: fields.text(name) for name in ADDRESS}


def tax_amounts(fields: Fields) -> dict[str, Decimal]:
    """What one line pays, by code of the rate: `"taxes": [{"code", "amount"}]`."""
    amounts: dict[str, Decimal] = {}
    for each in fields.children("taxes", limit=50):
        code = each.text("code", required=True, limit=100)
        amounts[code] = amounts.get(code, Decimal(0)) + each.number("amount")
    return amounts


def _line(fields: Fields) -> Line:
    kind = fields.text("kind") or "item"
    if kind not in KINDS:
        raise fields.refusal("kind", "invalid", "must be one of " + ", ".join(KINDS))
    sku = fields.text("sku", limit=200, required=kind == "item") if kind == "item" else ""
    name, quantity = (fields.text("name", limit=1000), fields.number("quantity", default="1"))
    if quantity <= 0:
        raise fields.refusal("quantity", "invalid", "must be more than zero")
    net, taxes = fields.number("net"), tax_amounts(fields)
    document = {
        "kind": kind,
        "sku": sku,
        "name": name,
        "quantity": plain(quantity),
        "unit_price": plain(fields.number("unit_price", default="0")),
        "net": plain(net),
        "taxes": [{"code": code, "amount": plain(amount)} for code, amount in taxes.items()],
    }
    return Line(sku, fields.at("sku"), name, quantity, net, taxes, document)


def _tax(fields: Fields) -> dict[str, str]:
    return {
        "code": fields.text("code", required=True, limit=100),
        "percent": plain(fields.number("percent", default="0")),
        "amount": plain(fields.number("amount")),
    }


def _customer(fields: Fields) -> dict[str, str]:
    return {name: fields.text(name) for name in ("ref", "name", "email", "vat_id")}


def _declared_total(fields: Fields, currency: str) -> Decimal:
    total = fields.number("total")
    if total != to_minor(total, currency):
        raise fields.refusal("total", "invalid", f"{currency} is not divided that finely")
    return total


def _check_taxes(
    fields: Fields, currency: str, lines: list[Line], taxes: list[dict[str, str]]
) -> None:
    """What the lines pay under a rate may miss the rate's sum by rounding only.

    A shop may round each line or only the sum: half a minor unit for each line, and one more.
    """
    charged = {tax["code"]: Decimal(0) for tax in taxes}
    for tax in taxes:
        charged[tax["code"]] += Decimal(tax["amount"])
    for code in {code for line in lines for code in line.taxes} | charged.keys():
        paid = [line.taxes[code] for line in lines if code in line.taxes]
        slack = minor_unit(currency) * (Decimal(len(paid)) / 2 + 1)
        gap = abs(sum(paid, Decimal(0)) - charged.get(code, Decimal(0)))
        if paid and gap > slack:
            message = f"the lines pay {sum(paid)} under {code!r}, the order {charged.get(code, 0)}"
            raise fields.refusal("taxes", "taxes_differ", message)


def _check_total(
    fields: Fields, currency: str, total: Decimal, lines: list[Line], taxes: list[dict[str, str]]
) -> None:
    parts = [line.net for line in lines] + [Decimal(tax["amount"]) for tax in taxes]
    computed = to_minor(sum(parts, Decimal(0)), currency)
    if computed != total:
        message = f"the lines and taxes come to {computed} {currency}, not {total} {currency}"
        raise fields.refusal("total", "total_differs", message)
