"""What a person may set for a sandbox connection, and the role it plays."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

ROLES = ("erp", "finance")


class Options(Schema):
    """`warehouse`: the one orders reserve from."""

    warehouse = fields.String(load_default="MAIN", validate=validate.Length(1, 50))
