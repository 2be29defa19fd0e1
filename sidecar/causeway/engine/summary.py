"""What a delivery's payload is about, in a few words, with nobody in them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

PRUNED = "its content was pruned"


def summary(operation: str, payload: str) -> str:
    """Amounts, counts and a country: enough to know what would be sent, and no person."""
    if not payload:
        return PRUNED
    try:
        content: Any = json.loads(payload)
    except ValueError:
        return "its content cannot be read"
    if not isinstance(content, dict):
        return operation
    if "refund" in content:
        refund = content["refund"]
        return f"refund {refund.get('id', '?')} over {_money(refund.get('total'))}"
    where = _country(content.get("recipient") or content.get("shipping") or content.get("billing"))
    lines = content.get("lines") or []
    parts = [_money(content["total"])] if "total" in content else []
    if "recipient" in content:
        pieces = sum((Decimal(str(line.get("quantity", 0))) for line in lines), Decimal(0))
        parts.append(f"{pieces.normalize() + 0:f} pieces")
    parts.append(f"{len(lines)} {'line' if len(lines) == 1 else 'lines'}")
    return ", ".join([*parts, *([f"to {where}"] if where else [])])


def _money(value: Any) -> str:
    if not isinstance(value, dict):
        return "an amount"
    return f"{value.get('amount', '?')} {value.get('currency', '')}".strip()


def _country(address: Any) -> str:
    return str(address.get("country", "")) if isinstance(address, dict) else ""
