"""The promises, in the words of the table of connectors, and the mark a test carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])

ONCE = "same key 20 times at once: one record"
FOUND = "lost answers: found again, once"
HALF = "half-made documents are finished"
UNKNOWN = "unknown SKU: a missing mapping"
LATE = "cancel too late says so"
CENTS = "totals equal to the minor unit"
CURSOR = "cursors miss and repeat nothing"
CLASSES = "refusals in the right class"
PRIVATE = "no personal data in logs"
LENGTH = "long references without a clash"
HINTS = "webhooks verified, and only hints"
CHECKED = "check says what is wrong, in words"
PROMISES = (ONCE, FOUND, HALF, UNKNOWN, LATE, CENTS, CURSOR, CLASSES, PRIVATE, LENGTH, HINTS,
            CHECKED)  # fmt: skip


def promise(words: str) -> Callable[[Test], Test]:
    """What a test shows, as the table of connectors and promises says it."""

    def mark(test: Test) -> Test:
        test.promise = words  # type: ignore[attr-defined]
        return test

    return mark
