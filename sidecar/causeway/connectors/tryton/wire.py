"""Python values in the JSON of Tryton and back: Decimal, date, UTC datetime."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def packed(value: Any) -> str:
    """As Tryton takes domains and contexts: JSON in URL-safe base64."""
    return urlsafe_b64encode(json.dumps(value, default=written).encode()).decode()


def written(value: Any) -> Any:
    """For `json.dumps(default=…)`."""
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(moment, name) for name in names}}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"{type(value).__name__} has no form in Tryton's JSON")


def read(value: dict[str, Any]) -> Any:
    """For `json.loads(object_hook=…)`."""
    kind = value.get("__class__")
    parts = {name: int(part) for name, part in value.items() if isinstance(part, int)}
    if kind == "Decimal":
        return Decimal(value["decimal"])
    if kind == "datetime":
        return datetime(**parts, tzinfo=UTC)
    if kind == "date":
        return date(**parts)
    return value
