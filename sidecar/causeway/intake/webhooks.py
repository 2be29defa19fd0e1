"""POST /v1/connections/<name>/webhooks: a system behind the shops says that something changed.

Verified by its connector before anything is read of it, and never believed: what it names is polled
now instead of with the next round. So a webhook that is lost, late, repeated or made up by somebody
who knows the secret changes nothing but when a feed is read.
"""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, current_app, request
from requests.structures import CaseInsensitiveDict

from causeway.connectors.base import Hint, TakesWebhooks
from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.errors import CredentialsError, MappingError, RejectedError
from causeway.ledger import connections
from causeway.wire.gate import body_of
from causeway.wire.problems import Problem, ProblemError

bp = Blueprint("webhooks", __name__)


@bp.post("/v1/connections/<name>/webhooks")
def receive(name: str) -> Response:
    """Verify, have the connection read at once, answer at once."""
    context: Context = current_app.extensions["causeway_context"]
    hints: Hints = current_app.extensions["causeway_hints"]
    connector = _taker(context, name)
    found = _verified(connector, body_of(request))
    polls = bool(found) and not _is_paused(context, name)
    if polls:
        hints.poll(name)
    body = orjson.dumps({"hints": sorted({hint.feed for hint in found}), "polls": polls})
    return Response(body, 202, content_type="application/json")


def _taker(context: Context, name: str) -> TakesWebhooks:
    """The connection's connector. Raises ProblemError where none of that name takes webhooks."""
    if any(item.name == name for item in context.settings.connections):
        connector = context.connector(name)
        if isinstance(connector, TakesWebhooks) and connector.capabilities.webhooks:
            return connector
    raise ProblemError(
        Problem(
            "not-found",
            f"No connection {name[:40]} takes webhooks here.",
            "Give the address that `causeway connection check NAME` prints at the other side.",
        )
    )


def _verified(connector: TakesWebhooks, body: bytes) -> tuple[Hint, ...]:
    try:
        return connector.verify_webhook(CaseInsensitiveDict(request.headers.items()), body)
    except CredentialsError as error:
        raise ProblemError(
            Problem(
                "bad-signature",
                f"The webhook is not believed: {error.reason}.",
                "Set webhook_secret under [connections.NAME] to the secret that the other side"
                " signs its webhooks with, and let nothing on the way change the body.",
                field="webhook_secret",
            )
        ) from error
    except (RejectedError, MappingError) as error:
        raise ProblemError(
            Problem(
                "invalid",
                f"The webhook is signed as it must be, but cannot be read: {error}.",
                "Nothing is lost by it: what changed is found with the next poll.",
            )
        ) from error


def _is_paused(context: Context, name: str) -> bool:
    """A paused connection is left alone; it is read in full once it goes on."""
    with context.ledger.read() as opened:
        row = connections.every(opened).get(name)
    return row is not None and row.paused_at is not None
