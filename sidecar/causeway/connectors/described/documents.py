"""Our documents as expressions see them: the fields of `causeway.canonical`, as plain data. Pure.

Amounts and quantities are decimals as text, times ISO 8601 in UTC. Added to the fields themselves:
lines have `number` (from 1), `gross`, `currency`, and the code, percent and label of their taxes;
an order has its sums, `origin`, `all_lines` (with what rounding adds as a line of kind `rounding`)
and `rounded_lines` (the same where every line and every tax is rounded to the minor unit).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from causeway.canonical import (
    Address,
    FulfilmentRequest,
    JournalEntry,
    Money,
    Order,
    Payment,
    Refund,
    Return,
)
from causeway.connectors.base import LineQuantity

Json = dict[str, Any]


def order_data(order: Order) -> Json:
    data: Json = plain(order)
    _name_taxes(order, data["lines"])
    rounding = order.rounding or Money.zero(order.currency)
    data |= {
        "origin": f"{order.store}:{order.id}",
        "total": plain(order.total.rounded()),
        "net": plain(order.net_total + rounding),
        "tax": plain(order.tax_total),
        "rounding": plain(rounding),
        "all_lines": [*data["lines"], *_rest(rounding, "rounding", len(order.lines))],
        "rounded_lines": [*_rounded(data["lines"]), *_rest(
            order.total - _sum(order.currency, [line.total for line in order.lines])
            - _sum(order.currency, [rate.total for rate in order.tax_rates]),
            "rounding", len(order.lines),
        )],
    }  # fmt: skip
    for rate in data["tax_rates"]:
        rate["code"] = rate["code"] or rate["id"]
        rate["currency"] = order.currency
    return data


def refund_data(order: Order, refund: Refund) -> Json:
    data: Json = plain(refund)
    _name_taxes(order, data["lines"])
    currency, count = order.currency, len(refund.lines)
    rest = refund.total - Money.total([x.total + x.tax for x in refund.lines], currency)
    rounded = _sum(currency, [x.total for x in refund.lines] + [x.tax for x in refund.lines])
    return data | {
        "total": plain(refund.total.rounded()),
        "currency": currency,
        "all_lines": [*data["lines"], *_rest(rest, "rest", count)],
        "rounded_lines": [*_rounded(data["lines"]), *_rest(refund.total - rounded, "rest", count)],
    }


def payment_data(payment: Payment) -> Json:
    data: Json = plain(payment)
    return data | {"currency": payment.amount.currency}


def request_data(request: FulfilmentRequest) -> Json:
    data: Json = plain(request)
    _number(data["lines"])
    return data | {"origin": f"{request.store}:{request.order_id}"}


def return_data(back: Return) -> Json:
    data: Json = plain(back)
    _number(data["lines"])
    return data | {"origin": f"{back.store}:{back.order_id}"}


def journal_data(entry: JournalEntry) -> Json:
    data: Json = plain(entry)
    _number(data["lines"])
    return data | {"currency": entry.lines[0].debit.currency if entry.lines else ""}


def lines_data(lines: Sequence[LineQuantity]) -> list[Json]:
    return [plain(line) for line in lines]


def personal(*documents: Any) -> tuple[str, ...]:
    """What in them tells who somebody is, the longest first: never to be repeated in words."""
    found: set[str] = set()
    for document in documents:
        if isinstance(document, Order):
            found |= {document.customer.email, document.customer.vat_id, document.customer_note}
            found |= _of(document.billing) | _of(document.shipping)
        if isinstance(document, FulfilmentRequest):
            found |= _of(document.recipient) | {document.note}
    return tuple(sorted((text for text in found if len(text) > 2), key=len, reverse=True))


def without(words: str, private: Sequence[str]) -> str:
    """The words with an ellipsis for each thing that tells who somebody is."""
    for text in private:
        words = re.sub(re.escape(text), "…", words, flags=re.IGNORECASE)
    return words


def plain(value: Any) -> Any:
    """Any of our records as dicts, lists and text."""
    if isinstance(value, Money | Decimal):
        return format(value.amount if isinstance(value, Money) else value, "f")
    if isinstance(value, date):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value):
        data = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return data | {"name": value.name} if isinstance(value, Address) else data
    return value


def _of(address: Address) -> set[str]:
    return {
        address.first_name, address.last_name, address.company, address.address_1,
        address.address_2, address.city, address.postcode, address.phone, address.name,
    }  # fmt: skip


def _number(lines: list[Json]) -> None:
    for number, line in enumerate(lines, 1):
        line["number"] = number


def _name_taxes(order: Order, lines: list[Json]) -> None:
    rates = {rate.id: rate for rate in order.tax_rates}
    _number(lines)
    for line in lines:
        line["currency"] = order.currency
        line["gross"] = format(Decimal(line["total"]) + Decimal(line["tax"]), "f")
        for tax in line["taxes"]:
            rate = rates.get(tax["rate_id"])
            tax["code"] = (rate.code if rate else "") or tax["rate_id"]
            tax["percent"] = format(rate.percent, "f") if rate else ""
            tax["label"] = rate.label if rate else ""


def _rounded(lines: list[Json]) -> list[Json]:
    """The lines with total and tax to the minor unit."""
    rounded = []
    for line in lines:
        total, tax = (
            Money.of(line[name], line["currency"]).rounded().amount for name in ("total", "tax")
        )
        parts = {"total": total, "tax": tax, "gross": total + tax}
        rounded.append({**line, **{name: format(part, "f") for name, part in parts.items()}})
    return rounded


def _sum(currency: str, parts: Sequence[Money]) -> Money:
    """Of the parts, each rounded to the minor unit."""
    return Money.total([part.rounded() for part in parts], currency)


def _rest(amount: Money, kind: str, before: int) -> list[Json]:
    """A line after all others that makes up for what they do not come to, if they do not."""
    if not amount:
        return []
    text = format(amount.amount, "f")
    return [{
        "id": "", "number": before + 1, "kind": kind, "name": kind.capitalize(), "sku": "",
        "order_line_id": "", "quantity": "1", "unit_price": text, "subtotal": text, "total": text,
        "tax": "0", "gross": text, "taxes": [], "code": "", "currency": amount.currency,
    }]  # fmt: skip
