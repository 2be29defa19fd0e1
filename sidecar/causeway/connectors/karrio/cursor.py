"""How far the shipments were read. Pure.

karrio tells when a shipment was made and not when it changed. So a reading is all shipments made
since a moment, and those that were seen before and had not left: drafts, and labels of parcels that
had not moved where that is waited for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from causeway.errors import RejectedError

# A shipment may be made and bought in one long transaction, while carriers take their time.
OVERLAP = timedelta(minutes=10)
MOST_OPEN = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    """Shipments made from `since` on, `done` of which, the oldest, were read; it began at `began`.

    `count` is how many there were when last asked. `open` are ids, with the time each was made, of
    those to be looked at again, oldest first.
    """

    since: datetime
    began: datetime | None = None
    done: int = 0
    count: int = 0
    open: tuple[tuple[str, datetime], ...] = ()

    def place(self, count: int, size: int) -> tuple[int, int]:
        """Offset and limit of the next page of `size` in karrio's list of `count`, whose newest
        come first.
        """
        left = max(count - self.done, 0)
        return max(left - size, 0), min(left, size) or size

    def further(self, began: datetime, read: int, count: int) -> Reading:
        """After a page that was not the last."""
        return replace(self, began=began, done=self.done + read, count=count)

    def ended(self, began: datetime) -> Reading:
        """After the last page: the next reading begins a little before this one did."""
        return Reading(began - OVERLAP, open=self.open)

    def watching(self, found: dict[str, datetime], forget_before: datetime) -> Reading:
        """With these to be looked at again; too old ones are not, nor more than can be."""
        kept = sorted((at, name) for name, at in found.items() if at >= forget_before)
        return replace(self, open=tuple((name, at) for at, name in kept[-MOST_OPEN:]))

    def written(self) -> str:
        body = {
            "since": self.since.isoformat(),
            "began": self.began.isoformat() if self.began else None,
            "done": self.done,
            "count": self.count,
            "open": [[name, int(at.timestamp())] for name, at in self.open],
        }
        return json.dumps(body, separators=(",", ":"))


def read(text: str, beginning: datetime) -> Reading:
    """The inverse of `written`; from `beginning` on for an empty text. Raises RejectedError."""
    if not text:
        return Reading(beginning)
    try:
        body = json.loads(text)
        return Reading(
            _time(body["since"]),
            _time(body["began"]) if body["began"] else None,
            int(body["done"]),
            int(body["count"]),
            tuple((str(name), datetime.fromtimestamp(at, UTC)) for name, at in body["open"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RejectedError(
            f"the cursor {text[:60]!r} is none of this feed; read it anew from the beginning",
            code="bad_cursor",
        ) from error


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found
