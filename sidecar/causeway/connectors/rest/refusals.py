"""What their answers mean, by the table in the settings and, where it says nothing, by HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from causeway.connectors.described.documents import without
from causeway.connectors.described.expressions import Expressions
from causeway.connectors.http import classify, retry_after
from causeway.connectors.texts import clean
from causeway.errors import (
    ConnectorError,
    CredentialsError,
    MappingMissing,
    RejectedError,
    RetryableError,
    TooLate,
    UnknownOutcome,
)

MOST_WORDS = 300
# What these mean is plain (RFC 9110): a rule for 4xx or * leaves them alone, one by name does not.
SAID_BY_HTTP = (401, 403, 408, 425, 429)


class StartOver(ConnectorError):
    """The cursor is not known over there (any more): read from the beginning."""


class NotThere(RejectedError):
    """What was asked for does not exist."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that is no error: the data, whether it brings what was there already, and where."""

    data: Any
    existed: bool = False
    document: str = ""


@dataclass(frozen=True, slots=True)
class Refusals:
    """The table of one connection. `message` finds their words in an answer of any kind."""

    rules: Sequence[Mapping[str, Any]]
    message: str
    retry_after_header: str
    expressions: Expressions

    def judge(
        self, response: requests.Response, data: Any, *, reading: bool, private: Sequence[str]
    ) -> Judged:
        """The answer, where it is no refusal. Raises the classes of `causeway.errors`.

        Words are passed on without what tells who a buyer is (`private`).
        """
        rule = next((r for r in self.rules if self._fits(r, response.status_code, data)), None)
        words = self._words(rule, data, private)
        if rule is None:
            self._by_status(response, words, reading=reading)
            return Judged(data)
        if rule["means"] in ("ok", "duplicate"):
            existed = rule["means"] == "duplicate" and not reading
            return Judged(data, existed, rule["document"])
        raise self._error(rule, response, data, words, reading=reading)

    def _fits(self, rule: Mapping[str, Any], status: int, data: Any) -> bool:
        wanted = rule["status"]
        if wanted != str(status) and (status in SAID_BY_HTTP or not self._group(wanted, status)):
            return False
        if not rule["when"]:
            return True
        try:
            return bool(self.expressions.find(rule["when"], data))
        except RejectedError:  # it was written for another kind of answer
            return False

    @staticmethod
    def _group(wanted: str, status: int) -> bool:
        return wanted in ("*", f"{status // 100}xx")

    def _words(self, rule: Mapping[str, Any] | None, data: Any, private: Sequence[str]) -> str:
        for expression in (rule["message"] if rule else "", self.message):
            try:
                found = self.expressions.find(expression, data)
            except RejectedError:
                continue
            if isinstance(found, str) and found.strip():
                return without(clean(found).splitlines()[0][:2000], private)[:MOST_WORDS]
        return "it gave no reason"

    def _by_status(self, response: requests.Response, words: str, *, reading: bool) -> None:
        failure = classify("GET" if reading else "POST", response)
        if isinstance(failure, RetryableError) and response.status_code in (408, 425, 429, 503):
            raise self._wait(response, failure.reason)
        if failure is not None:
            raise failure
        status = response.status_code
        if status == 404:
            raise NotThere(f"it does not know that: {words}", code="not_found", status=status)
        if status >= 400 or status < 200:
            raise RejectedError(f"it refused: {words}", status=status)

    def _error(  # noqa: PLR0911 - a table in words
        self,
        rule: Mapping[str, Any],
        response: requests.Response,
        data: Any,
        words: str,
        *,
        reading: bool,
    ) -> ConnectorError:
        means, status = rule["means"], response.status_code
        if means == "wait":
            return self._wait(response, f"it asks us to wait: {words}")
        if means == "retry" or (means == "unknown" and reading):
            return RetryableError(f"it could not: {words}", status=status)
        if means == "unknown":
            return UnknownOutcome(f"whether it has done it is not sure: {words}", status=status)
        if means == "credentials":
            return CredentialsError(f"it does not accept our credentials: {words}", status=status)
        if means == "too_late":
            return TooLate(words, status=status)
        if means == "not_found":
            return NotThere(f"it does not know that: {words}", code="not_found", status=status)
        if means == "start_over":
            return StartOver("it does not know our cursor any more", status=status)
        if means == "mapping_missing":
            value = self.expressions.find(rule["value"], data)
            if isinstance(value, str | int) and not isinstance(value, bool):
                return MappingMissing(rule["table"], str(value)[:100])
        code = self.expressions.find(rule["code"], data)
        code = re.sub(r"\W+", "_", str(code))[:50] if code else "rejected"
        refusal = NotThere if status == 404 and reading else RejectedError
        return refusal(f"it refused: {words}", code=code, status=status)

    def _wait(self, response: requests.Response, words: str) -> RetryableError:
        seconds = retry_after(response.headers.get(self.retry_after_header))
        return RetryableError(words, retry_after=seconds, status=429)
