"""karrio's webhooks: hints that carry the webhook's own secret, which is no signature.

Whoever reads one on the way can make up others, so nothing in them is believed; all they bring
about is that the feed is read now.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import orjson

from causeway.connectors.base import Hint
from causeway.connectors.karrio.client import KarrioClient
from causeway.errors import CredentialsError, RejectedError

HEADER = "X-Event-Id"
EVENTS = ("shipment_purchased", "shipment_fulfilled", "shipment_out_for_delivery",
          "shipment_needs_attention", "shipment_delivery_failed", "order_fulfilled",
          "tracker_updated")  # fmt: skip
_DESCRIPTION = "Causeway reads what left as soon as it did"


def hints(headers: Mapping[str, str], body: bytes, secret: str) -> tuple[Hint, ...]:
    """What to read. Raises CredentialsError for another secret, RejectedError for no webhook."""
    given = next((value for name, value in headers.items() if name.lower() == HEADER.lower()), "")
    if not secret:
        raise CredentialsError("this connection has no webhook_secret to compare it with")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise CredentialsError(f"its header {HEADER} is not this connection's webhook_secret")
    try:
        event = orjson.loads(body)["event"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise RejectedError("its body is no webhook of karrio", code="invalid") from error
    return (Hint("shipments"),) if event in EVENTS else ()


def renew(client: KarrioClient, address: str, secret: str) -> None:
    """See to it that karrio has a webhook to `address` that is not switched off.

    Without a secret nobody wants webhooks. karrio thinks of a secret by itself, so a new webhook's,
    or one that differs, must be copied by a person: RejectedError says so.
    """
    if not secret:
        return
    mine = [row for row in client.webhooks() if row["url"] == address]
    fitting = [row for row in mine if hmac.compare_digest(str(row["secret"]), secret)]
    if not mine:
        client.create_webhook(
            {"url": address, "enabled_events": list(EVENTS), "description": _DESCRIPTION}
        )
    if not fitting:
        raise RejectedError(
            f"karrio's webhook to {address} has a secret of its own; copy it from karrio"
            " (Developers, Webhooks) to webhook_secret",
            code="webhook_secret",
        )
    for row in fitting:
        if row.get("disabled"):  # karrio does so after six failures
            client.change_webhook(
                str(row["id"]),
                {"url": address, "enabled_events": row["enabled_events"], "disabled": False},
            )
