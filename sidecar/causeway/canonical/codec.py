"""Canonical records as JSON text and back, exactly: for the ledger, not for the world outside.

Decimals travel as text, times as ISO 8601 with their zone. What comes from outside is read by a
marshmallow schema instead (`schemas.py`).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_unstructure_fn

from causeway.canonical.money import Money

T = TypeVar("T")

_converter = cattrs.Converter(omit_if_default=True)
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
_converter.register_unstructure_hook(date, date.isoformat)
_converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
_converter.register_unstructure_hook(datetime, datetime.isoformat)
_converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
_converter.register_unstructure_hook(
    Money, make_dict_unstructure_fn(Money, _converter, _cattrs_omit_if_default=False)
)


def encode(record: Any) -> str:
    """The record as compact JSON text."""
    return json.dumps(_converter.unstructure(record), ensure_ascii=False, separators=(",", ":"))


def decode(kind: type[T], text: str) -> T:
    """The record of that kind that `encode` wrote. Raises an exception of cattrs on other text."""
    return _converter.structure(json.loads(text), kind)


def plain(record: Any) -> Any:
    """The record as plain dicts, lists and text, for a document that embeds it."""
    return _converter.unstructure(record)
