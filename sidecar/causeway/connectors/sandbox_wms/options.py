"""What a person may set for a sandbox connection, and the role it plays."""

from __future__ import annotations

from marshmallow import Schema

ROLES = ("fulfilment",)


class Options(Schema):
    """None: the schema refuses any."""
