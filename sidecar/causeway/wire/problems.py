"""Problems as RFC 9457 has them: each with a type that stays, the field, and the remedy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response

URN = "urn:causeway:problem:"
MEDIA_TYPE = "application/problem+json"

# type → (status, title). The README of the wire explains each; shops may rely on the type.
TYPES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "bad-json": (400, "The body is not JSON"),
    "bad-signature": (401, "The signature is not right"),
    "timestamp-skew": (401, "The clocks are too far apart"),
    "unknown-store": (401, "This store is not known here"),
    "forbidden": (403, "This is not allowed"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "The method does not fit the address"),
    "replayed": (409, "This very message was received before"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is not of a type that is read here"),
    "invalid": (422, "Something in it is not as it must be"),
    "id-reused": (422, "This event id was used for something else"),
    "internal": (500, "Something went wrong here"),
    "not-ready": (503, "The sidecar cannot promise to keep anything now"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that is wrong: its path, what is wrong with it, what to do."""

    field: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer to something that did not go well. `extra` are further members of its type."""

    type: str
    detail: str
    remedy: str
    field: str = ""
    errors: Sequence[Fault] = ()
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)
    retry_after: int | None = None

    @property
    def status(self) -> int:
        return TYPES[self.type][0]

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": URN + self.type,
            "title": TYPES[self.type][1],
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
        }
        if self.field:
            found["field"] = self.field
        if self.errors:
            found["errors"] = [
                {"field": e.field, "problem": e.problem, "remedy": e.remedy} for e in self.errors
            ]
        return {**found, **self.extra}

    def response(self) -> Response:
        answer = Response(orjson.dumps(self.body()), self.status, content_type=MEDIA_TYPE)
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


class ProblemError(Exception):
    """Raised anywhere in a request; the app answers with its problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.detail)
