"""What Odoo's refusals mean.

Each call is one transaction, rolled back when it fails, so an error of Odoo's own is no doubt about
the outcome. Statuses mislead (an unknown field is a 500), and `load` reports errors in an answer
of 200; the exception's name and words decide. Tracebacks (`debug`) are never read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from causeway.errors import ConnectorError, CredentialsError, RejectedError, RetryableError, TooLate

MAX_WORDS = 300
_COLLIDED = ("could not serialize", "deadlock detected", "could not obtain lock",
             "ir_model_data_module_name_uniq", "lock timeout",
             "current transaction is aborted")  # fmt: skip
_BUSY = ("psycopg2.errors.Serialization", "psycopg2.errors.LockNotAvailable",
         "psycopg2.errors.DeadlockDetected", "psycopg2.OperationalError",
         "psycopg2.pool.PoolError", "odoo.sql_db.PoolError", "psycopg2.InterfaceError",
         "odoo.exceptions.ConcurrencyError")  # fmt: skip
_CLOSED = ("lock date", "locked period", "prior to and inclusive of")
_KINDS = {
    "UserError": ("rejected", "it says"),
    "ValidationError": ("rejected", "it says"),
    "RedirectWarning": ("rejected", "it says"),
    "MissingError": ("deleted", "it was deleted there"),
}
_EXPIRED = (
    "it does not accept our API key; Odoo's keys end after three months at most, so make a new "
    "one there (My Preferences, Security) and give it to this connection"
)


def refusal(response: requests.Response) -> ConnectorError | None:
    """What an answer of JSON-2 other than 200 means; None where its status alone tells."""
    status = response.status_code
    if status == 401:
        return CredentialsError(_EXPIRED, status=status)
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict) and "name" in body and "message" in body:
        return meaning(str(body["name"]), str(body["message"]), status)
    if status == 404:
        return RejectedError(
            "what answers is not Odoo's API, or has no such database; check address and database",
            code="not_odoo", status=status,
        )  # fmt: skip
    return None


def meaning(name: str, message: str, status: int | None = None) -> ConnectorError:
    """The class of one of Odoo's exceptions, by its name and words."""
    words = first_line(message)
    kind = name.rpartition(".")[2]
    if any(sign in message.lower() for sign in _COLLIDED) or name.startswith(_BUSY):
        return RetryableError("others were writing the same at the same time", status=status)
    if kind == "AccessDenied":
        return CredentialsError(_EXPIRED, status=status)
    if kind in {"AccessError", "Forbidden"}:
        return CredentialsError(f"the key's user lacks rights: {words}", status=status)
    if any(sign in message.lower() for sign in _CLOSED):
        code, said = "closed_period", f"the accounting period is closed there: {words}"
    else:
        code, sentence = _KINDS.get(kind, ("server_error", "it cannot do this as asked"))
        said = f"{sentence}: {words}"
    return RejectedError(said, code=code, status=status)


def of_messages(messages: Sequence[Mapping[str, Any]]) -> ConnectorError:
    """What the messages of a `load` that wrote nothing mean."""
    texts = [str(row.get("message", "")) for row in messages if row.get("type") == "error"]
    together = " ".join(texts) or "no reason given"
    if any(sign in together.lower() for sign in _COLLIDED):
        return RetryableError("others were writing the same at the same time")
    if any(sign in together.lower() for sign in _CLOSED):
        return meaning("UserError", texts[0])
    if "not allowed to" in together:
        return CredentialsError(f"the key's user lacks rights: {first_line(texts[0])}")
    return RejectedError(f"it says: {'; '.join(map(first_line, texts[:3]))[:MAX_WORDS]}",
                         code="invalid")  # fmt: skip


def first_line(text: str) -> str:
    """The first line that says something, not too long."""
    for line in text.splitlines():
        if line.strip():
            return " ".join(line.split())[:MAX_WORDS]
    return "no reason given"


def gone(name: str, why: str) -> TooLate:
    return TooLate(f"sales order {name}: {why}")
