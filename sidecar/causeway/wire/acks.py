"""The shape of an acknowledgement: how far a store is, and what it would not do."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

MOST_REFUSED = 100
MOST_REASON = 500
_WRONG = "must be a number as GET /v1/updates gives it"
_NUMBER = validate.Regexp(r"^[0-9]{1,18}\Z", error=_WRONG)
_MISSING: dict[str, Any] = {"required": _WRONG, "invalid": _WRONG, "null": _WRONG}


class RefusalSchema(Schema):
    """An update that the store will never apply, and why, in a sentence."""

    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True, validate=_NUMBER, error_messages=_MISSING)
    reason = fields.String(
        required=True,
        validate=validate.Length(1, MOST_REASON, error=f"must have 1 to {MOST_REASON} characters"),
    )


class AckSchema(Schema):
    """Everything up to `cursor` has come to its end; each of `refused` is one of these updates."""

    class Meta:
        unknown = EXCLUDE

    cursor = fields.String(required=True, validate=_NUMBER, error_messages=_MISSING)
    refused = fields.List(
        fields.Nested(RefusalSchema),
        load_default=list,
        validate=validate.Length(max=MOST_REFUSED, error=f"may have at most {MOST_REFUSED}"),
    )
