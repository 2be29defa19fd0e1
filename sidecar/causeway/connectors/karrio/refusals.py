"""What karrio's refusals mean. Its words are for people; `code` and status decide.

Its own are `{"errors": [{code, message, details}]}`, a carrier's are `{"messages": [{code, message,
carrier_name}]}` with 424. A carrier's words may repeat the address they are about, so whoever knows
the buyer takes them out (`without`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import requests

from causeway.canonical import Address
from causeway.errors import ConnectorError, RejectedError, RetryableError, TooLate

MAX_WORDS = 400
DUPLICATE = "duplicate_order_id"
HIDDEN = "…"
# A carrier's own trouble, by what carriers and karrio's clients say of it.
_PASSING = ("timed out", "timeout", "temporarily", "unavailable", "try again", "connection error",
            "connection refused", "max retries", "rate limit", "too many requests",
            "internal server error", "bad gateway")  # fmt: skip


def refusal(response: requests.Response) -> ConnectorError | None:
    """What an answer below 500 other than success means; None for success."""
    status = response.status_code
    if 200 <= status < 300:
        return None
    body = _body(response)
    if body is None:
        return RejectedError(
            "what answers is not karrio's API; check the address", code="not_karrio", status=status
        )
    errors, messages = _records(body, "errors"), _records(body, "messages")
    if status == 424:
        return carriers_refusal(messages or errors)
    words = said(_sentences(errors) if errors else of_carriers(messages))
    if any(error.get("code") == DUPLICATE for error in errors):
        return RejectedError(f"it says: {words}", code=DUPLICATE, status=status)
    if status == 409:
        return TooLate(f"it says: {words}", status=status)
    code = "not_found" if status == 404 else "invalid"
    return RejectedError(f"it does not take this: {words}", code=code, status=status)


def carriers_refusal(messages: Iterable[dict[str, Any]]) -> ConnectorError:
    """What carriers said instead of a rate or a label: their passing trouble, or a refusal."""
    found = list(messages)
    words = said(of_carriers(found)) or "they gave no reason"
    texts = [str(message.get("message") or "").lower() for message in found]
    if texts and all(any(sign in text for sign in _PASSING) for text in texts):
        return RetryableError(f"the carrier does not answer karrio now: {words}")
    return RejectedError(f"the carrier refuses: {words}", code="carrier_refused")


def of_carriers(messages: Iterable[dict[str, Any]]) -> Iterator[str]:
    for message in messages:
        who = str(message.get("carrier_name") or message.get("carrier_id") or "")
        text = str(message.get("message") or message.get("code") or "")
        yield f"{who}: {text}" if who and text else text


def said(sentences: Iterable[str]) -> str:
    """Several sentences as one line, not too long."""
    lines = [" ".join(sentence.split()) for sentence in sentences if sentence and sentence.strip()]
    return "; ".join(dict.fromkeys(lines))[:MAX_WORDS]


def without(words: str, person: Address) -> str:
    """The words with all of the person's own taken out, whatever the case of their letters."""
    own = [getattr(person, name) for name in type(person).__slots__ if name != "country"]
    for own_word in sorted({word.strip() for word in own if len(word.strip()) > 1}, key=len)[::-1]:
        at = words.casefold().find(own_word.casefold())
        while at >= 0:
            words = words[:at] + HIDDEN + words[at + len(own_word) :]
            at = words.casefold().find(own_word.casefold(), at + len(HIDDEN))
    return words


def _sentences(errors: Iterable[dict[str, Any]]) -> Iterator[str]:
    for error in errors:
        if error.get("message"):
            yield str(error["message"])
        else:
            yield from _fields(error.get("details"), "")


def _fields(details: Any, path: str) -> Iterator[str]:
    """`shipping_to.postal_code: must match …` for each field of Django's nested errors."""
    if isinstance(details, dict):
        own = [key for key in ("code", "message") if isinstance(details.get(key), str)]
        if own:
            yield _named(path, str(details.get("message") or details.get("code")))
            return
        for name, inner in details.items():
            yield from _fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(details, list):
        for inner in details:
            yield from _fields(inner, path)
    elif details:
        yield _named(path, str(details))


def _named(path: str, text: str) -> str:
    return f"{path}: {text}" if path else text


def _body(response: requests.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    known = isinstance(body, dict) and ("errors" in body or "messages" in body)
    return body if known else None


def _records(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = body.get(name)
    return (
        [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []
    )
