"""The one way out: a requests Session per connection, and what its failures mean.

A failure is classed by what may have happened over there. A connection that never stood did
nothing; a request whose answer did not come may have done everything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError
from urllib3.util.retry import Retry

from causeway.connectors.deadline import DeadlineAdapter
from causeway.errors import (
    ConnectorError,
    CredentialsError,
    RejectedError,
    RetryableError,
    UnknownOutcome,
)

CONNECT_SECONDS = 3.0
# Whoever asks for more is asked again after this long: a wrong figure must not stop the road.
MAX_RETRY_AFTER = 3600.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_UNTOUCHED = (NewConnectionError, NameResolutionError)


class HttpClient:
    """JSON over HTTP to one connection. Holds keep-alive connections, up to `concurrency` at once.

    `headers` go with every request and may carry credentials; they are never logged.
    An answer has `timeout_seconds` in all, however it comes.
    Redirects are not followed: a redirect of a write is a wrong address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 30.0,
        concurrency: int = 4,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        self._session = requests.Session()
        self._session.headers.update(headers or {})
        # The environment's proxies and netrc are not ours to send credentials to.
        self._session.trust_env = False
        adapter = DeadlineAdapter(pool_maxsize=concurrency, max_retries=Retry(0, read=False))
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send and return any answer below 500 that is not 401, 403, 408, 425 or 429.

        Raises RetryableError, UnknownOutcome, CredentialsError; see `failure_of` and `classify`.
        """
        response = self.send(method, path, **kwargs)
        failure = classify(method, response)
        if failure is not None:
            raise failure
        return response

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send and return whatever answer comes. Raises as `failure_of` says where none does."""
        try:
            return self._session.request(
                method, self.base_url + path, timeout=self._timeout, allow_redirects=False, **kwargs
            )
        except requests.RequestException as error:
            raise failure_of(method, error) from error

    def close(self) -> None:
        self._session.close()


def failure_of(method: str, error: requests.RequestException) -> ConnectorError:
    """What a request without an answer means: nothing done, or nobody knows."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, _UNTOUCHED):
        return RetryableError("it cannot be reached")
    if isinstance(error, requests.exceptions.SSLError):
        return RetryableError("its TLS certificate is not accepted")
    late = isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError)
    if method.upper() in _SAFE:
        return RetryableError("its answer did not come" + (" in time" if late else ""))
    if late:
        return UnknownOutcome("its answer did not come in time")
    return UnknownOutcome("the connection ended before its answer came")


def classify(method: str, response: requests.Response) -> ConnectorError | None:
    """What an answer means, from its status alone; None when the caller must read the body."""
    status = response.status_code
    if status in (401, 403):
        return CredentialsError(f"it does not accept our credentials ({status})", status=status)
    if status in (408, 425, 429) or (status == 503 and "Retry-After" in response.headers):
        wait = retry_after(response.headers.get("Retry-After"), their_now(response))
        return RetryableError(f"it asks us to wait ({status})", retry_after=wait, status=status)
    if status >= 500:
        if method.upper() in _SAFE:
            return RetryableError(f"it answered {status}", status=status)
        return UnknownOutcome(f"it answered {status}, which may be after the work", status=status)
    if 300 <= status < 400 and status != 304:
        return RejectedError(f"it redirects ({status}); check its address", code="redirect")
    return None


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait by a Retry-After header, given as seconds or as a date (RFC 9110 10.2.3).

    `now` is the time by the clock that made a date, so that clocks which differ do no harm.
    None when absent or unreadable; never negative, and no more than an hour.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        when = _date(value)
        if when is None:
            return None
        seconds = (when - (now or datetime.now(UTC))).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def their_now(response: requests.Response) -> datetime | None:
    """The time by their own clock, where they tell it."""
    return _date(response.headers.get("Date", ""))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
