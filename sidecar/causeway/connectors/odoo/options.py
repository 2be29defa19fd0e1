"""What a person sets for an Odoo connection: names and codes as they read them in Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

ROLES = ("erp", "finance")

_NAMED = validate.Length(min=1, error="must not be empty; write the name as Odoo shows it")


def _name(remedy: str, **kwargs: Any) -> fields.String:
    return fields.String(validate=_NAMED, error_messages={"required": remedy}, **kwargs)


def _table() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=_NAMED), values=fields.String(validate=_NAMED),
        load_default=dict,
    )  # fmt: skip


class ProductsSchema(Schema):
    """Internal references of the service products that carry what is no product in the shop."""

    shipping = _name("is missing; write a service product's internal reference", required=True)
    fee = _name("is missing; write a service product's internal reference", required=True)
    rounding = _name("is missing; write a service product's internal reference", required=True)
    refund = fields.String(load_default="")


class Options(Schema):
    """`[connections.NAME.options]` of a connection of kind `odoo`."""

    database = _name("is missing; write the name of Odoo's database", required=True)
    api = fields.String(
        validate=validate.OneOf(("json2", "jsonrpc"), error="must be json2 or jsonrpc"),
        load_default="json2",
    )
    login = fields.String(load_default="")
    company = fields.String(load_default="")
    warehouse = _name("is missing; write the warehouse's short name", required=True)
    stock_warehouses = fields.List(fields.String(validate=_NAMED), load_default=list)
    pricelists = _table()
    price_list = fields.String(load_default="")
    prices_include_tax = fields.Boolean(load_default=False)
    taxes = _table()
    payment_journals = _table()
    accounts = _table()
    journal = fields.String(load_default="MISC")
    credit_journal = fields.String(load_default="")
    invoice_on_payment = fields.Boolean(load_default=False)
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
        validate=validate.Range(0, 10, error="must be between 0 and 10"), load_default=6
    )

    @validates_schema
    def _login_is_there(self, values: Mapping[str, Any], **_: Any) -> None:
        if values.get("api") == "jsonrpc" and not values.get("login"):
            raise ValidationError("is missing; JSON-RPC needs the user's login", "login")


@dataclass(frozen=True, slots=True)
class OdooOptions:
    """The options, loaded. Empty `company` means the only one."""

    database: str
    warehouse: str
    shipping_product: str
    fee_product: str
    rounding_product: str
    refund_product: str
    api: Literal["json2", "jsonrpc"] = "json2"
    login: str = ""
    company: str = ""
    stock_warehouses: tuple[str, ...] = ()
    pricelists: Mapping[str, str] = field(default_factory=dict)
    """Currency to the price list orders in it are booked with; Odoo takes the currency from it."""
    price_list: str = ""
    """Whose prices are read; empty for products' own sales prices."""
    prices_include_tax: bool = False
    taxes: Mapping[str, str] = field(default_factory=dict)
    """From the shop's rate code (`DE-VAT-1`) or percent (`19`) to the name of Odoo's tax."""
    payment_journals: Mapping[str, str] = field(default_factory=dict)
    """From the shop's payment method, or `*`, to the code of a bank or cash journal."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """From the words of journal entries (`sales`, `tax:19`, `payment:*`) to account codes."""
    journal: str = "MISC"
    credit_journal: str = ""
    """Code of the journal of credit notes; empty for Odoo's own choice."""
    invoice_on_payment: bool = False
    """Whether a payment makes and posts the order's invoice first."""
    guests: Literal["per_email", "per_order"] = "per_email"
    price_digits: int = 6
    """Decimals of a unit price: all of them from Odoo 19 on, before that those set for
    `Product Price` over there."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> OdooOptions:
        """From what `Options` has loaded."""
        plain = {key: value for key, value in values.items() if key != "products"}
        products = values["products"]
        plain["stock_warehouses"] = tuple(values["stock_warehouses"] or [values["warehouse"]])
        return cls(
            **plain,
            shipping_product=products["shipping"],
            fee_product=products["fee"],
            rounding_product=products["rounding"],
            refund_product=products["refund"] or products["fee"],
        )
