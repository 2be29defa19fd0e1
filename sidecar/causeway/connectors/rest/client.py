"""HTTP to a described system: credentials, one origin, bounded answers, and what they mean."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.described.encoding import CONTENT_TYPES, json_data, xml_data
from causeway.connectors.http import HttpClient, failure_of, their_now
from causeway.connectors.rest.auth import auth_of
from causeway.connectors.rest.refusals import Judged, Refusals
from causeway.errors import ConnectorError, RejectedError, RetryableError, UnknownOutcome

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` begins behind the connection's address, `link` is a whole address.

    `reading` says that it changes nothing there; `private` is what no error may repeat.
    """

    method: str
    path: str = ""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    encoding: str = "json"
    reading: bool = False
    private: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`at` is the time there (UTC) when it was given; `next_link` what its Link header says."""

    judged: Judged
    at: datetime
    next_link: str = ""

    @property
    def data(self) -> Any:
        return self.judged.data


class RestClient:
    """Raises the classes of `causeway.errors` only."""

    def __init__(
        self, settings: ConnectionSettings, options: Mapping[str, Any], refusals: Refusals
    ) -> None:
        parts = urlsplit(settings.url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._base = parts.path.rstrip("/")
        self._xml = options["answers"] == "xml"
        accept = "application/xml" if self._xml else "application/json"
        self._http = HttpClient(
            self._origin,
            headers={"Accept": accept, **options["headers"]},
            timeout_seconds=settings.timeout_seconds,
            concurrency=settings.concurrency,
        )
        self._auth = auth_of(options["auth"], settings.token, settings.timeout_seconds)
        self._most_bytes = options["most_bytes"]
        self._refusals = refusals
        if options["auth"]["kind"] == "query":
            # At its finest level it writes addresses down, and this one holds the secret.
            logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    def exchange(self, call: Call) -> Answer:
        """Send, and give the answer unless it means a refusal. After a 401 once more, with a new
        token where there is one.
        """
        credentials = self._auth.headers()
        response, content = self._sent(call, credentials)
        if response.status_code == 401 and self._auth.renew(credentials):
            response, content = self._sent(call, self._auth.headers())
        data, readable = self._read(content)
        if response.status_code == 404 and call.reading and not readable:
            # A page of somebody else: to take it for “not there” would make a second document.
            raise _senseless(call, "is not what its settings say")
        judged = self._refusals.judge(response, data, reading=call.reading, private=call.private)
        if not readable:
            raise _senseless(call, "is not what its settings say")
        link = response.links.get("next", {}).get("url", "")
        return Answer(judged, their_now(response) or datetime.now(UTC), link)

    def same_origin(self, link: str, before: str) -> str:
        """A link of theirs as an address of this system; relative to the path asked `before`.

        Raises RejectedError for one that leads elsewhere: our credentials go nowhere else.
        """
        address = urljoin(self._origin + self._base + before, link)
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            raise RejectedError(
                "its link to the next page leads to another system, and is not followed",
                code="other_origin",
            )
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _sent(self, call: Call, credentials: Mapping[str, str]) -> tuple[requests.Response, bytes]:
        headers = {**call.headers, **credentials}
        if call.body is not None:
            headers["Content-Type"] = CONTENT_TYPES[call.encoding]
        method = "GET" if call.reading else call.method
        try:
            response = self._http.send(
                call.method,
                call.link or self._base + call.path,
                params=[*call.query, *self._auth.query().items()],
                headers=headers,
                data=call.body,
                stream=True,
            )
        except UnknownOutcome as error:
            raise (RetryableError(error.reason) if call.reading else error) from error
        try:
            return response, self._whole(response, call)
        except requests.RequestException as error:
            raise failure_of(method, error) from error
        finally:
            response.close()

    def _whole(self, response: requests.Response, call: Call) -> bytes:
        """All of the answer, but no more than the settings allow."""
        content = bytearray()
        for chunk in response.iter_content(CHUNK):
            content += chunk
            if len(content) > self._most_bytes:
                raise _senseless(call, f"is larger than most_bytes ({self._most_bytes})")
        return bytes(content)

    def data_of(self, content: bytes) -> Any:
        """What they sent, as data. Raises ValueError."""
        return (xml_data if self._xml else json_data)(content)

    def _read(self, content: bytes) -> tuple[Any, bool]:
        """The answer as data, and whether it could be read."""
        if not content.strip():
            return None, True
        try:
            return self.data_of(content), True
        except ValueError:
            return None, False


def _senseless(call: Call, why: str) -> ConnectorError:
    if call.reading:
        return RetryableError(f"its answer {why}")
    return UnknownOutcome(f"its answer to a write {why}")
