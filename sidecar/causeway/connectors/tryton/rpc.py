"""Tryton's JSON-RPC: what its own clients speak, and the only way in before Tryton 8.

A session of the user stands behind each call; it is opened with login and password when it is
needed, and anew when it ended.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

import requests

from causeway.connectors.http import HttpClient, classify, failure_of
from causeway.connectors.tryton.client import Domain, Record, TrytonClient, not_tryton
from causeway.connectors.tryton.refusals import Warned, of_rpc, refusal
from causeway.connectors.tryton.wire import read, written
from causeway.errors import CredentialsError, RejectedError

# They change nothing, so that a lost answer is no doubt about anything.
_READS = frozenset({"search", "search_read", "read", "fields_get"})
# English words whatever the user's language, so that they can be told apart.
_LANGUAGE = "en"
_PATHS = ("rpc/", "")  # from Tryton 7.2 on, before


class TrytonRpc(TrytonClient):
    """As TrytonClient, with login and password instead of an application key.

    Of Tryton's warnings those in `warnings` (by the name its code gives them) are answered with
    yes, as its own client does; all others are refusals.

    JSON-RPC answers a write with ids, so that a write that wants fields costs a second call.
    """

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        password: str,
        *,
        warnings: frozenset[str] = frozenset(),
        timeout_seconds: float = 30.0,
        concurrency: int = 4,
    ) -> None:
        HttpClient.__init__(
            self,
            f"{url.rstrip('/')}/{database}",
            timeout_seconds=timeout_seconds,
            concurrency=concurrency,
        )
        self._warnings = warnings
        self._login, self._password = login, password
        self._path = ""
        self._opened: str | None = None
        self._opening = Lock()

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
        arguments = [domain, 0, limit, order, _with_ids(fields)]
        rows: list[Record] = self.invoke(model, "search_read", arguments, context)
        return [_undotted(row) for row in rows]

    def create(
        self, model: str, values: Record, fields: Sequence[str], context: Mapping[str, Any]
    ) -> Record:
        (record,) = self.invoke(model, "create", [[values]], context)
        return self._read(model, record, fields, context)

    def write(
        self,
        model: str,
        record: int,
        values: Record,
        fields: Sequence[str],
        context: Mapping[str, Any],
    ) -> Record:
        self._warned(lambda: self.invoke(model, "write", [[record], values], context), context)
        return self._read(model, record, fields, context)

    def act(
        self,
        model: str,
        record: int,
        action: str,
        fields: Sequence[str],
        context: Mapping[str, Any],
    ) -> Record:
        self._warned(lambda: self.invoke(model, action, [[record]], context), context)
        return self._read(model, record, fields, context)

    def has_field(self, model: str, name: str) -> bool:
        try:
            return name in self.invoke(model, "fields_get", [[name]], {})
        except RejectedError as error:
            if error.code != "server_error":
                raise
            return False  # there is no such model

    def delete(self, model: str, record: int, context: Mapping[str, Any]) -> None:
        self.invoke(model, "delete", [[record]], context)

    def reconcile(self, lines: Sequence[int], context: Mapping[str, Any]) -> bool:
        marked = {**context, "active_model": "account.move.line", "active_ids": list(lines),
                  "active_id": lines[0]}  # fmt: skip
        wizard = "account.move.reconcile_lines"
        session, first = self.invoke(wizard, "create", [], marked, "wizard")[:2]
        self.invoke(wizard, "execute", [session, {}, first], marked, "wizard")
        self.invoke(wizard, "delete", [session], marked, "wizard")
        return True

    def _warned(self, call: Callable[[], Any], context: Mapping[str, Any]) -> None:
        """Do it, once the warnings it meets were answered that may be."""
        answered: set[str] = set()
        while True:
            try:
                call()
            except Warned as warning:
                kind = warning.name.partition(".")[2]
                if kind not in self._warnings or warning.name in answered:
                    raise
                self.invoke("res.user.warning", "skip", [warning.name, False], context)
                answered.add(warning.name)
            else:
                return

    def clock(self) -> datetime:
        response = self._answer("model.ir.lang.search", [[], 0, 1, None, {}], "GET")
        try:
            return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return datetime.now(UTC)

    def invoke(
        self,
        model: str,
        method: str,
        arguments: list[Any],
        context: Mapping[str, Any] | None,
        kind: str = "model",
    ) -> Any:
        """The method's result."""
        params = [*arguments, {"language": _LANGUAGE, **(context or {})}]
        treated_as = "GET" if method in _READS else "POST"
        return _result(self._answer(f"{kind}.{model}.{method}", params, treated_as))

    def _read(
        self, model: str, record: int, fields: Sequence[str], context: Mapping[str, Any]
    ) -> Record:
        if set(fields) == {"id"}:
            return {"id": record}
        rows = self.search(model, [["id", "=", record]], fields, context=context)
        return rows[0] if rows else {}

    def _answer(self, method: str, params: list[Any], treated_as: str) -> requests.Response:
        session = self._session_key()
        response = self._post(method, params, treated_as, session)
        if response.status_code == 401:  # it ended; nothing was done
            with self._opening:
                if self._opened == session:
                    self._opened = None
            response = self._post(method, params, treated_as, self._session_key())
        if response.status_code != 200:
            failure = refusal(response) or classify(treated_as, response)
            if failure is not None:
                raise failure
        return response

    def _session_key(self) -> str:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> str:
        params = [self._login, {"password": self._password}, _LANGUAGE]
        for path in _PATHS:
            self._path = path
            response = self._post("common.db.login", params, "GET", None)
            if response.status_code not in {404, 405}:
                break
        if response.status_code in {401, 403}:
            raise CredentialsError(
                "it does not accept our login and password", status=response.status_code
            )
        failure = refusal(response) or classify("GET", response)
        if failure is not None:
            raise failure
        found = _result(response)
        if not isinstance(found, list) or len(found) < 2:
            raise not_tryton()
        key = f"{self._login}:{found[0]}:{found[1]}"
        return f"Session {b64encode(key.encode()).decode()}"

    def _post(
        self, method: str, params: list[Any], treated_as: str, session: str | None
    ) -> requests.Response:
        body = json.dumps({"id": 0, "method": method, "params": params}, default=written)
        headers = {"Content-Type": "application/json"}
        if session is not None:
            headers["Authorization"] = session
        try:
            return self._session.post(
                f"{self.base_url}/{self._path}", data=body, headers=headers,
                timeout=self._timeout, allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            raise failure_of(treated_as, error) from error


def _result(response: requests.Response) -> Any:
    try:
        answer = json.loads(response.text, parse_float=Decimal, object_hook=read)
    except ValueError as error:
        raise not_tryton() from error
    if isinstance(answer, dict) and "error" in answer:
        raise of_rpc(answer["error"])
    if not isinstance(answer, dict) or "id" not in answer:
        raise not_tryton()
    return answer.get("result")


def _with_ids(fields: Sequence[str]) -> list[str]:
    """With the ids of all records on the way, as the REST API gives them."""
    wanted = dict.fromkeys(fields)
    for name in fields:
        parts = name.split(".")
        wanted |= dict.fromkeys(".".join((*parts[:n], "id")) for n in range(1, len(parts)))
    return list(wanted)


def _undotted(value: Any) -> Any:
    """`{"sale": 3, "sale.": {…}}` as `{"sale": {…}}`, all the way down."""
    if isinstance(value, list):
        return [_undotted(row) for row in value]
    if not isinstance(value, dict):
        return value
    related = {name[:-1]: _undotted(row) for name, row in value.items() if name.endswith(".")}
    return {name: row for name, row in value.items() if not name.endswith(".")} | related
