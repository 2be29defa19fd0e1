"""Signed requests with orders as WooCommerce renders them, made before the clock runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from causeway.wire import signature

SAMPLE = Path(__file__).parent.parent / "tests" / "contract" / "woocommerce" / "simple_cod.json"
ORDER_BYTES = 3000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a load goes and how it is signed. Without a secret it goes unsigned (a bare server)."""

    port: int
    path: str = "/v1/events"
    store: str = ""
    secret: str = field(default="", repr=False)


def event(number: int) -> dict[str, Any]:
    """The order `number` in a first version, of about ORDER_BYTES as an event."""
    data = _sample()
    order = {**data["order"], "id": number, "number": str(number)}
    return {
        "id": str(uuid.uuid4()),
        "topic": "order.updated",
        "entity": "order",
        "entity_id": str(number),
        "version": 1,
        "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": "woocommerce.order/3",
        "data": {**data, "order": order},
    }


def requests(target: Target, first: int, count: int, batch: int) -> Iterator[bytes]:
    """`count` whole HTTP requests of `batch` orders each, numbered from `first`."""
    for start in range(first, first + count * batch, batch):
        body = orjson.dumps({"events": [event(number) for number in range(start, start + batch)]})
        yield request(target, body)


def request(target: Target, body: bytes) -> bytes:
    """One POST as bytes, with a message id of its own."""
    headers = {
        "Host": f"127.0.0.1:{target.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    if target.secret:
        now = datetime.now(UTC)
        signed = signature.headers([target.secret], f"msg_{uuid.uuid4().hex}", now, body)
        headers.update({**signed, signature.STORE_HEADER: target.store})
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {target.path} HTTP/1.1\r\n{lines}\r\n".encode("ascii") + body


@cache
def _sample() -> dict[str, Any]:
    """WooCommerce's own plain order, its note long enough to make the event ORDER_BYTES."""
    data: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    frame = 260  # the event around it
    room = ORDER_BYTES - frame - len(orjson.dumps(data))
    note = ("Please ring twice and leave it with the neighbours. " * 60)[: max(room, 0)]
    return {**data, "order": {**data["order"], "customer_note": note}}
