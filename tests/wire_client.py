"""A shop's side of the wire: signs as the plugin does, and believes only signed answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from causeway.wire import signature


class ShopClient:
    """Talks to the app in this process for one store.

    Every answer that carries a signature is verified under the id of its request; `unsigned` of
    the last answer says whether it carried none.
    """

    def __init__(
        self, client: FlaskClient, store: str, secrets: Sequence[str], now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self.store = store
        self.secrets = list(secrets)
        self.now = now
        self.unsigned = False

    def events(self, events: Iterable[Mapping[str, Any]], **options: Any) -> TestResponse:
        body = json.dumps({"events": list(events)}).encode()
        return self.post("/v1/events", body, **options)

    def post(self, path: str, body: bytes, **options: Any) -> TestResponse:
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        return self.send("POST", path, body, headers=headers, **options)

    def post_json(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.post(path, json.dumps(body).encode(), **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.send("GET", path, b"", **options)

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        headers: Mapping[str, str | None] | None = None,
        message_id: str | None = None,
        secrets: Sequence[str] | None = None,
        signed_as: bytes | None = None,
    ) -> TestResponse:
        """Send it signed. A header of None is left out; `signed_as` signs something else."""
        message_id = message_id or uuid4().hex
        secrets = self.secrets if secrets is None else secrets
        payload = signed_as if signed_as is not None else body or f"{method} {path}".encode()
        made: dict[str, str | None] = {
            signature.STORE_HEADER: self.store,
            **signature.headers(secrets, message_id, self.now(), payload),
            **(headers or {}),
        }
        given = {name: value for name, value in made.items() if value is not None}
        answer = self._client.open(path, method=method, data=body, headers=given)
        self._believe(answer, message_id)
        return answer

    def _believe(self, answer: TestResponse, message_id: str) -> None:
        self.unsigned = signature.SIGNATURE_HEADER not in answer.headers
        if self.unsigned:
            return
        body = answer.get_data()
        if answer.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        payload = body or str(answer.status_code).encode()
        signed = signature.verify(answer.headers, payload, self.secrets, self.now())
        assert signed.id == message_id, "an answer to another request"
