"""The shape of the settings file. Defaults that depend on nothing live in the dataclasses."""

from __future__ import annotations

from datetime import UTC
from typing import Any, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from causeway.connectors import registry
from causeway.connectors.base import Role
from causeway.policy import Intent, Language, TableName

_LISTS = ("roles", "stores")
PRODUCT_FIELDS = (
    "name",
    "description",
    "short_description",
    "images",
    "categories",
    "attributes",
    "weight_kg",
    "tax_class",
    "gtin",
    "active",
)


def _http_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValidationError("must be an http or https address without credentials in it")


def _kind(value: str) -> None:
    known = registry.names()
    if value not in known:
        raise ValidationError(
            f"must be one of {', '.join(known)}; for any other install the package that brings it"
            " (causeway connector list)"
        )


def _address(value: str, schemes: tuple[str, ...]) -> None:
    """Raises ValidationError for `url` where a kind of connection cannot have such an address."""
    parts = urlsplit(value)
    somewhere = parts.path.startswith("/") if parts.scheme == "file" else parts.hostname
    if parts.scheme not in schemes or not somewhere or parts.username or parts.password:
        words = " or ".join(schemes)
        article = "an" if words.startswith("http") else "a"
        raise ValidationError(f"must be {article} {words} address without credentials in it", "url")


def _zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is no time zone; write one such as Europe/Berlin")


def _whole(low: int, high: int, **kwargs: Any) -> fields.Integer:
    check = validate.Range(low, high, error=f"must be between {low} and {high}")
    return fields.Integer(validate=check, **kwargs)


class ServerSchema(Schema):
    host = fields.String()
    port = _whole(1, 65535)
    public_url = fields.String(validate=_http_url)
    threads = _whole(1, 256)
    processes = _whole(1, 64)
    trusted_proxies = _whole(0, 5)


class LedgerSchema(Schema):
    url = fields.String(
        validate=validate.Regexp(
            r"(sqlite|postgresql)(\+\w+)?://", error="must begin with sqlite:// or postgresql://"
        )
    )


class RedisSchema(Schema):
    url = fields.String(
        validate=validate.Regexp(
            r"(redis|rediss|unix)://", error="must begin with redis://, rediss:// or unix://"
        )
    )


class IntakeSchema(Schema):
    max_body_bytes = _whole(1024, 64 * 1024 * 1024)
    max_batch_events = _whole(1, 1000)
    tolerance_seconds = _whole(1, 3600)


class RetentionSchema(Schema):
    payload_days = _whole(0, 36500)
    updates_days = _whole(0, 36500)
    attempts_days = _whole(0, 36500)
    audit_days = _whole(0, 36500)


class OpsSchema(Schema):
    password = fields.String(
        validate=validate.Length(min=10, error="must have at least 10 characters")
    )
    session_key = fields.String(
        validate=validate.Length(min=32, error="must have at least 32 characters")
    )
    secure_cookies = fields.Boolean()


class SentrySchema(Schema):
    dsn = fields.String()


class RuleSchema(Schema):
    """A routing rule: where lines that match go."""

    name = fields.String(required=True, validate=validate.Length(1, 100))
    connection = fields.String(required=True)
    role = fields.String(
        validate=validate.OneOf(("erp", "fulfilment"), error="must be one of {choices}")
    )
    warehouse = fields.String()
    countries = fields.List(
        fields.String(validate=validate.Regexp(r"[A-Z]{2}\Z", error="must be as in DE"))
    )
    skus = fields.List(fields.String())
    shipping = fields.List(fields.String())
    min_weight = fields.Decimal(validate=validate.Range(min=0))
    max_weight = fields.Decimal(validate=validate.Range(min=0))
    in_stock = fields.Boolean()


class TranslationSchema(Schema):
    """A word of the shop and what a connection calls it."""

    table = fields.String(
        required=True,
        validate=validate.OneOf(get_args(TableName), error="must be one of {choices}"),
    )
    pattern = fields.String(required=True, validate=validate.Length(1, 255))
    value = fields.String(required=True, validate=validate.Length(1, 255))
    connection = fields.String()
    valid_from = fields.AwareDateTime(format="iso", default_timezone=UTC)
    valid_until = fields.AwareDateTime(format="iso", default_timezone=UTC)


def _texts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class PolicySchema(Schema):
    timezone = fields.String(validate=_zone)
    rounding_minor_units = _whole(0, 100)
    statuses = fields.Dict(
        keys=fields.String(),
        values=fields.String(
            validate=validate.OneOf(get_args(Intent), error="must be one of {choices}")
        ),
    )
    complete_when_shipped = fields.Boolean()
    warehouses = fields.List(fields.String())
    stock_buffer = _whole(0, 1_000_000)
    language = fields.String(
        validate=validate.OneOf(get_args(Language), error="must be one of {choices}")
    )
    hold_uncaptured = fields.Boolean()
    hold_marks = _texts()
    rest_minutes = _whole(0, 7 * 24 * 60)
    routes = fields.List(fields.Nested(RuleSchema))
    split = fields.Boolean()
    required_mappings = fields.List(
        fields.String(
            validate=validate.OneOf(get_args(TableName), error="must be one of {choices}")
        )
    )
    translations = fields.List(fields.Nested(TranslationSchema))
    guests = fields.String(validate=validate.OneOf(("own", "shared"), error="own or shared"))
    adopt = _texts()
    authorise_returns = fields.Boolean()
    refund_returns = fields.Boolean()
    wait_for_tracking = fields.Boolean()
    stock_buffers = fields.Dict(keys=fields.String(), values=_whole(0, 1_000_000))
    category_buffers = fields.Dict(keys=fields.String(), values=_whole(0, 1_000_000))
    stock_sharing = fields.String(
        validate=validate.OneOf(["share", "pool"], error="must be one of {choices}")
    )
    stock_share = _whole(0, 1000)
    backorders = fields.Boolean()
    hold_stock_minutes = _whole(0, 60 * 24 * 60)
    price_list = fields.String()
    group_price_lists = fields.Dict(keys=fields.String(), values=fields.String())
    price_margin_percent = _whole(0, 100)
    prices_include_tax = fields.Boolean(allow_none=True)
    guard_price_percent = _whole(0, 1000)
    guard_zero_percent = _whole(0, 100)
    guard_run_percent = _whole(0, 100)
    guard_from_rows = _whole(1, 1_000_000)
    product_fields = fields.List(
        fields.String(validate=validate.OneOf(PRODUCT_FIELDS, error="must be one of {choices}"))
    )
    products_create = fields.Boolean()


class ConnectionSchema(Schema):
    name = fields.String(
        validate=validate.Regexp(
            r"[a-z][a-z0-9_]{0,39}\Z", error="names are small letters, digits and _ (at most 40)"
        )
    )
    kind = fields.String(required=True, validate=_kind)
    url = fields.String(required=True)
    token = fields.String()
    roles = fields.List(
        fields.String(validate=validate.OneOf(get_args(Role), error="must be one of {choices}")),
        required=True,
    )
    stores = fields.List(fields.String())
    concurrency = _whole(1, 64)
    rate = fields.Float(validate=validate.Range(0, 100_000))
    burst = _whole(1, 100_000)
    timeout_seconds = fields.Float(validate=validate.Range(0.1, 300))
    poll_seconds = fields.Float(validate=validate.Range(0.1, 86400))
    webhook_secret = fields.String(
        validate=validate.Regexp(
            r"(whsec_[A-Za-z0-9+/]{32,}={0,2}|(?!whsec_)[!-~]{16,255})\Z",
            error="must be whsec_ and 24 bytes or more in base64; or, where the system has a way"
            " of signing of its own, its secret of 16 letters or more",
        )
    )
    stock_counts = fields.String(
        validate=validate.OneOf(["booked", "shipped"], error="must be one of {choices}")
    )
    stock_of = fields.String()
    stock_lag_seconds = _whole(0, 7 * 86400)
    options = fields.Dict(load_default=dict)

    @pre_load
    def _split_lists(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The environment has no lists: `erp,fulfilment` is one."""
        return {
            key: value.split(",")
            if key in ("roles", "stores") and isinstance(value, str)
            else value
            for key, value in data.items()
        }

    @validates_schema(skip_on_field_errors=False)
    def _address_it_can_have(self, data: dict[str, Any], **_: Any) -> None:
        """Of an unknown kind, too: all problems are told at once."""
        if "url" not in data:
            return
        try:
            schemes = registry.schemes(data["kind"]) if "kind" in data else ("http", "https")
        except registry.UnusableKindError:
            return  # its check says so, and what is due there waits
        _address(data["url"], schemes)

    @validates_schema
    def _roles_it_can_play(self, data: dict[str, Any], **_: Any) -> None:
        try:
            able = registry.roles(data["kind"])
        except registry.UnusableKindError:
            return  # its check says so, and what is due there waits
        unable = [role for role in data["roles"] if role not in able]
        if unable:
            raise ValidationError(
                f"{', '.join(unable)} is nothing a {data['kind']} can be; it can be: "
                + ", ".join(able),
                "roles",
            )


class SettingsSchema(Schema):
    data_dir = fields.String(load_default="~/.local/share/causeway")
    min_free_bytes = _whole(0, 2**50, load_default=64 * 1024 * 1024)
    server = fields.Nested(ServerSchema, load_default=dict)
    ledger = fields.Nested(LedgerSchema, load_default=dict)
    redis = fields.Nested(RedisSchema, load_default=dict)
    sentry = fields.Nested(SentrySchema, load_default=dict)
    intake = fields.Nested(IntakeSchema, load_default=dict)
    retention = fields.Nested(RetentionSchema, load_default=dict)
    ops = fields.Nested(OpsSchema, load_default=dict)
    stores = fields.Dict(
        keys=fields.String(), values=fields.Nested(PolicySchema), load_default=dict
    )

    @validates_schema
    def _one_writer(self, data: dict[str, Any], **_: Any) -> None:
        ledger = data["ledger"].get("url", "sqlite")
        if ledger.startswith("sqlite") and data["server"].get("processes", 1) > 1:
            raise ValidationError(
                "must be 1 with a SQLite ledger, which has one writer", "server.processes"
            )
