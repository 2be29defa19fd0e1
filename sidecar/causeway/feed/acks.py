"""What a store says of its feed: how far it is done, and what of it it would not do.

An update that a shop refuses is over for the shop: it will never be applied. What it was about only
a person can still do, so each becomes a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection

from causeway.ledger import cases, updates
from causeway.wire.acks import AckSchema
from causeway.wire.stock import load

_WHAT = {
    "note": "a note",
    "status": "a change of status",
    "shipment": "a shipment",
    "refund": "a refund",
    "product": "a product",
}


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything up to `cursor` has come to its end; `refused` has a reason by update number."""

    cursor: int
    refused: Mapping[int, str]


def read(body: bytes) -> Ack:
    """Read an acknowledgement. Raises ProblemError that names the field."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        raw = None
    said = load(AckSchema(), raw if isinstance(raw, dict) else {})
    refused = {int(item["id"]): _one_line(item["reason"]) for item in said["refused"]}
    return Ack(int(said["cursor"]), refused)


def open_cases(connection: Connection, store: str, ack: Ack, before: int, now: datetime) -> None:
    """A case for each refused update between `before`, acknowledged until now, and the cursor.

    An acknowledgement that is sent again, because its answer was lost, opens none again.
    """
    fresh = [seq for seq in ack.refused if before < seq <= ack.cursor]
    found = updates.numbered(connection, store, fresh)
    if found:
        cases.open_new(connection, [_case(store, row, ack.refused[row.seq]) for row in found], now)


def _case(store: str, row: updates.StoredUpdate, reason: str) -> cases.NewCase:
    what = _WHAT.get(row.kind, f"an update of kind {row.kind}")
    return cases.NewCase(
        key=f"{store}:{updates.REFUSED}:{row.seq}",
        kind=updates.REFUSED,
        title=f"Store {store} would not apply {what} ({row.entity} {row.entity_id})",
        detail=f"The plugin says: {reason}",
        remedy="Do in the shop by hand what is right, then resolve this case: "
        "the shop will not apply it later.",
        store=store,
        order_id=row.entity_id if row.entity == "order" else "",
    )


def _one_line(text: str) -> str:
    """Without line breaks, and without what no database keeps."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
