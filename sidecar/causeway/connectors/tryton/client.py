"""Tryton's REST API: records in and out, and what its refusals mean.

Tryton rolls back whatever it answers with an error, so its own 400, 500 and 503 are no doubt about
the outcome; which of them may go away by itself is told by their words, not by their number.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any

import requests

from causeway.connectors.http import HttpClient, classify, failure_of
from causeway.errors import ConnectorError, CredentialsError, RejectedError, RetryableError

Record = dict[str, Any]
Domain = list[Any]

MAX_WORDS = 300
# SQLite and Python give up on requests that are too deep; the same request never fits later.
_TOO_DEEP = ("parser stack overflow", "maximum recursion depth", "too many sql variables")
_NO_ACCESS = "You are not allowed to access"
_VANISHED = "You are trying to read records"  # deleted by somebody while we read


class TrytonClient(HttpClient):
    """One database of one Tryton, with the rights of the user whose application key is `token`.

    Values are plain Python: Decimal, date and UTC datetime travel as Tryton writes them, numbers
    are read as Decimal. Times in Tryton are naive UTC.
    """

    def __init__(
        self,
        url: str,
        database: str,
        token: str,
        *,
        timeout_seconds: float = 30.0,
        concurrency: int = 4,
    ) -> None:
        super().__init__(
            f"{url.rstrip('/')}/{database}/rest/model",
            # English words whatever the user's language, so that they can be told apart.
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
            timeout_seconds=timeout_seconds,
            concurrency=concurrency,
        )

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: Sequence[tuple[str, str]] | None = None,
        limit: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> list[Record]:
        """Records that satisfy Tryton's search domain; dotted fields come as nested records."""
        params: dict[str, Any] = {"d": _packed(domain), "f": list(fields)}
        if order is not None:
            params["o"] = _packed(order)
        if limit is not None:
            params["s"] = limit
        found: list[Record] = self._call("GET", f"/{model}", context, params=params)
        return found

    def create(
        self, model: str, values: Record, fields: Sequence[str], context: Mapping[str, Any]
    ) -> Record:
        """Make one record. Tryton runs no `on_change` here: what is not sent stays empty."""
        return self._send("POST", f"/{model}", values, fields, context)

    def write(
        self, model: str, id: int, values: Record, fields: Sequence[str], context: Mapping[str, Any]
    ) -> Record:
        return self._send("PUT", f"/{model}/{id}", values, fields, context)

    def act(
        self, model: str, id: int, action: str, fields: Sequence[str], context: Mapping[str, Any]
    ) -> Record:
        """Press a button of a record. A workflow button that does not fit its state does nothing."""
        return self._send("POST", f"/{model}/{id}/{action}", {}, fields, context)

    def clock(self) -> datetime:
        """The server's own time (UTC, whole seconds)."""
        response = self.request("GET", "/ir.lang", params={"s": 1, "f": "id"}, headers={})
        try:
            return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return datetime.now(UTC)

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        try:
            response = self._session.request(
                method, self.base_url + path, timeout=self._timeout, allow_redirects=False, **kwargs
            )
        except requests.RequestException as error:
            raise failure_of(method, error) from error
        failure = refusal(response) or classify(method, response)
        if failure is not None:
            raise failure
        return response

    def _send(
        self,
        method: str,
        path: str,
        values: Record,
        fields: Sequence[str],
        context: Mapping[str, Any],
    ) -> Record:
        params = {"f": list(fields)}
        body = json.dumps(values, default=_written)
        record: Record | None = self._call(
            method, path, context, params=params, data=body,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        return record or {}

    def _call(
        self, method: str, path: str, context: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        headers = {**kwargs.pop("headers", {}), "X-Tryton-Context": _packed(context or {})}
        response = self.request(method, path, headers=headers, **kwargs)
        if response.status_code == 204:
            return None
        try:
            return json.loads(response.text, parse_float=Decimal, object_hook=_read)
        except ValueError as error:
            raise RejectedError(
                "what answers is not Tryton's REST API; check the address", code="not_tryton"
            ) from error


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


def _packed(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value, default=_written).encode()).decode()


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(moment, name) for name in names}}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"{type(value).__name__} has no form in Tryton's JSON")


def _read(value: Record) -> Any:
    kind = value.get("__class__")
    parts = {name: int(part) for name, part in value.items() if isinstance(part, int)}
    if kind == "Decimal":
        return Decimal(value["decimal"])
    if kind == "datetime":
        return datetime(**parts, tzinfo=UTC)
    if kind == "date":
        return date(**parts)
    return value
