"""What Tryton's refusals mean.

Tryton rolls back whatever it answers with an error, so its own 400, 500 and 503 are no doubt about
the outcome; which of them may go away by itself is told by their words, not by their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from typing import Any

import requests

from causeway.errors import ConnectorError, CredentialsError, RejectedError, RetryableError

MAX_WORDS = 300
# SQLite and Python give up on requests that are too deep; the same request never fits later.
_TOO_DEEP = ("parser stack overflow", "maximum recursion depth", "too many sql variables")
_NO_ACCESS = "You are not allowed to access"
_VANISHED = "You are trying to read records"  # deleted by somebody while we read
_CLOSED = ("closed period", "closed journal-period", "must reopen the period",
           "must reopen the fiscal year", "create a period for the date", "the period of move",
           "create a fiscal year for the date")  # fmt: skip
_BUSY = ("database is locked", "could not serialize", "deadlock detected",
         "could not obtain lock")  # fmt: skip


class Warned(RejectedError):
    """Tryton would ask its user whether to go on. `name` is the warning's own, for this record."""

    def __init__(self, words: str, name: str) -> None:
        self.name = name
        super().__init__(
            f"it warns: {words} Where that may always be, add {name.partition('.')[2]!r} to "
            "skip_warnings",
            code="warning",
        )


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
    if status == 503:
        too_deep = any(sign in words.lower() for sign in _TOO_DEEP)
        return RejectedError(words, code="too_large", status=status) if too_deep else None
    reading = response.request.method == "GET"
    if status == 423 or (reading and words.startswith(_VANISHED)):
        return RetryableError(f"it changed meanwhile: {words}", status=status)
    return _refused(status, words)


def _refused(status: int, words: str) -> ConnectorError:
    if status == 400 and words.startswith(_NO_ACCESS):
        return CredentialsError(f"the key's user lacks rights: {words}", status=status)
    if _closed(words):
        return _period(words, status)
    code = {500: "server_error", 413: "too_large"}.get(status, "rejected")
    return RejectedError(f"it answered {status}: {words}", code=code, status=status)


def of_rpc(error: Any) -> ConnectorError:
    """What an error in an answer of JSON-RPC means: a class and its words, or Python's own."""
    parts = list(error) if isinstance(error, Sequence) and not isinstance(error, str) else [error]
    kind, more = str(parts[0]), parts[1] if len(parts) > 1 else ""
    texts = more if isinstance(more, list) else [more]
    if kind == "UserWarning":
        return Warned(_line(str(texts[1])), str(texts[0]))
    if kind == "ConcurrencyException":
        return RetryableError(f"it changed meanwhile: {_line(str(texts[0]))}")
    if kind != "UserError":  # one of Python's or the database's, with a traceback never read
        return _internal(_line(kind))
    words = _line(" - ".join(str(text) for text in texts[:2] if text))
    if words.startswith(_NO_ACCESS):
        return CredentialsError(f"the key's user lacks rights: {words}")
    if words.startswith(_VANISHED):
        return RetryableError(f"it changed meanwhile: {words}")
    return _period(words) if _closed(words) else RejectedError(f"it says: {words}")


def _internal(words: str) -> ConnectorError:
    if any(sign in words.lower() for sign in _BUSY):
        return RetryableError("others were writing the same at the same time")
    if any(sign in words.lower() for sign in _TOO_DEEP):
        return RejectedError(words, code="too_large")
    return RejectedError(f"it cannot do this as asked: {words}", code="server_error")


def _closed(words: str) -> bool:
    return any(sign in words.lower() for sign in _CLOSED)


def _period(words: str, status: int | None = None) -> RejectedError:
    return RejectedError(
        f"the accounting period is closed there: {words}", code="closed_period", status=status
    )


def _words(response: requests.Response) -> str:
    """Its message, on one line and not too long."""
    if response.headers.get("Content-Type", "").startswith("application/json"):
        try:
            text = str(response.json()["message"])
        except (ValueError, KeyError, TypeError):
            text = ""
    else:
        text = unescape(response.text.rpartition("<p>")[2].partition("</p>")[0])
    return _line(text)


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_WORDS] or "no reason given"
