"""What Tryton's refusals mean.

Tryton rolls back whatever it answers with an error, so its own 400, 500 and 503 are no doubt about
the outcome; which of them may go away by itself is told by their words, not by their number.
"""

from __future__ import annotations

from html import unescape

import requests

from causeway.errors import ConnectorError, CredentialsError, RejectedError, RetryableError

MAX_WORDS = 300
# SQLite and Python give up on requests that are too deep; the same request never fits later.
_TOO_DEEP = ("parser stack overflow", "maximum recursion depth", "too many sql variables")
_NO_ACCESS = "You are not allowed to access"
_VANISHED = "You are trying to read records"  # deleted by somebody while we read


def refusal(response: requests.Response) -> ConnectorError | None:
    """What an error of Tryton itself means; None for an answer, or for an error not its own."""
    status = response.status_code
    if status == 404:
        return RejectedError(
            "it has no such database or record; check the database's name",
            code="not_found", status=status,
        )  # fmt: skip
    if status not in (400, 409, 413, 422, 423, 500, 503):
        return None
    words = _words(response)
    if status == 400 and words.startswith(_NO_ACCESS):
        return CredentialsError(f"the key's user lacks rights: {words}", status=status)
    if status == 423 or (response.request.method == "GET" and words.startswith(_VANISHED)):
        return RetryableError(f"it changed meanwhile: {words}", status=status)
    if status == 503:
        too_deep = any(sign in words.lower() for sign in _TOO_DEEP)
        return RejectedError(words, code="too_large", status=status) if too_deep else None
    code = {500: "server_error", 413: "too_large"}.get(status, "rejected")
    return RejectedError(f"it answered {status}: {words}", code=code, status=status)


def _words(response: requests.Response) -> str:
    """Its message, on one line and not too long."""
    if response.headers.get("Content-Type", "").startswith("application/json"):
        try:
            text = str(response.json()["message"])
        except (ValueError, KeyError, TypeError):
            text = ""
    else:
        text = unescape(response.text.rpartition("<p>")[2].partition("</p>")[0])
    return " ".join(text.split())[:MAX_WORDS] or "no reason given"
