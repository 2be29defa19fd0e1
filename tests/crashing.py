"""A place for files that dies, or loses a word, at one of its steps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

STEPS = ("put", "move", "remove")


class Crashing:
    """`place`, at whose step number `at` (from 1) `error` is raised, before it is done or after."""

    def __init__(self, place: Any, at: int, error: BaseException, *, after: bool) -> None:
        self._place, self._at, self._error, self._after = place, at, error, after
        self._numbers = count(1)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._place, name)
        return self._counted(real) if name in STEPS else real

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any) -> Any:
            here = next(self._numbers) == self._at
            if here and not self._after:
                raise self._error
            found = real(*args)
            if here:
                raise self._error
            return found

        return step
