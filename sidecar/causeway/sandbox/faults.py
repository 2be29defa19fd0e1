"""Faults on demand. They live in memory: a restart ends them."""

from __future__ import annotations

import random
import re
import threading
from dataclasses import asdict, dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from causeway.sandbox.reading import Fields
from causeway.sandbox.wire import Refusal, Reply

KINDS = (
    "delay", "status", "status_after", "drop_before", "drop_after", "garbage", "hang", "trickle",
    "truncated", "redirect", "error_body",
)  # fmt: skip
METHODS = ("*", "GET", "POST", "PUT", "DELETE")
_HEADER = re.compile(r"[ -~]{1,64}")


@dataclass(slots=True)
class Fault:
    """What happens to requests of `method` to `path` (which may have `*` in it).

    delay: waits `seconds`, then does as asked. status: answers `status` and does nothing;
    status_after: does it, then answers `status`. drop_before, drop_after: closes the connection
    without a byte of answer, before or after doing it. garbage: answers 200 with a page of HTML
    and does nothing. hang: does nothing and closes after `seconds` without an answer. trickle: does
    as asked and sends the answer byte by byte over `seconds`. truncated: does as asked, sends half
    of the answer and closes. redirect: answers 302 and does nothing. error_body: answers 200 with
    an error in its JSON and does nothing. It strikes `times` times (None: until
    removed), each time with `probability`.
    """

    id: int
    kind: str
    path: str
    method: str
    status: int
    retry_after: str
    seconds: float
    times: int | None
    probability: float
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.times is not None and self.struck >= self.times

    def hits(self, method: str, path: str) -> bool:
        if self.spent or self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        return self.probability >= 1 or random.random() < self.probability  # noqa: S311 - a toy's dice

    def reply(self) -> Reply:
        """The answer of those kinds that answer in the place of what was asked for."""
        if self.kind == "garbage":
            return Reply.html("<!doctype html><title>Welcome</title><p>It works!")
        if self.kind == "redirect":
            return Reply(302, headers={"Location": "/sandbox/elsewhere"})
        if self.kind == "error_body":
            return Reply.json({"error": {"code": "fault", "message": "it did not work"}})
        message = f"a fault was asked for: {self.status}"
        reply = Reply.refused(Refusal(self.status, "fault", message))
        if self.retry_after:
            reply.headers["Retry-After"] = self.retry_after
        return reply


class Faults:
    """The faults in force, in the order they were asked for; the first that hits is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last = 0

    def add(self, fields: Fields) -> dict[str, Any]:
        fault = _read(fields)
        with self._lock:
            self._last += 1
            fault.id = self._last
            self._faults.append(fault)
            return asdict(fault)

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that happens to this request, counted; None for most. Control is exempt."""
        if not self._faults or path.startswith("/sandbox"):
            return None
        with self._lock:
            for fault in self._faults:
                if fault.hits(method, path):
                    fault.struck += 1
                    return fault
        return None

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def remove(self, number: int | None = None) -> int:
        """Remove one, or all; how many went."""
        with self._lock:
            kept = [each for each in self._faults if number is not None and each.id != number]
            gone = len(self._faults) - len(kept)
            self._faults = kept
            return gone


def _read(fields: Fields) -> Fault:
    kind = _one_of(fields, "kind", KINDS, "")
    method = _one_of(fields, "method", METHODS, "*")
    path = fields.text("path", required=True, limit=300)
    fault = Fault(
        id=0,
        kind=kind,
        path=path,
        method=method,
        status=int(_within(fields, "status", "500", 400, 599)),
        retry_after=_retry_after(fields),
        seconds=float(_within(fields, "seconds", "1", 0, 600)),
        times=_times(fields),
        probability=float(_within(fields, "probability", "1", 0, 1)),
    )
    if kind.startswith("status") and "status" not in fields.data:
        raise fields.refusal("status", "missing", "must be given for this kind")
    return fault


def _one_of(fields: Fields, name: str, words: tuple[str, ...], default: str) -> str:
    value = fields.text(name) or default
    if value not in words:
        raise fields.refusal(name, "invalid", "must be one of " + ", ".join(words))
    return value


def _within(fields: Fields, name: str, default: str, low: int, high: int) -> Decimal:
    value = fields.data.get(name, default)
    # Here nothing is money, so a JSON float is as good as any.
    text = str(value) if isinstance(value, float) else value
    number = Fields({name: text}, fields.path).number(name)
    if not low <= number <= high:
        raise fields.refusal(name, "invalid", f"must be between {low} and {high}")
    return number


def _times(fields: Fields) -> int | None:
    if "times" in fields.data and fields.data["times"] is None:
        return None
    return int(_within(fields, "times", "1", 1, 1_000_000))


def _retry_after(fields: Fields) -> str:
    """Seconds or an HTTP date, kept as it will be sent."""
    value = fields.data.get("retry_after")
    text = "" if value is None else str(value)
    if text and (isinstance(value, bool | dict | list) or not _HEADER.fullmatch(text)):
        raise fields.refusal("retry_after", "invalid", "must be seconds or an HTTP date")
    return text
