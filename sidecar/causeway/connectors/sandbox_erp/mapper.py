"""Between the canonical language and the sandbox ERP's. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from causeway.canonical import (
    Address,
    JournalEntry,
    Money,
    Order,
    OrderLine,
    Price,
    Refund,
    RefundLine,
    RemoteRefund,
    RequestAnswer,
    StockLevel,
    TaxAmount,
)
from causeway.connectors.base import BookedLine, BookedOrder, LineQuantity, Page, RemoteDocument
from causeway.errors import MappingError

Json = dict[str, Any]
T = TypeVar("T")
# Causeway's kinds of line → the ERP's.
KINDS = {"product": "item", "shipping": "shipping", "fee": "fee"}
_REMEDY = "The sandbox answers otherwise than its description says"


def origin(order: Order) -> str:
    """What the ERP and the warehouse know the shop's order by, whatever is done about it."""
    return f"{order.store}:{order.id}"


def order_to_json(order: Order, key: str, warehouse: str) -> Json:
    """The body of `POST /erp/orders`. Amounts go as exact text, the total in minor units."""
    codes = {rate.id: rate.code or rate.id for rate in order.tax_rates}
    lines = [_line(line, codes) for line in order.lines]
    if order.rounding:
        lines.append({"kind": "rounding", "name": "Rounding", "net": text(order.rounding)})
    return {
        "external_ref": key,
        "origin": origin(order),
        "order_reference": order.number,
        "purchase_order": order.purchase_order,
        "currency": order.currency,
        "warehouse": warehouse,
        "customer": {
            "ref": f"{order.store}:{order.customer.id}" if order.customer.id else "",
            "name": order.billing.name or order.shipping.name,
            "email": order.customer.email,
            "vat_id": order.customer.vat_id,
        },
        "billing": address_to_json(order.billing),
        "shipping": address_to_json(order.shipping),
        "payment": order.payment_title or order.payment_method,
        "note": order.customer_note,
        "lines": lines,
        "taxes": [
            {"code": codes[rate.id], "percent": _plain(rate.percent), "amount": text(rate.total)}
            for rate in order.tax_rates
        ],
        "total": text(order.total.rounded()),
    }


def refund_to_json(order: Order, refund: Refund, key: str, order_ref: str) -> Json:
    """The body of `POST /erp/credits`; `order_ref` is the ERP's reference of the order."""
    codes = {rate.id: rate.code or rate.id for rate in order.tax_rates}
    return {
        "external_ref": key,
        "order_external_ref": order_ref,
        "currency": refund.total.currency,
        "total": text(refund.total.rounded()),
        "reason": refund.reason[:2000],
        "lines": [_refund_line(line, codes) for line in refund.lines],
    }


def cancellation_to_json(lines: tuple[LineQuantity, ...], key: str) -> Json:
    """The body of `POST /erp/orders/<number>/cancel` for a part of the order."""
    return {
        "external_ref": key,
        "lines": [{"sku": line.sku, "quantity": _plain(line.quantity)} for line in lines],
    }


def journal_to_json(entry: JournalEntry, key: str) -> Json:
    """The body of `POST /erp/journals`."""
    return {
        "external_ref": key,
        "date": entry.date.isoformat(),
        "currency": entry.lines[0].debit.currency,
        "text": entry.text,
        "lines": [
            {"account": line.account, "debit": text(line.debit), "credit": text(line.credit)}
            for line in entry.lines
        ],
    }


def remote_refund(row: Json) -> RemoteRefund:
    """One row of `GET /erp/refunds`: an amount without lines."""
    return RemoteRefund(
        id=str(row["id"]),
        order_key=row["order_external_ref"],
        amount=Money.of(row["amount"], row["currency"]),
        reason=row["reason"],
        created_at=utc(row["created_at"]),
    )


def decision(row: Json) -> RequestAnswer:
    """One row of `GET /erp/decisions`."""
    return RequestAnswer(
        id=f"credit-{row['id']}",
        request_key=row["order_external_ref"],
        answer=row["answer"],
        reason=row["reason"],
        at=utc(row["at"]),
    )


def booked_order(data: Json) -> BookedOrder:
    """An order as `GET /erp/orders/<number>` answers it, whoever made it."""
    try:
        return BookedOrder(
            id=str(data["id"]),
            number=data["number"],
            total=Money.of(data["total"], data["currency"]),
            lines=tuple(
                BookedLine(
                    x["sku"] or "", Decimal(x["quantity"]), Money.of(x["net"], data["currency"])
                )
                for x in data["lines"]
                if x["sku"]
            ),
            shipping=_address_of(data["shipping"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise MappingError("order", f"cannot be read ({error!r})", _REMEDY) from error


def _address_of(data: Json) -> Address:
    names = ("company", "address_1", "address_2", "city", "state", "postcode", "country", "phone")
    first, _, last = str(data["name"]).rpartition(" ")
    return Address(first_name=first, last_name=last, **{name: data[name] for name in names})


def address_to_json(address: Address) -> Json:
    return {
        "name": address.name,
        "company": address.company,
        "address_1": address.address_1,
        "address_2": address.address_2,
        "city": address.city,
        "state": address.state,
        "postcode": address.postcode,
        "country": address.country,
        "phone": address.phone,
    }


def document(data: Json) -> RemoteDocument:
    """An order, a credit or a request as they answer it. Raises MappingError."""
    with_id = data.get("id")
    number = data.get("number")
    if not isinstance(with_id, int) or not isinstance(number, str) or not number:
        raise MappingError("id", "a document needs an id and a number", _REMEDY)
    return RemoteDocument(str(with_id), number)


def found(data: Json, name: str, key: str) -> RemoteDocument | None:
    """The one document under `key` in an answer to a search. Raises MappingError."""
    rows = _rows(data, name)
    if not rows:
        return None
    if len(rows) > 1 or rows[0].get("external_ref") != key:
        raise MappingError(name, "is not the one document asked for", _REMEDY)
    return document(rows[0])


def order_reference(data: Json) -> str | None:
    """The reference of the order that counts among those of one origin: the newest in force."""
    rows = _rows(data, "orders")
    standing = [row for row in rows if row.get("status") != "cancelled"] or rows
    return str(standing[-1]["external_ref"]) if standing else None


def page(data: Json, name: str, read: Callable[[Json], T]) -> Page[T]:
    """A page of a feed whose rows stand under `name`. Raises MappingError."""
    cursor, more = data.get("cursor"), data.get("more")
    if not isinstance(cursor, str) or not isinstance(more, bool):
        raise MappingError("cursor", "a page needs a cursor and more", _REMEDY)
    items = tuple(_read(row, read, name) for row in _rows(data, name))
    as_of = data.get("as_of")
    return Page(items, cursor, more, utc(as_of) if isinstance(as_of, str) else None)


def stock_level(row: Json) -> StockLevel:
    return StockLevel(
        sku=row["sku"],
        warehouse=row["warehouse"],
        on_hand=Decimal(row["on_hand"]),
        reserved=Decimal(row["reserved"]),
        as_of=utc(row["as_of"]),
    )


def price(row: Json) -> Price:
    sale = row["sale"]
    return Price(
        sku=row["sku"],
        regular=Money.of(row["regular"], row["currency"]),
        sale=None if sale is None else Money.of(sale, row["currency"]),
        includes_tax=row["includes_tax"],
        as_of=utc(row["as_of"]),
    )


def utc(value: str) -> datetime:
    """An ISO time. Raises ValueError for one that does not say its zone."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment


def text(money: Money) -> str:
    return _plain(money.amount)


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _line(line: OrderLine, codes: dict[str, str]) -> Json:
    return {
        "kind": KINDS[line.kind],
        "sku": line.sku,
        "name": line.name,
        "quantity": _plain(line.quantity),
        "unit_price": text(line.unit_price),
        "net": text(line.total),
        "taxes": _taxes(line.taxes, codes),
    }


def _refund_line(line: RefundLine, codes: dict[str, str]) -> Json:
    return {
        "kind": KINDS[line.kind],
        "sku": line.sku,
        "name": line.name,
        "quantity": _plain(line.quantity),
        "net": text(line.total),
        "taxes": _taxes(line.taxes, codes),
    }


def _taxes(taxes: tuple[TaxAmount, ...], codes: dict[str, str]) -> list[Json]:
    return [
        {"code": codes.get(tax.rate_id, tax.rate_id), "amount": text(tax.amount)} for tax in taxes
    ]


def _rows(data: Json, name: str) -> list[Json]:
    rows = data.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MappingError(name, "is not a list of objects", _REMEDY)
    return rows


def _read(row: Json, read: Callable[[Json], T], name: str) -> T:
    try:
        return read(row)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise MappingError(name, f"a row cannot be read ({error!r})", _REMEDY) from error
