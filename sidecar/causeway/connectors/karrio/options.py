"""What a person sets for a karrio connection: from where, in what, with whom parcels are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

ROLES = ("fulfilment",)

Choice = Literal["cheapest", "fastest"]
_TEXT = validate.Length(1, 100, error="must have 1 to 100 characters")
_COUNTRY = validate.Regexp(r"[A-Z]{2}\Z", error="must be a country's two letters, as DE")
_WEIGHT = validate.Range(
    min=Decimal(0), min_inclusive=False, max=Decimal(10_000), error="must be above 0"
)
_CHOICES = validate.OneOf(("cheapest", "fastest"), error="must be cheapest or fastest")


class SenderSchema(Schema):
    """The address of a warehouse, as it is printed on labels."""

    company = fields.String(validate=_TEXT, load_default="")
    name = fields.String(validate=_TEXT, load_default="")
    address_1 = fields.String(
        validate=_TEXT, required=True, error_messages={"required": "is missing; write the street"}
    )
    address_2 = fields.String(validate=_TEXT, load_default="")
    city = fields.String(
        validate=validate.Length(1, 50), required=True,
        error_messages={"required": "is missing; write the city"},
    )  # fmt: skip
    state = fields.String(validate=validate.Length(1, 50), load_default="")
    postcode = fields.String(validate=validate.Length(1, 20), load_default="")
    country = fields.String(
        validate=_COUNTRY, required=True,
        error_messages={"required": "is missing; write its two letters"},
    )  # fmt: skip
    phone = fields.String(validate=validate.Length(1, 50), load_default="")
    email = fields.Email(load_default="")

    @validates_schema
    def _somebody_sends(self, values: Mapping[str, Any], **_: Any) -> None:
        if not values.get("company") and not values.get("name"):
            raise ValidationError("is missing; carriers want a company or a name", "company")


class ParcelSchema(Schema):
    """What parcels are like where the shop does not say. Lengths in centimetres, all or none."""

    item_weight = fields.Decimal(validate=_WEIGHT, load_default=Decimal("0.5"))
    max_weight = fields.Decimal(validate=_WEIGHT, load_default=Decimal(20))
    length = fields.Decimal(validate=_WEIGHT)
    width = fields.Decimal(validate=_WEIGHT)
    height = fields.Decimal(validate=_WEIGHT)

    @validates_schema
    def _all_or_none(self, values: Mapping[str, Any], **_: Any) -> None:
        missing = [name for name in ("length", "width", "height") if name not in values]
        if 0 < len(missing) < 3:
            raise ValidationError("is missing; give all three lengths or none", missing[0])


class ServiceSchema(Schema):
    """A rule: which carrier and service for which orders. `shipping` may have `*`."""

    shipping = fields.String(validate=_TEXT, load_default="*")
    countries = fields.List(fields.String(validate=_COUNTRY), load_default=list)
    carrier = fields.String(validate=_TEXT, load_default="")
    service = fields.String(validate=_TEXT, load_default="")
    choose = fields.String(validate=_CHOICES, load_default="cheapest")


class Options(Schema):
    """`[connections.NAME.options]` of a connection of kind `karrio`."""

    source = fields.String(
        validate=validate.Regexp(
            r"[A-Za-z0-9_.-]{1,50}\Z", error="must be letters, digits, _ . - and 50 at most"
        ),
        load_default="causeway",
    )
    labels = fields.String(
        validate=validate.OneOf(("by_hand", "automatic"), error="must be by_hand or automatic"),
        load_default="by_hand",
    )
    label_type = fields.String(
        validate=validate.OneOf(("PDF", "ZPL"), error="must be PDF or ZPL"), load_default="PDF"
    )
    left = fields.String(
        validate=validate.OneOf(("label", "moving"), error="must be label or moving"),
        load_default="label",
    )
    warehouses = fields.Dict(
        keys=fields.String(validate=_TEXT), values=fields.Nested(SenderSchema), required=True,
        validate=validate.Length(min=1, error="must have one address at least"),
        error_messages={"required": "is missing; give the address parcels are sent from"},
    )  # fmt: skip
    parcel = fields.Nested(ParcelSchema, load_default=lambda: ParcelSchema().load({}))
    services = fields.List(fields.Nested(ServiceSchema), load_default=list)
    choose = fields.String(validate=_CHOICES, load_default="cheapest")
    purchase_wait_seconds = fields.Float(
        validate=validate.Range(0, 3600, error="must be between 0 and 3600"), load_default=120.0
    )
    history_days = fields.Integer(
        validate=validate.Range(1, 3650, error="must be between 1 and 3650"), load_default=30
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """Where parcels come from."""

    company: str
    name: str
    address_1: str
    address_2: str
    city: str
    state: str
    postcode: str
    country: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Parcels:
    """Kilograms and centimetres. No lengths: none are told."""

    item_weight: Decimal = Decimal("0.5")
    """Of one piece where the shop does not say it."""
    max_weight: Decimal = Decimal(20)
    """What would be heavier goes in several parcels."""
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """The orders it is for, and what is offered to them: a service, a carrier's, or any."""

    shipping: str = "*"
    """The shop's shipping method as buyers read it, with `*`."""
    countries: tuple[str, ...] = ()
    carrier: str = ""
    """The id of karrio's carrier connection."""
    service: str = ""
    choose: Choice = "cheapest"
    """Which of several that fit."""


@dataclass(frozen=True, slots=True)
class KarrioOptions:
    """The options, loaded."""

    warehouses: Mapping[str, Sender]
    """By the warehouse's name in Causeway; `*` is for all others."""
    source: str = "causeway"
    labels: Literal["by_hand", "automatic"] = "by_hand"
    label_type: Literal["PDF", "ZPL"] = "PDF"
    left: Literal["label", "moving"] = "label"
    """From when a parcel counts as having left: its label was bought, or its carrier moved it."""
    parcel: Parcels = field(default_factory=Parcels)
    services: tuple[ServiceRule, ...] = ()
    """The first that fits; the last resort is any service, chosen by `choose`."""
    choose: Choice = "cheapest"
    purchase_wait_seconds: float = 120.0
    """How long a purchase whose answer was lost may still be under way there."""
    history_days: int = 30
    """How far back shipments are read at first, and how long a draft is waited for."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> KarrioOptions:
        """From what `Options` has loaded."""
        rules = [{**rule, "countries": tuple(rule["countries"])} for rule in values["services"]]
        return cls(
            **{
                **values,
                "warehouses": {k: Sender(**v) for k, v in values["warehouses"].items()},
                "parcel": Parcels(**values["parcel"]),
                "services": tuple(ServiceRule(**rule) for rule in rules),
            }
        )
