"""A feed read in scans, for systems that stamp a record when its transaction begins.

A scan is all records changed since a moment, in the order of their id, which never changes. A
record changed while a scan runs is changed after the scan began, so the next scan has it; that one
begins `OVERLAP` before this one did, for transactions that take long. So nothing is missed, and
what changed lately is told again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from causeway.errors import RejectedError

OVERLAP = timedelta(minutes=2)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scan:
    """Records changed since `since`; read up to id `after` of those; it began at `began`."""

    since: datetime = BEGINNING
    began: datetime | None = None
    after: int = 0

    @property
    def all(self) -> bool:
        return self.since == BEGINNING

    def moved(self, rows: list[dict[str, Any]], now: datetime, full: bool) -> Scan:
        """After reading `rows` at the server's time `now`; `full` when there may be more."""
        began = self.began or now
        if full:
            return Scan(self.since, began, int(rows[-1]["id"]))
        return Scan(began - OVERLAP)

    def written(self) -> str:
        began = self.began.isoformat() if self.began else ""
        return f"{self.since.isoformat()},{began},{self.after}"


def read(text: str) -> Scan:
    """The inverse of `written`; the beginning for an empty text. Raises RejectedError."""
    if not text:
        return Scan()
    try:
        since, began, after = text.split(",")
        scan = Scan(
            datetime.fromisoformat(since),
            datetime.fromisoformat(began) if began else None,
            int(after),
        )
        if scan.since.tzinfo is None or (scan.began and scan.began.tzinfo is None):
            raise ValueError(text)
    except ValueError as error:
        raise RejectedError(
            f"the cursor {text[:60]!r} is none of this feed; read it anew from the beginning",
            code="bad_cursor",
        ) from error
    return scan
