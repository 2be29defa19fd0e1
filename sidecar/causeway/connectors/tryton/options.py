"""What a person sets for a Tryton connection: names as they read them in Tryton."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

ROLES = ("erp",)
GuestPolicy = Literal["per_email", "per_order"]

_NAMED = validate.Length(min=1, error="must not be empty; write the name as Tryton shows it")
_DATABASE = validate.Regexp(
    r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z", error="must be the database's name, without slashes"
)


def _name(remedy: str, **kwargs: Any) -> fields.String:
    return fields.String(validate=_NAMED, error_messages={"required": remedy}, **kwargs)


class ProductsSchema(Schema):
    """Codes of the service products that carry what is no product in the shop."""

    shipping = _name("is missing; write the code of a service product", required=True)
    fee = _name("is missing; write the code of a service product", required=True)
    rounding = _name("is missing; write the code of a service product", required=True)
    refund = _name("", load_default="")


class Options(Schema):
    """`[connections.NAME.options]` of a connection of kind `tryton`."""

    database = fields.String(
        required=True,
        validate=_DATABASE,
        error_messages={"required": "is missing; write the name of Tryton's database"},
    )
    api = fields.String(
        validate=validate.OneOf(("rest", "jsonrpc"), error="must be rest or jsonrpc"),
        load_default="rest",
    )
    login = fields.String(load_default="")
    company = _name("", load_default="")
    web_shop = _name("is missing; write the name of Tryton's web shop", required=True)
    warehouse = _name("is missing; write the warehouse's code or name", required=True)
    stock_warehouses = fields.List(fields.String(validate=_NAMED), load_default=list)
    payment_term = _name("", load_default="")
    taxes = fields.Dict(
        keys=fields.String(validate=_NAMED), values=fields.String(validate=_NAMED),
        load_default=dict,
    )  # fmt: skip
    products = fields.Nested(
        ProductsSchema,
        required=True,
        error_messages={"required": "is missing; name the shipping, fee and rounding products"},
    )
    guests = fields.String(
        validate=validate.OneOf(("per_email", "per_order"), error="must be per_email or per_order"),
        load_default="per_email",
    )
    price_digits = fields.Integer(
        validate=validate.Range(0, 10, error="must be between 0 and 10"), load_default=4
    )
    refunds_return_goods = fields.Boolean(load_default=False)
    tracking = fields.Boolean(load_default=True)
    price_list = _name("", load_default="")
    payment_methods = fields.Dict(
        keys=fields.String(validate=_NAMED), values=fields.String(validate=_NAMED),
        load_default=dict,
    )  # fmt: skip
    invoice_on_payment = fields.Boolean(load_default=False)
    skip_warnings = fields.List(fields.String(validate=_NAMED), load_default=list)

    @validates_schema
    def _fits_the_api(self, values: Mapping[str, Any], **_: Any) -> None:
        if values.get("api") == "jsonrpc" and not values.get("login"):
            raise ValidationError("is missing; JSON-RPC needs the user's login", "login")
        if values.get("api") != "jsonrpc" and values.get("skip_warnings"):
            raise ValidationError(
                'needs api = "jsonrpc": over REST Tryton does not say what it warns of',
                "skip_warnings",
            )


@dataclass(frozen=True, slots=True)
class TrytonOptions:
    """The options, loaded. Empty `company` means the only one, empty `payment_term` none."""

    database: str
    web_shop: str
    warehouse: str
    shipping_product: str
    fee_product: str
    rounding_product: str
    refund_product: str
    api: Literal["rest", "jsonrpc"] = "rest"
    """REST from Tryton 8 on; JSON-RPC, with `login` and the password as token, in all."""
    login: str = ""
    company: str = ""
    payment_term: str = ""
    taxes: Mapping[str, str] = field(default_factory=dict)
    """From the shop's rate code (`DE-VAT-1`) or percent (`19`) to the name of Tryton's tax."""
    stock_warehouses: tuple[str, ...] = ()
    guests: GuestPolicy = "per_email"
    price_digits: int = 4
    """Decimals Tryton keeps of a unit price (`[product] price_decimal` over there)."""
    refunds_return_goods: bool = False
    """Whether a refund also expects the goods back (a return shipment) or is money alone."""
    tracking: bool = True
    """Off where Tryton has no stock_package_shipping: shipments then come without tracking."""
    price_list: str = ""
    """Whose prices are read (needs sale_price_list); empty for products' list prices."""
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    """From the shop's payment method, or `*`, to the name of Tryton's; empty: none are booked."""
    invoice_on_payment: bool = False
    """Whether a payment posts the sale's draft invoices first."""
    skip_warnings: frozenset[str] = frozenset()
    """Warnings answered with yes, by the names Tryton's code gives them."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> TrytonOptions:
        """From what `Options` has loaded."""
        plain = {key: value for key, value in values.items() if key != "products"}
        products = values["products"]
        return cls(
            **{
                **plain,
                "stock_warehouses": tuple(values["stock_warehouses"] or [values["warehouse"]]),
                "skip_warnings": frozenset(values["skip_warnings"]),
            },
            shipping_product=products["shipping"],
            fee_product=products["fee"],
            rounding_product=products["rounding"],
            refund_product=products["refund"] or products["fee"],
        )
