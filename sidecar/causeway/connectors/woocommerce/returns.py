"""A return as a shop, a till or another program announces it: `causeway.return/1`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from causeway.canonical import Money, Order, Return, ReturnLine
from causeway.connectors.woocommerce.schema import DecimalText, Text
from causeway.errors import MappingError

SCHEMA = "causeway.return/1"
_REMEDY = f"It must be as {SCHEMA} says"


@dataclass(frozen=True, slots=True)
class AskedReturn:
    """The return and, for an exchange, the order of the new goods and what it comes to."""

    back: Return
    exchange_order: str = ""
    exchange_total: Money | None = None


class _LineSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    order_line_id = Text(required=True, validate=validate.Length(1, 64))
    quantity = DecimalText(required=True)
    reason = Text(load_default="")


class ReturnSchema(Schema):
    """`return_id` is the sender's own: the same again is the same return."""

    class Meta:
        unknown = EXCLUDE

    return_id = Text(
        required=True,
        validate=validate.Regexp(
            r"[A-Za-z0-9_-]{1,40}\Z", error="is no id (1 to 40 letters, digits, _ and -)"
        ),
    )
    order_id = Text(required=True)
    reason = Text(load_default="")
    lines = fields.List(
        fields.Nested(_LineSchema),
        required=True,
        validate=validate.Length(1, 500, error="must have 1 to 500 lines"),
    )
    exchange_order = Text(load_default="")
    exchange_total = DecimalText(load_default=None, allow_none=True)


_SCHEMA = ReturnSchema()


def to_return(order: Order, data: Mapping[str, Any], at: datetime) -> AskedReturn:
    """The canonical return of goods of `order`. Raises MappingError naming the field."""
    try:
        loaded = _SCHEMA.load(dict(data))
    except ValidationError as error:
        name = next(iter(error.messages)) if isinstance(error.messages, dict) else "data"
        raise MappingError(str(name), "does not make sense", _REMEDY) from error
    known = {line.id: line for line in order.product_lines}
    lines = []
    for place, line in enumerate(loaded["lines"]):
        if line["quantity"] <= 0:
            raise MappingError(f"lines.{place}.quantity", "is not more than zero", _REMEDY)
        ordered = known.get(line["order_line_id"])
        name, sku = (ordered.name, ordered.sku) if ordered else ("", "")
        lines.append(
            ReturnLine(line["order_line_id"], sku, name, line["quantity"], line["reason"][:255])
        )
    back = Return(
        order.store,
        order.id,
        order.number,
        loaded["return_id"],
        tuple(lines),
        at,
        loaded["reason"][:500],
    )
    total: Decimal | None = loaded["exchange_total"]
    return AskedReturn(
        back, loaded["exchange_order"][:64], None if total is None else Money(total, order.currency)
    )
