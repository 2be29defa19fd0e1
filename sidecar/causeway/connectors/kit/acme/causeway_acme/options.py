"""What a person may set for a connection to Acme, the roles it plays, the contract it keeps."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

CONTRACT = "1.0"
ROLES = ("erp", "fulfilment")


class Options(Schema):
    """`warehouse`: the one that orders are taken from."""

    warehouse = fields.String(load_default="MAIN", validate=validate.Length(1, 50))
