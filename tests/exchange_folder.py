"""A folder exchanged with another system, for tests of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings

KEY = "berlin:1042:book"

ORDER = {
    "folder": "out",
    "prefix": "order-",
    "format": "csv",
    "rows": "order.lines",
    "columns": {"Key": "key", "Name": "order.billing.name", "Item": "row.sku", "Net": "row.total"},
}

STOCK = {
    "folder": "in",
    "pattern": "*.csv",
    "format": "csv",
    "ready": "renamed",
    "fields": {"sku": "Item", "warehouse": "'MAIN'", "on_hand": "Pieces"},
}


def options(**more: Any) -> dict[str, Any]:
    return {"write": {"book_order": ORDER}, "read": {"stock": STOCK}, **more}


def exchange(root: Path, **more: Any) -> Any:
    url = f"file://{root}"
    return registry.build(
        ConnectionSettings("erp", "files", url, ("erp",), options=options(**more))
    )


def acknowledged(**said: Any) -> dict[str, Any]:
    """By a JSON file, in any time."""
    words = {"accepted": "ok", "number": "no", "message": "why", "unknown_sku": "sku"}
    times = {"wait_seconds": 0.0, "settle_seconds": 0.0}
    return {"kind": "file", "folder": "acks", "format": "json", **words, **times, **said}


def out(root: Path) -> list[Path]:
    folder = root / "out"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def drop(root: Path, name: str, content: str | bytes) -> Path:
    path = root / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def ack(root: Path, **said: Any) -> None:
    (root / "acks").mkdir(exist_ok=True)
    (name,) = [path.name for path in out(root)]
    (root / "acks" / f"{name}.ack").write_text(json.dumps(said))


def everything(connector: Any, cursor: str = "") -> tuple[list[Any], list[str], str]:
    items, refused = [], []
    while True:
        page = connector.read_stock(cursor)
        items += page.items
        refused += page.refused
        cursor = page.cursor
        if not page.more:
            return items, refused, cursor
