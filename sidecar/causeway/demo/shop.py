"""A shop's side of the wire: signs what it sends and verifies what it is answered."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
import requests

from causeway.errors import CausewayError
from causeway.wire import signature
from causeway.wire.pairing import Pairing

TIMEOUT = (3.0, 30.0)


class Shop:
    """Speaks for the store of a pairing code. Believes no answer that is not signed."""

    def __init__(self, pairing: Pairing) -> None:
        self.pairing = pairing
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **headers: str) -> requests.Response:
        return self._send("GET", path, b"", headers)

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        return self._send("POST", path, orjson.dumps(body), {"Content-Type": "application/json"})

    def _send(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> requests.Response:
        message_id = f"msg_{uuid.uuid4().hex}"
        payload = body or f"{method} {path}".encode()
        signed = signature.headers([self.pairing.secret], message_id, datetime.now(UTC), payload)
        answer = self._session.request(
            method,
            self.pairing.url + path,
            data=body or None,
            headers={**headers, **signed, signature.STORE_HEADER: self.pairing.store},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if answer.status_code < 400:
            self._believe(answer)
        return answer

    def _believe(self, answer: requests.Response) -> None:
        payload = answer.content or str(answer.status_code).encode()
        try:
            signature.verify(answer.headers, payload, [self.pairing.secret], datetime.now(UTC))
        except signature.SignatureProblem as error:
            raise CausewayError(
                f"the sidecar's answer is not signed as it must be: {error}"
            ) from error


def refusal(answer: requests.Response) -> str:
    """What a problem document says, in a line."""
    try:
        problem = answer.json()
        return f"{answer.status_code} {problem['detail']} {problem['remedy']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} without a problem document"
