"""Tryton's REST API: records in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from causeway.connectors.http import HttpClient, classify, failure_of
from causeway.connectors.tryton.refusals import refusal
from causeway.connectors.tryton.wire import packed, read, written
from causeway.errors import RejectedError

Record = dict[str, Any]
Domain = list[Any]

NOT_TRYTON = "not_tryton"
"""The code of a refusal that was not Tryton's."""


class TrytonClient(HttpClient):
    """One database of one Tryton, with the rights of the user whose application key is `token`.

    Values are plain Python: Decimal, date and UTC datetime travel as Tryton writes them, numbers
    are read as Decimal. Times in Tryton are naive UTC. A warning is a refusal: over REST Tryton
    tells neither that it warns nor which warning it is, and lets nobody answer it.
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
        params: dict[str, Any] = {"d": packed(domain), "f": list(fields)}
        if order is not None:
            params["o"] = packed(order)
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
        self,
        model: str,
        record: int,
        values: Record,
        fields: Sequence[str],
        context: Mapping[str, Any],
    ) -> Record:
        return self._send("PUT", f"/{model}/{record}", values, fields, context)

    def act(
        self,
        model: str,
        record: int,
        action: str,
        fields: Sequence[str],
        context: Mapping[str, Any],
    ) -> Record:
        """Press a button; one that does not fit the record's workflow state does nothing."""
        return self._send("POST", f"/{model}/{record}/{action}", {}, fields, context)

    def has_field(self, model: str, name: str) -> bool:
        """Whether the modules installed over there give the model this field."""
        domain: Domain = [["model", "=", model], ["name", "=", name]]
        return bool(self.search("ir.model.field", domain, ("id",), limit=1))

    def delete(self, model: str, record: int, context: Mapping[str, Any]) -> None:
        self._send("DELETE", f"/{model}/{record}", {}, ("id",), context)

    def reconcile(self, lines: Sequence[int], context: Mapping[str, Any]) -> bool:
        """Reconcile lines that come to nothing, by Tryton's wizard for it; whether that is possible
        here. REST has no wizards, and may not write what they write.
        """
        return False

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
        body = json.dumps(values, default=written)
        answer: Record | None = self._call(
            method, path, context, params=params, data=body,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        return answer or {}

    def _call(
        self, method: str, path: str, context: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        headers = {**kwargs.pop("headers", {}), "X-Tryton-Context": packed(context or {})}
        response = self.request(method, path, headers=headers, **kwargs)
        if response.status_code == 204:
            return None
        try:
            return json.loads(response.text, parse_float=Decimal, object_hook=read)
        except ValueError as error:
            raise not_tryton() from error


def not_tryton() -> RejectedError:
    return RejectedError("what answers is not Tryton's API; check the address", code=NOT_TRYTON)
