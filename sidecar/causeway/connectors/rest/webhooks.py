"""Webhooks of a described system: verified as the settings say, and then only a hint. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from causeway.connectors import signing
from causeway.connectors.base import Hint
from causeway.connectors.described.expressions import Expressions
from causeway.errors import RejectedError


def hints(
    said: Mapping[str, Any],
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    read: Callable[[bytes], Any],
    expressions: Expressions,
) -> tuple[Hint, ...]:
    """What a genuine webhook is about. Raises CredentialsError for any other, before it is read,
    and RejectedError for one that makes no sense.
    """
    if said["kind"] == "hmac":
        signing.hmac_sha256(headers, said["header"], secret, body, said["encoding"], said["prefix"])
    else:
        signing.shared_secret(headers, said["header"], secret)
    try:
        data = read(body)
    except ValueError as error:
        raise RejectedError("its webhook is not what its settings say", code="webhook") from error
    feeds = [
        hint["feed"] for hint in said["hints"] if not hint["when"] or expressions.find(
            hint["when"], data
        )
    ]  # fmt: skip
    return tuple(Hint(feed) for feed in dict.fromkeys(feeds))
