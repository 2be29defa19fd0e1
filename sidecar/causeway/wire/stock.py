"""The shapes of what asks for stock and of what pushes it, read from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from causeway.wire.problems import Fault, Problem, ProblemError

MOST_LINES = 100
MOST_ROWS = 5000
_FINEST = Decimal(1).scaleb(-10)
_SKU = validate.Length(1, 120, error="must have 1 to 120 characters")
_NAME = validate.Length(1, 64, error="must have 1 to 64 characters")
_KINDS = ("sale", "return", "receipt", "adjustment", "transfer", "count")


class _Quantity(fields.Decimal):
    """Decimal text or a whole number; a fraction as a number has lost its digits already."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool | float):
            raise ValidationError("must be decimal text, as in “2.5”")
        found = super()._deserialize(value, attr, data, **kwargs)
        if not found.is_finite() or abs(found) >= 10**15 or found != found.quantize(_FINEST):
            raise ValidationError("must be below 10^15, with 10 decimals at most")
        return found


class _Plain(Schema):
    class Meta:
        unknown = EXCLUDE


class CartLineSchema(_Plain):
    sku = fields.String(required=True, validate=_SKU)
    quantity = _Quantity(required=True, metadata={"type": "string"})


class CartSchema(_Plain):
    """Up to 100 lines. `live` asks the systems behind, for `budget_ms` at most."""

    lines = fields.List(
        fields.Nested(CartLineSchema),
        required=True,
        validate=validate.Length(1, MOST_LINES, error=f"must have 1 to {MOST_LINES} lines"),
    )
    live = fields.Boolean(load_default=False)
    budget_ms = fields.Integer(
        load_default=300, validate=validate.Range(10, 2000, error="must be from 10 to 2000")
    )


class PushedLevelSchema(_Plain):
    sku = fields.String(required=True, validate=_SKU)
    warehouse = fields.String(required=True, validate=_NAME)
    on_hand = _Quantity(required=True, metadata={"type": "string"})
    reserved = _Quantity(load_default=0, metadata={"type": "string", "default": "0"})
    incoming = _Quantity(load_default=0, metadata={"type": "string", "default": "0"})
    incoming_at = fields.Date(load_default=None, allow_none=True)
    unit = fields.String(load_default="", validate=validate.Length(max=16))
    as_of = fields.AwareDateTime(required=True)


class PushedMovementSchema(_Plain):
    id = fields.String(required=True, validate=_SKU)
    sku = fields.String(required=True, validate=_SKU)
    warehouse = fields.String(required=True, validate=_NAME)
    quantity = _Quantity(required=True, metadata={"type": "string"})
    kind = fields.String(
        load_default="adjustment", validate=validate.OneOf(_KINDS, error="must be one of {choices}")
    )
    at = fields.AwareDateTime(required=True)


class PushedStockSchema(_Plain):
    """Levels as of a time, and movements, each once by its id. Nothing at all is a hint to poll."""

    levels = fields.List(
        fields.Nested(PushedLevelSchema), load_default=list, validate=validate.Length(max=MOST_ROWS)
    )
    movements = fields.List(
        fields.Nested(PushedMovementSchema),
        load_default=list,
        validate=validate.Length(max=MOST_ROWS),
    )


def read(schema: Schema, body: bytes) -> dict[str, Any]:
    """The body as the schema has it. Raises ProblemError that names each field."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            Problem("bad-json", "The body is not JSON.", "Send one JSON object in UTF-8.")
        ) from error
    return load(schema, raw)


def load(schema: Schema, raw: Any) -> dict[str, Any]:
    """What was decoded, as the schema has it. Raises ProblemError that names each field."""
    try:
        found: dict[str, Any] = schema.load(raw)
    except ValidationError as error:
        faults = list(_faults(error.messages))[:50]
        raise ProblemError(
            Problem(
                "invalid",
                f"{faults[0].field}: {faults[0].problem}.",
                "Send it as /v1/openapi.json describes it.",
                field=faults[0].field,
                errors=faults,
            )
        ) from error
    return found


def _faults(messages: Any, path: str = "") -> Any:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _faults(inner, f"{path}.{key}" if path else str(key))
        return
    for text in messages if isinstance(messages, list) else [messages]:
        yield Fault(path, str(text).rstrip("."), "Send it as /v1/openapi.json describes it.")
