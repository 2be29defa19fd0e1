"""WooCommerce's own webhooks, read as events: for a shop that does not have the plugin.

Source: `includes/class-wc-webhook.php` (deliver, deliver_ping, generate_signature,
get_valid topics). They carry no id and no version of their own; both are made here from what was
sent, so that the same body twice is one event and an older one changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

from causeway.wire.problems import Problem, ProblemError

SIGNATURE_HEADER = "X-WC-Webhook-Signature"
TOPIC_HEADER = "X-WC-Webhook-Topic"
ENTITIES = ("order", "product", "customer")
ACTIONS = ("created", "updated", "deleted", "restored")
_SPACE = UUID("7f2ad7a5-4f6b-4b06-9d6e-0f3f43f6a1c2")
_PING = re.compile(rb"webhook_id=\d{1,20}\Z")


def is_ping(body: bytes) -> bool:
    """What WooCommerce posts, unsigned, to see whether anyone is there."""
    return _PING.match(body) is not None


def verify(signature: str, body: bytes, secrets: Sequence[str]) -> None:
    """Raise ProblemError unless `signature` is the body's under one of the secrets, as text."""
    given = signature.encode("utf-8", "replace")
    for secret in secrets:
        made = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
        if hmac.compare_digest(made, given):
            return
    raise ProblemError(
        Problem(
            "bad-signature",
            f"The header {SIGNATURE_HEADER} is missing or does not fit the body.",
            "Write the store's secret, as `causeway store webhook` prints it, into the webhook's "
            "field “Secret”.",
            field=SIGNATURE_HEADER,
        )
    )


def to_event(store: str, topic: str, body: bytes, now: datetime) -> dict[str, Any]:
    """The body as an event of the envelope, still to be judged. Raises ProblemError."""
    entity, _, action = topic.partition(".")
    if entity not in ENTITIES or action not in ACTIONS:
        raise ProblemError(
            Problem(
                "invalid",
                f"The topic {topic[:80]!r} is none that is read here.",
                "Keep webhooks for orders, products and customers; remove this one.",
                field=TOPIC_HEADER,
            )
        )
    found = _object(body)
    modified = _modified(found)
    name = f"{store}\n{topic}\n".encode() + body
    return {
        "id": str(uuid5(_SPACE, hashlib.sha256(name).hexdigest())),
        "topic": topic,
        "entity": entity,
        "entity_id": found.get("id"),
        "version": _version(modified, now),
        "occurred_at": (modified or now).isoformat(),
        "schema": f"woocommerce.{entity}/3",
        "data": _data(entity, action, found),
    }


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            Problem("bad-json", "The body is not JSON.", "Send one JSON object in UTF-8.")
        ) from error
    if not isinstance(found, dict):
        raise ProblemError(
            Problem("invalid", "The body is not an object.", "Send the entity.", field="body")
        )
    return found


def _modified(found: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(found["date_modified_gmt"]).replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError):
        return None


def _version(modified: datetime | None, now: datetime) -> int:
    """Milliseconds, as the plugin counts versions, so that a shop can change over to it.

    WooCommerce tells the second only; within it the later to arrive counts as the newer.
    """
    arrived = int(now.timestamp() * 1000)
    if modified is None:
        return arrived
    second = int(modified.timestamp() * 1000)
    return second + min(max(arrived - second, 0), 999)


def _data(entity: str, action: str, found: dict[str, Any]) -> dict[str, Any]:
    if entity != "order":
        return {entity: found}
    if action == "deleted":
        return {}
    return {"order": found, "refunds": [_refund(r, found) for r in _list(found.get("refunds"))]}


def _refund(summary: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    """An order tells of its refunds only number, reason and sum; the time is the order's."""
    return {
        "id": summary.get("id"),
        "reason": summary.get("reason"),
        "amount": str(summary.get("total", "")).removeprefix("-"),
        "date_created_gmt": order.get("date_modified_gmt"),
        "line_items": [],
        "shipping_lines": [],
        "fee_lines": [],
    }


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
