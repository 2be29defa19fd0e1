"""The sandbox's HTTP paths, and what its answers mean. Both its connectors stand on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
import requests

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.http import HttpClient
from causeway.errors import (
    ConnectorError,
    MappingError,
    MappingMissing,
    RejectedError,
    RetryableError,
    TooLate,
    UnknownOutcome,
)

T = TypeVar("T")
Json = dict[str, Any]
PAGE_ROWS = 500


class SandboxClient:
    """JSON objects in, JSON objects out. Raises the classes of `causeway.errors` only."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._http = HttpClient(
            settings.url,
            headers={"Authorization": f"Bearer {settings.token}", "Accept": "application/json"},
            timeout_seconds=settings.timeout_seconds,
            concurrency=settings.concurrency,
        )

    def get(
        self, path: str, read: Callable[[Json], T], params: Mapping[str, str | int] | None = None
    ) -> T:
        """What `read` makes of the answer. RetryableError when it is not what it should be."""
        response = self._http.request("GET", path, params=params)
        _refuse(response)
        try:
            return read(_object(response))
        except MappingError as error:
            raise RetryableError(f"its answer makes no sense: {error}") from error

    def create(self, path: str, body: Json, read: Callable[[Json], T]) -> tuple[T, bool]:
        """Post a document with an `external_ref`; what stands there now, and whether it was so.

        A 409 that brings the document under the same reference adopts it. UnknownOutcome when the
        answer to the write is not what it should be.
        """
        response = self._http.request(
            "POST", path, data=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )
        existed = response.status_code == 409 and _error_code(response) == "duplicate"
        if not existed:
            _refuse(response)
        try:
            answer = _object(response)
            document = answer.get("document") if existed else answer
            if not isinstance(document, dict):
                raise MappingError("document", "is missing", "Look it up by its reference")
            if document.get("external_ref") != body["external_ref"]:
                raise MappingError("external_ref", "is not ours", "Look it up by its reference")
            return read(document), existed
        except MappingError as error:
            raise UnknownOutcome(f"its answer to a write makes no sense: {error}") from error

    def change(self, method: str, path: str, body: Json, read: Callable[[Json], T]) -> T:
        """Change what stands there; the same again is harmless. TooLate once goods have left."""
        response = self._http.request(
            method, path, data=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )
        try:
            _refuse(response)
            return read(_object(response))
        except RejectedError as error:
            if error.code in ("goods_left", "already_shipped"):
                raise TooLate(error.reason, status=error.status) from error
            raise
        except MappingError as error:
            raise UnknownOutcome(f"its answer to a write makes no sense: {error}") from error

    def page(self, path: str, cursor: str, read: Callable[[Json], T]) -> T:
        """A page of a feed. Other books than the cursor's (they were reset) are read anew."""
        params: dict[str, str | int] = {"limit": PAGE_ROWS}
        try:
            return self.get(path, read, {**params, "after": cursor} if cursor else params)
        except RejectedError as error:
            if not cursor or error.code != "unknown_cursor":
                raise
        return self.get(path, read, params)

    def check(self, path: str, system: str) -> str:
        """An empty text when `system` answers at `path`, else what is wrong, for a person."""
        try:
            answer = self.get(path, lambda data: data)
        except ConnectorError as error:
            return error.reason
        if answer.get("system") != system:
            return f"what answers at {self._http.base_url}{path} is no {system}"
        return ""


def _object(response: requests.Response) -> Json:
    try:
        data = orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise MappingError("body", "is not JSON", "Check its address") from error
    if not isinstance(data, dict):
        raise MappingError("body", "is not a JSON object", "Check its address")
    return data


def _error(response: requests.Response) -> Json:
    try:
        error = _object(response).get("error")
    except MappingError:
        return {}
    return error if isinstance(error, dict) else {}


def _error_code(response: requests.Response) -> str:
    return str(_error(response).get("code") or "")


def _refuse(response: requests.Response) -> None:
    """Raise RejectedError, in their words, for any answer but success."""
    status = response.status_code
    if 200 <= status < 300:
        return
    error = _error(response)
    words = str(error.get("message") or "it gave no reason")[:500]
    field = f" ({error['field']})" if error.get("field") else ""
    code = str(error.get("code") or "rejected")[:50]
    if code == "unknown_item" and isinstance(error.get("value"), str):
        raise MappingMissing("product", error["value"])
    raise RejectedError(f"it refused{field}: {words}", code=code, status=status)
