"""Their records as our canonical ones: which fields each kind has, and how one is read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from causeway.canonical import (
    Invoice,
    Money,
    Price,
    Product,
    RefundLine,
    RemoteRefund,
    RequestAnswer,
    ReturnReceipt,
    Shipment,
    ShipmentLine,
    StockLevel,
    StockMovement,
)
from causeway.canonical.returns import ReturnLine
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.described.formats import Formats
from causeway.errors import MappingError, RejectedError

Feed = Literal[
    "stock", "prices", "shipments", "movements", "answers", "receipts", "invoices", "refunds",
    "products",
]  # fmt: skip
Kind = Literal["text", "number", "quantity", "money", "time", "day", "flag", "texts"]
Values = dict[str, Any]
_TRUE = ("true", "1", "yes", "y", "x", "ja", "j")
_FALSE = ("false", "0", "no", "n", "", "nein")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record is made of: its fields, which of them it must have, and `build`.

    `lines` is the shape of its lines, for those that have some. A quantity and an amount are read
    with the `unit` and `currency` beside them.
    """

    fields: Mapping[str, Kind]
    needs: tuple[str, ...]
    build: Callable[[Values], Any]
    lines: Shape | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of record is found in theirs: an expression for each field of it.

    `list` finds its lines, each of which is read by `line`.
    """

    fields: Mapping[str, str]
    list: str = ""
    line: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the records of one feed."""

    shape: Shape
    wording: Wording
    expressions: Expressions

    def read(self, row: Any, at: datetime) -> Any:
        """The canonical record; `at` is when it was told, for what says no time itself.

        Raises MappingError, naming the field, and MappingMissing.
        """
        values = self._values(self.shape, self.wording.fields, row)
        if self.shape.lines is not None:
            found = self._found("lines", self.wording.list, row)
            rows = found if isinstance(found, list) else [] if found is None else [found]
            line = self.shape.lines
            values["lines"] = tuple(
                self._build(line, self._values(line, self.wording.line, item)) for item in rows
            )
        values["told_at"] = at
        return self._build(self.shape, values)

    def _values(self, shape: Shape, wording: Mapping[str, str], row: Any) -> Values:
        found = {name: self._found(name, wording.get(name, ""), row) for name in shape.fields}
        for name in shape.needs:
            if found[name] in (None, ""):
                raise MappingError(name, "is not there", "Check the expression in the settings")
        values: Values = {}
        for name, kind in shape.fields.items():
            if found[name] is not None and (found[name] != "" or kind == "text"):
                values[name] = self._value(name, kind, found)
        if "unit" in values and self.expressions.formats.units:
            values["unit"] = ""
        return values

    def _found(self, name: str, expression: str, row: Any) -> Any:
        try:
            return self.expressions.find(expression, row)
        except RejectedError as error:
            if error.code == "mapping_missing":
                raise
            raise MappingError(name, "cannot be worked out", "Check its expression") from error

    def _value(self, name: str, kind: Kind, found: Values) -> Any:
        try:
            return _read(kind, found[name], found, self.expressions.formats)
        except (ValueError, TypeError, OverflowError, ArithmeticError) as error:
            raise MappingError(
                name, f"cannot be read as {_WORDS[kind]}", "Check formats and expression"
            ) from error

    @staticmethod
    def _build(shape: Shape, values: Values) -> Any:
        try:
            return shape.build(values)
        except (ValueError, TypeError, KeyError) as error:
            raise MappingError("record", f"makes no sense ({error})", "Check it there") from error


_WORDS: Mapping[Kind, str] = {
    "text": "text", "number": "a number", "quantity": "a quantity", "money": "an amount",
    "time": "a time", "day": "a date", "flag": "true or false", "texts": "a list of texts",
}  # fmt: skip


def _read(kind: Kind, value: Any, around: Values, formats: Formats) -> Any:  # noqa: PLR0911
    if kind == "number":
        return formats.read_number(value)
    if kind == "quantity":
        return formats.read_quantity(value, str(around.get("unit") or ""))[0]
    if kind == "money":
        return formats.read_money(value, str(around.get("currency") or ""))
    if kind == "time":
        return formats.read_time(value)
    if kind == "day":
        return formats.read_date(value)
    if kind == "flag":
        return _flag(value)
    if kind == "texts":
        return tuple(_text(item) for item in (value if isinstance(value, list) else [value]))
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("is no text")  # noqa: TRY004
    return format(value, "f") if isinstance(value, Decimal) else str(value).strip()


def _flag(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueError("is neither true nor false")
    return text in _TRUE


def _of(values: Values, *names: str) -> Values:
    return {name: values[name] for name in names if name in values}


def _or(values: Values, name: str, other: str) -> Any:
    """The value of one name, or where it is not there that of another."""
    return values[name] if name in values else values[other]


def _stock(v: Values) -> StockLevel:
    more = _of(v, "incoming", "incoming_at", "unit")
    return StockLevel(
        sku=v["sku"], warehouse=v["warehouse"], on_hand=v["on_hand"],
        reserved=v.get("reserved", Decimal(0)), as_of=_or(v, "as_of", "told_at"), **more,
    )  # fmt: skip


def _movement(v: Values) -> StockMovement:
    kind = v.get("kind", "adjustment")
    if kind not in ("sale", "return", "receipt", "adjustment", "transfer", "count"):
        raise ValueError("the kind of a movement is none of ours; map it")
    return StockMovement(v["id"], v["sku"], v["warehouse"], v["quantity"], v["at"], kind)


def _price(v: Values) -> Price:
    more = _of(
        v, "price_list", "group", "min_quantity", "valid_from", "valid_until", "sale_from",
        "sale_until", "withdrawn",
    )  # fmt: skip
    return Price(
        sku=v["sku"], regular=v["regular"], sale=v.get("sale"),
        includes_tax=v.get("includes_tax", False), as_of=_or(v, "as_of", "told_at"), **more,
    )  # fmt: skip


def _shipment(v: Values) -> Shipment:
    return Shipment(
        id=v["id"], request_key=v["request_key"], carrier=v.get("carrier", ""),
        tracking_number=v.get("tracking_number", ""), tracking_url=_link(v.get("tracking_url", "")),
        shipped_at=_or(v, "shipped_at", "told_at"), lines=v["lines"],
        warehouse=v.get("warehouse", ""),
    )  # fmt: skip


def _link(text: str) -> str:
    """What customers are given to click on, or nothing."""
    return text if text.startswith(("https://", "http://")) else ""


def _shipment_line(v: Values) -> ShipmentLine:
    lots = v.get("lots", ())
    return ShipmentLine(v["sku"], v["quantity"], v.get("order_line_id", ""), lots)


def _answer(v: Values) -> RequestAnswer:
    words = ("accepted", "rejected", "on_hold", "released", "incomplete", "cancelled")
    if v["answer"] not in words:
        raise ValueError("the answer is none of ours; map it")
    return RequestAnswer(
        v["id"], v["request_key"], v["answer"], v.get("reason", ""), _or(v, "at", "told_at"),
        v["lines"],
    )  # fmt: skip


def _receipt(v: Values) -> ReturnReceipt:
    return ReturnReceipt(
        v["id"], v["request_key"], _or(v, "received_at", "told_at"), v["lines"],
        v.get("warehouse", ""),
    )  # fmt: skip


def _receipt_line(v: Values) -> ReturnLine:
    disposition = v.get("disposition", "undecided")
    if disposition not in ("undecided", "restock", "write_off"):
        raise ValueError("the disposition is none of ours; map it")
    return ReturnLine(
        v.get("order_line_id", ""), v["sku"], v.get("name", ""), v["quantity"],
        v.get("reason", ""), disposition,
    )  # fmt: skip


def _invoice(v: Values) -> Invoice:
    kind = v.get("kind", "invoice")
    if kind not in ("invoice", "credit_note"):
        raise ValueError("the kind is neither invoice nor credit_note; map it")
    return Invoice(
        v["id"], _or(v, "number", "id"), v["order_key"], kind, v["total"],
        v.get("open_amount", Money.zero(v["total"].currency)), _or(v, "issued_at", "told_at"),
    )  # fmt: skip


def _refund(v: Values) -> RemoteRefund:
    return RemoteRefund(
        v["id"], v["order_key"], v["amount"], v.get("reason", ""),
        _or(v, "created_at", "told_at"), v["lines"], **_of(v, "restock", "pay_back"),
    )  # fmt: skip


def _refund_line(v: Values) -> RefundLine:
    zero = Money.zero(v["total"].currency)
    return RefundLine(
        v["order_line_id"], "product", v.get("name", ""), v.get("sku", ""), v["quantity"],
        v["total"], v.get("tax", zero),
    )  # fmt: skip


def _product(v: Values) -> Product:
    more = _of(
        v, "gtin", "parent_sku", "name", "description", "short_description", "images",
        "categories", "weight_kg", "tax_class", "active",
    )  # fmt: skip
    return Product(_or(v, "id", "sku"), v["sku"], _or(v, "changed_at", "told_at"), **more)


SHAPES: Mapping[Feed, Shape] = {
    "stock": Shape(
        {"sku": "text", "warehouse": "text", "on_hand": "quantity", "reserved": "quantity",
         "as_of": "time", "incoming": "quantity", "incoming_at": "day", "unit": "text"},
        ("sku", "warehouse", "on_hand"), _stock,
    ),
    "movements": Shape(
        {"id": "text", "sku": "text", "warehouse": "text", "quantity": "quantity", "at": "time",
         "kind": "text", "unit": "text"},
        ("id", "sku", "warehouse", "quantity", "at"), _movement,
    ),
    "prices": Shape(
        {"sku": "text", "currency": "text", "regular": "money", "sale": "money",
         "includes_tax": "flag", "as_of": "time", "price_list": "text", "group": "text",
         "min_quantity": "number", "valid_from": "day", "valid_until": "day", "sale_from": "day",
         "sale_until": "day", "withdrawn": "flag"},
        ("sku", "currency", "regular"), _price,
    ),
    "shipments": Shape(
        {"id": "text", "request_key": "text", "carrier": "text", "tracking_number": "text",
         "tracking_url": "text", "shipped_at": "time", "warehouse": "text"},
        ("id", "request_key"), _shipment,
        Shape({"sku": "text", "quantity": "quantity", "order_line_id": "text", "lots": "texts",
               "unit": "text"}, ("sku", "quantity"), _shipment_line),
    ),
    "answers": Shape(
        {"id": "text", "request_key": "text", "answer": "text", "reason": "text", "at": "time"},
        ("id", "request_key", "answer"), _answer,
        Shape({"sku": "text", "quantity": "quantity", "order_line_id": "text", "unit": "text"},
              ("sku", "quantity"), _shipment_line),
    ),
    "receipts": Shape(
        {"id": "text", "request_key": "text", "received_at": "time", "warehouse": "text"},
        ("id", "request_key"), _receipt,
        Shape({"sku": "text", "quantity": "quantity", "order_line_id": "text", "name": "text",
               "reason": "text", "disposition": "text", "unit": "text"},
              ("sku", "quantity"), _receipt_line),
    ),
    "invoices": Shape(
        {"id": "text", "number": "text", "order_key": "text", "kind": "text", "currency": "text",
         "total": "money", "open_amount": "money", "issued_at": "time"},
        ("id", "order_key", "currency", "total"), _invoice,
    ),
    "refunds": Shape(
        {"id": "text", "order_key": "text", "currency": "text", "amount": "money",
         "reason": "text", "created_at": "time", "restock": "flag", "pay_back": "flag"},
        ("id", "order_key", "currency", "amount"), _refund,
        Shape({"order_line_id": "text", "sku": "text", "name": "text", "quantity": "number",
               "currency": "text", "total": "money", "tax": "money"},
              ("order_line_id", "quantity", "currency", "total"), _refund_line),
    ),
    "products": Shape(
        {"id": "text", "sku": "text", "changed_at": "time", "gtin": "text", "parent_sku": "text",
         "name": "text", "description": "text", "short_description": "text", "images": "texts",
         "categories": "texts", "weight_kg": "text", "tax_class": "text", "active": "flag"},
        ("sku",), _product,
    ),
}  # fmt: skip
