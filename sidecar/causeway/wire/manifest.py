"""The shape of a manifest: what a shop says it has."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from causeway.wire.envelope import EntityId, Instant

MOST_ITEMS = 2000


class ItemSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = EntityId(required=True, metadata={"type": ["string", "integer"]})
    version = fields.Integer(required=True, strict=True)
    status = fields.String(load_default="", validate=validate.Length(max=40))
    total = fields.Decimal(
        load_default=None,
        allow_none=True,
        allow_nan=False,
        metadata={"type": "string", "example": "35.58"},
    )


class ManifestSchema(Schema):
    """All orders of the shop that changed in `[start, end)`; `whole` says the list is complete."""

    class Meta:
        unknown = EXCLUDE

    start = Instant(required=True, metadata={"type": "string", "format": "date-time"})
    end = Instant(required=True, metadata={"type": "string", "format": "date-time"})
    whole = fields.Boolean(required=True)
    orders = fields.List(
        fields.Nested(ItemSchema),
        required=True,
        validate=validate.Length(max=MOST_ITEMS, error=f"may have at most {MOST_ITEMS} rows"),
    )
