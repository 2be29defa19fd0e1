"""Orders of a folder, each file `{"order": …, "refunds": […]}`, as the events a shop would send."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from causeway.errors import CausewayError

_NAMESPACE = uuid.UUID("2c5e9a52-3f43-4d0b-8a4e-8a3c4c0b6d11")
SCHEMA = "woocommerce.order/3"


@dataclass(frozen=True, slots=True)
class Payload:
    """One file: the event made of it, and what people call the order."""

    file: str
    order_id: str
    number: str
    total: str
    status: str
    event: dict[str, Any]


def read(folder: Path, store: str) -> list[Payload]:
    """The orders of the folder's JSON files, by file name.

    Raises CausewayError when there is none, or a file is not a JSON object.
    """
    versions: dict[str, int] = {}
    found = [_payload(path, store, versions) for path in sorted(folder.glob("*.json"))]
    if not found:
        raise CausewayError(f'{folder} has no *.json with {{"order": …, "refunds": […]}}')
    return found


def _payload(path: Path, store: str, versions: dict[str, int]) -> Payload:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CausewayError(f"{path} is not JSON ({error})") from error
    if not isinstance(data, dict):
        raise CausewayError(f'{path} is not an object {{"order": …, "refunds": […]}}')
    order = data.get("order")
    order = order if isinstance(order, dict) else {}
    # A shop knows the id of what it sends even where the rest makes no sense.
    order_id = re.sub(r"[^A-Za-z0-9_-]", "-", str(order.get("id") or path.stem))[:64]
    version = versions[order_id] = versions.get(order_id, 0) + 1
    total = f"{order.get('total', '?')} {order.get('currency', '')}".strip()
    return Payload(
        file=path.name,
        order_id=order_id,
        number=str(order.get("number") or order_id)[:20],
        total=total[:24],
        status=str(order.get("status", "?"))[:20],
        event=_event(store, order_id, version, data),
    )


def _event(store: str, order_id: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    """The id names this very content: sent again it is a duplicate, changed it is another event."""
    text = json.dumps(data, sort_keys=True)
    return {
        "id": str(uuid.uuid5(_NAMESPACE, f"{store}:{order_id}:{version}:{text}")),
        "topic": "order.updated",
        "entity": "order",
        "entity_id": order_id,
        "version": version,
        "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": SCHEMA,
        "data": data,
    }
