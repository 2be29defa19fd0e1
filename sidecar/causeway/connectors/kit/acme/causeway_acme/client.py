"""Acme's HTTP paths, and what its answers mean. Raises the classes of `causeway.errors` only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import requests

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.http import HttpClient
from causeway.errors import (
    MappingError,
    MappingMissing,
    RejectedError,
    RetryableError,
    TooLate,
    UnknownOutcome,
)

Json = dict[str, Any]
T = TypeVar("T")
# What reading an answer raises that is not as Acme's documentation says.
UNREADABLE = (MappingError, LookupError, TypeError, ValueError, ArithmeticError)


class AcmeClient:
    """JSON objects in, JSON objects out."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._http = HttpClient(
            settings.url,
            headers={"Authorization": f"Bearer {settings.token}", "Accept": "application/json"},
            timeout_seconds=settings.timeout_seconds,
            concurrency=settings.concurrency,
        )

    def get(self, path: str, read: Callable[[Json], T], **params: str) -> T:
        """What `read` makes of the answer; RetryableError where that is not Acme's: a page of
        somebody else, half a body.
        """
        response = self._http.request("GET", path, params=params)
        _refuse(response)
        try:
            return read(_json(response))
        except UNREADABLE as error:
            raise RetryableError(f"its answer makes no sense ({type(error).__name__})") from error

    def post(self, path: str, body: Json, read: Callable[[Json], T]) -> tuple[T, bool]:
        """What stands there now, and whether it stood there before. UnknownOutcome where the
        answer to a write makes no sense: it may have been done.
        """
        response = self._http.request("POST", path, json=body)
        existed = response.status_code == 409 and _error(response).get("code") == "duplicate"
        if not existed:
            _refuse(response)
        try:
            answer = _json(response)
            return read(answer["document"] if existed else answer), existed
        except UNREADABLE as error:
            raise UnknownOutcome(f"its answer makes no sense ({type(error).__name__})") from error


def _json(response: requests.Response) -> Json:
    answer = response.json()
    if not isinstance(answer, dict):
        raise MappingError("body", "is not a JSON object", "Check the address of the connection")
    return answer


def _error(response: requests.Response) -> Json:
    try:
        found = _json(response).get("error")
    except UNREADABLE:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(response: requests.Response) -> None:
    """Each of Acme's refusals in its class: the class decides what happens next."""
    if response.status_code < 300:
        return
    error = _error(response)
    code, words = str(error.get("code", "")), str(error.get("message", "it gave no reason"))[:500]
    if code == "unknown_item":
        raise MappingMissing("product", str(error.get("sku", "")))
    if code == "goods_left":
        raise TooLate(words, status=response.status_code)
    raise RejectedError(words, code=code or "rejected", status=response.status_code)
