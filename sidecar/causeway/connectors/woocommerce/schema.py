"""The parts of WooCommerce's REST v3 order that Causeway reads, as marshmallow schemas.

Source: `includes/rest-api/Controllers/Version3/class-wc-rest-orders-controller.php` and the
refunds controller beside it. Unknown members are left alone: plugins add their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

MAX_LINES = 5000


class DecimalText(fields.Field[Decimal]):
    """A decimal written as text, as WooCommerce writes money; whole numbers pass too."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValidationError("is not a decimal number written as text")
        try:
            number = Decimal(value or "0")
        except InvalidOperation as error:
            raise ValidationError("is not a decimal number") from error
        if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
            raise ValidationError("is not a number of this world")
        return number


class Text(fields.Field[str]):
    """Text without control characters except line breaks and tabs; numbers are read as text."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValidationError("is not text")
        text = str(value)
        return text if text.isprintable() else "".join(c for c in text if c >= " " or c in "\n\t")


def _id() -> Text:
    """An id of the shop's, short enough to be part of a key."""
    return Text(required=True, validate=validate.Length(1, 64, error="is no id (1 to 64 letters)"))


class Part(Schema):
    class Meta:
        unknown = EXCLUDE


class MetaSchema(Part):
    key = fields.String(load_default="")
    value = fields.Raw(load_default=None, allow_none=True)


class LineTaxSchema(Part):
    id = _id()
    total = DecimalText(load_default=Decimal(0), allow_none=True)


class LineSchema(Part):
    id = _id()
    total = DecimalText(required=True)
    total_tax = DecimalText(load_default=Decimal(0))
    taxes = fields.List(fields.Nested(LineTaxSchema), load_default=list)
    meta_data = fields.List(fields.Nested(MetaSchema), load_default=list)


class ProductLineSchema(LineSchema):
    # Not WooCommerce's own: the plugin adds both (`src/Payload/Goods.php`).
    weight = DecimalText(load_default=Decimal(0), allow_none=True)
    needs_shipping = fields.Boolean(load_default=None, allow_none=True)
    name = Text(required=True)
    product_id = Text(load_default="0")
    variation_id = Text(load_default="0")
    quantity = DecimalText(required=True)
    subtotal = DecimalText(required=True)
    sku = Text(load_default="", allow_none=True)


class ShippingLineSchema(LineSchema):
    method_id = Text(load_default="", allow_none=True)
    method_title = Text(load_default="")


class FeeLineSchema(LineSchema):
    name = Text(load_default="", allow_none=True)


class TaxLineSchema(Part):
    rate_id = _id()
    rate_code = Text(load_default="")
    label = Text(load_default="")
    compound = fields.Boolean(load_default=False)
    tax_total = DecimalText(required=True)
    shipping_tax_total = DecimalText(load_default=Decimal(0))
    rate_percent = DecimalText(load_default=Decimal(0), allow_none=True)


class AddressSchema(Part):
    first_name = Text(load_default="")
    last_name = Text(load_default="")
    company = Text(load_default="", allow_none=True)
    address_1 = Text(load_default="")
    address_2 = Text(load_default="", allow_none=True)
    city = Text(load_default="")
    state = Text(load_default="", allow_none=True)
    postcode = Text(load_default="")
    country = Text(load_default="")
    phone = Text(load_default="", allow_none=True)
    email = Text(load_default="", allow_none=True)


class RefundSchema(Part):
    id = _id()
    amount = DecimalText(required=True)
    reason = Text(load_default="", allow_none=True)
    date_created_gmt = fields.NaiveDateTime(required=True, format="iso")
    meta_data = fields.List(fields.Nested(MetaSchema), load_default=list)
    line_items = fields.List(fields.Nested(ProductLineSchema), load_default=list)
    shipping_lines = fields.List(fields.Nested(ShippingLineSchema), load_default=list)
    fee_lines = fields.List(fields.Nested(FeeLineSchema), load_default=list)


def _lines(schema: type[Schema]) -> fields.List[Any]:
    size = validate.Length(max=MAX_LINES, error=f"has more than {MAX_LINES} lines")
    return fields.List(fields.Nested(schema), required=True, validate=size)


class OrderSchema(Part):
    id = _id()
    number = Text(required=True)
    status = Text(required=True)
    currency = fields.String(
        required=True, validate=validate.Regexp(r"[A-Z]{3}\Z", error="is not a currency code")
    )
    prices_include_tax = fields.Boolean(load_default=False)
    date_created_gmt = fields.NaiveDateTime(required=True, format="iso")
    date_paid_gmt = fields.NaiveDateTime(load_default=None, allow_none=True, format="iso")
    discount_total = DecimalText(load_default=Decimal(0))
    total = DecimalText(required=True)
    customer_id = Text(load_default="0")
    customer_note = Text(load_default="", allow_none=True)
    transaction_id = Text(load_default="", allow_none=True)
    billing = fields.Nested(AddressSchema, required=True)
    shipping = fields.Nested(AddressSchema, required=True)
    payment_method = Text(load_default="", allow_none=True)
    payment_method_title = Text(load_default="", allow_none=True)
    needs_processing = fields.Boolean(load_default=True, allow_none=True)
    meta_data = fields.List(fields.Nested(MetaSchema), load_default=list)
    line_items = _lines(ProductLineSchema)
    shipping_lines = _lines(ShippingLineSchema)
    fee_lines = _lines(FeeLineSchema)
    tax_lines = fields.List(fields.Nested(TaxLineSchema), required=True)


class OrderDataSchema(Part):
    """`data` of an event of schema `woocommerce.order/3`: the order and its refunds, expanded."""

    order = fields.Nested(OrderSchema, required=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)
