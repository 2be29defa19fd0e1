"""Odoo's external API: JSON-2 from Odoo 19 on, JSON-RPC before. One call, one transaction."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import requests

from causeway.connectors.http import HttpClient, classify, failure_of
from causeway.connectors.odoo.refusals import meaning, of_messages, refusal
from causeway.errors import ConnectorError, CredentialsError, RejectedError, RetryableError

Record = dict[str, Any]
Domain = Sequence[Any]
Row = Mapping[str, Any]
Api = Literal["json2", "jsonrpc"]
# They change nothing, so that a lost answer is no doubt about anything.
_READS = frozenset({"read", "search", "search_read", "search_count", "web_read",
                    "web_search_read", "get_external_id", "has_access", "check_access_rights",
                    "fields_get", "context_get"})  # fmt: skip
# An existing record is answered and left as its people have it.
KEEP = {"mode": "update", "noupdate": True}
COLLISIONS = 12
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 0.4


class OdooClient(HttpClient):
    """One database of one Odoo, with the rights of the user whose API key is `token`.

    Amounts are read as Decimal; times in Odoo are UTC without saying so. `login` is needed for
    JSON-RPC only.
    """

    def __init__(
        self,
        url: str,
        database: str,
        token: str,
        *,
        api: Api = "json2",
        login: str = "",
        timeout_seconds: float = 30.0,
        concurrency: int = 4,
    ) -> None:
        headers = {"X-Odoo-Database": database, "Authorization": f"bearer {token}"}
        super().__init__(
            url,
            headers=headers if api == "json2" else {},
            timeout_seconds=timeout_seconds,
            concurrency=concurrency,
        )
        self._api = api
        self._database, self._login, self._token = database, login, token
        self._uid: int | None = None

    def call(
        self, model: str, method: str, ids: Sequence[int] | None = None, **arguments: Any
    ) -> Any:
        """The method's result. `arguments` are its own, by name, and `context`."""
        if self._api == "json2":
            body = {**arguments, **({} if ids is None else {"ids": list(ids)})}
            return self._post(f"/json/2/{model}/{method}", body, method)
        positional = [] if ids is None else [list(ids)]
        return self._rpc(
            "object", "execute_kw",
            [self._database, self._user(), self._token, model, method, positional, arguments],
            method,
        )  # fmt: skip

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: str = "id",
        limit: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> list[Record]:
        rows: list[Record] = self.call(
            model, "search_read", domain=list(domain), fields=list(fields), order=order,
            limit=limit, context=dict(context or {}),
        )  # fmt: skip
        return rows

    def tree(
        self,
        model: str,
        domain: Domain,
        specification: Mapping[str, Any],
        *,
        order: str = "id",
        limit: int | None = None,
    ) -> list[Record]:
        """Records with the records they refer to, in one call: fields by name, nested."""
        found = self.call(
            model, "web_search_read", domain=list(domain), specification=dict(specification),
            order=order, limit=limit,
        )  # fmt: skip
        rows: list[Record] = found["records"]
        return rows

    def load(
        self, model: str, rows: Sequence[Row], context: Mapping[str, Any] | None = None
    ) -> list[int]:
        """Write records under their external ids (column `id`): made if new, else changed.

        Columns are paths (`order_line/product_id/.id`); a row with only lines belongs to the row
        before. All or nothing. Collisions with other writers are tried again a few times here,
        as Odoo itself does for other calls.
        """
        columns = list(dict.fromkeys(name for row in rows for name in row))
        data = [["" if row.get(name) is None else str(row[name]) for name in columns]
                for row in rows]  # fmt: skip
        for attempt in range(COLLISIONS):
            answer = self.call(
                model, "load", fields=columns, data=data, context=dict(context or {})
            )
            if answer["ids"] is not False:
                ids: list[int] = answer["ids"]
                return ids
            error = of_messages(answer["messages"])
            if not isinstance(error, RetryableError) or attempt == COLLISIONS - 1:
                raise error
            time.sleep(random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))  # noqa: S311
        raise AssertionError("unreachable")

    def keys(self, model: str, ids: Sequence[int]) -> dict[int, str]:
        """External ids of records, where they have one."""
        if not ids:
            return {}
        found = self.call(model, "get_external_id", list(ids))
        return {int(record): name for record, name in found.items() if name}

    def version(self) -> str:
        """Odoo's own version, asked without credentials: `19.0`."""
        if self._api == "json2":
            return str(self._read(self.request("GET", "/web/version"))["version"])
        return str(self._rpc("common", "version", [], "read")["server_version"])

    def clock(self) -> datetime:
        """The server's own time (UTC, whole seconds)."""
        response = self.request("GET", "/web/health")
        try:
            return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return datetime.now(UTC)

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """As HttpClient's, with Odoo's own refusals told apart."""
        return self._request(method, path, method, **kwargs)

    def _post(self, path: str, body: Mapping[str, Any], called: str) -> Any:
        safe = "GET" if called in _READS else "POST"
        return self._read(self._request("POST", path, safe, json=body))

    def _request(self, method: str, path: str, treated_as: str, **kwargs: Any) -> requests.Response:
        try:
            response = self._session.request(
                method, self.base_url + path, timeout=self._timeout, allow_redirects=False, **kwargs
            )
        except requests.RequestException as error:
            raise failure_of(treated_as, error) from error
        if response.status_code != 200:
            failure = refusal(response) or classify(treated_as, response)
            if failure is not None:
                raise failure
        return response

    def _rpc(self, service: str, name: str, args: Sequence[Any], called: str) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "id": 1,
                "params": {"service": service, "method": name, "args": args}}  # fmt: skip
        answer = self._post("/jsonrpc", body, called)
        if not isinstance(answer, dict) or not ({"result", "error"} & answer.keys()):
            raise _not_odoo()
        if "error" in answer:
            raise self._rpc_error(answer["error"])
        return answer["result"]

    def _rpc_error(self, error: Any) -> ConnectorError:
        data = error.get("data", {}) if isinstance(error, dict) else {}
        return meaning(str(data.get("name", "")), str(data.get("message", "no reason given")))

    def _user(self) -> int:
        if self._uid is None:
            uid = self._rpc(
                "common", "authenticate", [self._database, self._login, self._token, {}], "read"
            )
            if not uid:
                raise CredentialsError("it does not accept our login and API key")
            self._uid = uid
        return self._uid

    def _read(self, response: requests.Response) -> Any:
        try:
            return json.loads(response.content, parse_float=Decimal)
        except ValueError as error:
            raise _not_odoo() from error


def _not_odoo() -> RejectedError:
    return RejectedError("what answers is not Odoo's API; check the address", code="not_odoo")


def at(text: str | bool | None) -> datetime | None:
    """One of Odoo's times (UTC), or None where it has none."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if isinstance(text, str) else None


def stamp(moment: datetime) -> str:
    """A time as Odoo takes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
