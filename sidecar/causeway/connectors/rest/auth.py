"""How a request says who it comes from."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from causeway.connectors.described.encoding import json_data
from causeway.connectors.http import HttpClient
from causeway.errors import CredentialsError, RetryableError

# A token is given up this long before it ends, so that it does not end on its way.
EARLY_SECONDS = 30.0
SHORTEST_SECONDS = 60.0
DEFAULT_SECONDS = 3600.0


class Auth(Protocol):
    """What goes with each request."""

    def headers(self) -> Mapping[str, str]: ...

    def query(self) -> Mapping[str, str]: ...

    def renew(self, used: Mapping[str, str]) -> bool:
        """After a 401: whether it is worth trying again, with something newer than `used`."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same with every request."""

    in_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def headers(self) -> Mapping[str, str]:
        return self.in_headers

    def query(self) -> Mapping[str, str]:
        return self.in_query

    def renew(self, used: Mapping[str, str]) -> bool:
        return False


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749, 4.4): a token is asked for when there is none."""

    def __init__(self, options: Mapping[str, Any], secret: str, timeout_seconds: float) -> None:
        parts = urlsplit(options["token_url"])
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._http = HttpClient(
            f"{parts.scheme}://{parts.netloc}",
            headers={"Authorization": _basic(options["client_id"], secret)},
            timeout_seconds=timeout_seconds,
            concurrency=1,
        )
        self._scope = options["scope"]
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def query(self) -> Mapping[str, str]:
        return {}

    def renew(self, used: Mapping[str, str]) -> bool:
        """Another thread may have renewed it meanwhile."""
        with self._lock:
            if used.get("Authorization") == f"Bearer {self._token}":
                self._until = 0.0
        return True

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"} | (
            {"scope": self._scope} if self._scope else {}
        )
        # Asking for a token changes nothing: whatever goes wrong may be tried again.
        response = self._http.send("POST", self._path, data=form)
        if response.status_code in (400, 401, 403):
            raise CredentialsError(
                f"its token address does not accept client id and secret ({response.status_code})",
                status=response.status_code,
            )
        try:
            answer = json_data(response.content) if response.status_code == 200 else {}
            token = answer["access_token"]
            lasts = float(answer.get("expires_in") or DEFAULT_SECONDS)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RetryableError(
                f"its token address gave no token ({response.status_code})"
            ) from error
        self._token = str(token)
        self._until = time.monotonic() + max(lasts - EARLY_SECONDS, SHORTEST_SECONDS)


def auth_of(options: Mapping[str, Any], token: str, timeout_seconds: float) -> Auth:
    """By the settings' `auth`; the secret is always the connection's `token`."""
    kind, name = options["kind"], options["name"]
    if kind == "oauth2":
        return ClientCredentials(options, token, timeout_seconds)
    if kind == "query":
        return Fixed(in_query={name: token})
    if kind == "none":
        return Fixed()
    if kind == "basic":
        return Fixed({"Authorization": _basic(options["user"], token)})
    if kind == "header":
        return Fixed({name: options["prefix"] + token})
    return Fixed({"Authorization": (options["prefix"] or "Bearer ") + token})


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
