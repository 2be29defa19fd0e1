"""The sandbox's own time: the machine's, moved ahead as far as somebody asked."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from causeway.sandbox.books import Books
from causeway.sandbox.wire import Refusal

MAX_AHEAD = 10 * 366 * 86400.0


def stamp(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class Clock:
    """Sandbox time in seconds since 1970. How far it is ahead is kept in the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        with books.reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'clock_offset'").fetchone()
        self.ahead = float(row[0])

    def now(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`. Time does not run backwards, and not more than ten years ahead."""
        with self._books.writing() as db:
            ahead = self.ahead + seconds
            if seconds < 0 or ahead > MAX_AHEAD:
                message = "must not be negative, nor lead more than ten years ahead"
                raise Refusal(422, "invalid", message, "advance_seconds")
            db.execute("UPDATE meta SET value = ? WHERE key = 'clock_offset'", (ahead,))
            self.ahead = ahead
