"""What the shop's test plugin wrote down, and the faults it is told to make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Literal

from tests.shop.account import give

Does = Literal["throw", "error", "exit", "kill", "memory", "sleep"]


class Notebook:
    """The state folder. Times in it are seconds of the machine's clock since 1970."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._numbers = count(1)
        self._faults: list[dict[str, Any]] = []
        self._write_faults()

    def mails(self) -> list[dict[str, Any]]:
        """Each mail that would have left: at, to, subject, message, headers, request."""
        return self._lines("mail.jsonl")

    def outgoing(self) -> list[dict[str, Any]]:
        """Each HTTP request WordPress began: at, method, url, blocked, request, in_shutdown."""
        return self._lines("http.jsonl")

    def debug_log(self) -> str:
        """PHP's notices, warnings and errors."""
        path = self._state / "debug.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def forget(self) -> None:
        for name in ("mail.jsonl", "http.jsonl", "debug.log"):
            (self._state / name).unlink(missing_ok=True)

    @contextmanager
    def fault(self, hook: str, does: Does, *, priority: int = 10, request: str | None = None,
              skip: int = 0, times: int = 0, seconds: float = 0.0) -> Iterator[Path]:  # fmt: skip
        """While inside, `does` happens when WordPress comes to `hook`.

        `request` is a regular expression on "POST /path?query" or "cli"; the first `skip` times
        are let pass, and after `times` (0 for ever) it is over. Yields a file that grows by one
        byte each time the hook was reached.
        """
        number = next(self._numbers)
        fault = {"id": number, "hook": hook, "does": does, "priority": priority, "skip": skip,
                 "times": times, "seconds": seconds}  # fmt: skip
        if request is not None:
            fault["request"] = request.replace("~", r"\~")
        seen = self._state / f"fault-{number}"
        seen.touch()
        give(seen)
        self._faults.append(fault)
        self._write_faults()
        try:
            yield seen
        finally:
            self._faults.remove(fault)
            self._write_faults()

    def _write_faults(self) -> None:
        path = self._state / "faults.json"
        if not self._faults:
            path.unlink(missing_ok=True)
            return
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self._faults))
        give(new)
        new.rename(path)

    def _lines(self, name: str) -> list[dict[str, Any]]:
        path = self._state / name
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]
