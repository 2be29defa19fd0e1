"""The canonical order as the world outside sees it: marshmallow schemas, also for OpenAPI.

Amounts are decimal text in the currency's own number of decimals; times carry their zone.
"""

from __future__ import annotations

from marshmallow import Schema, fields

from causeway.canonical.money import Money


def _text(money: Money) -> str:
    return f"{money.rounded().amount:f}"


class MoneySchema(Schema):
    """An amount and its currency (ISO 4217)."""

    amount = fields.Function(_text, metadata={"type": "string", "example": "35.58"})
    currency = fields.String(metadata={"example": "EUR"})


class TaxAmountSchema(Schema):
    rate_id = fields.String()
    amount = fields.Nested(MoneySchema)


class LineSchema(Schema):
    id = fields.String()
    kind = fields.String(metadata={"enum": ["product", "shipping", "fee"]})
    name = fields.String()
    sku = fields.String()
    quantity = fields.Decimal(as_string=True, metadata={"type": "string"})
    total = fields.Nested(MoneySchema)
    tax = fields.Nested(MoneySchema)
    taxes = fields.List(fields.Nested(TaxAmountSchema))


class TaxRateSchema(Schema):
    id = fields.String()
    code = fields.String()
    label = fields.String()
    percent = fields.Decimal(as_string=True, metadata={"type": "string"})
    compound = fields.Boolean()
    total = fields.Nested(MoneySchema)


class RefundSchema(Schema):
    id = fields.String()
    total = fields.Nested(MoneySchema)
    reason = fields.String()
    created_at = fields.DateTime(format="iso")


class OrderSchema(Schema):
    """A canonical order without what only its warehouse and its bookkeeper need: no addresses."""

    store = fields.String()
    id = fields.String()
    number = fields.String()
    status = fields.String()
    currency = fields.String()
    created_at = fields.DateTime(format="iso")
    paid_at = fields.DateTime(format="iso", allow_none=True)
    payment_method = fields.String()
    lines = fields.List(fields.Nested(LineSchema))
    tax_rates = fields.List(fields.Nested(TaxRateSchema))
    discount_total = fields.Nested(MoneySchema)
    total = fields.Nested(MoneySchema)
    rounding = fields.Nested(MoneySchema, allow_none=True)
    refunds = fields.List(fields.Nested(RefundSchema))
