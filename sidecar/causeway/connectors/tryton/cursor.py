"""Where a feed goes on: a place (timestamp, id) in each of the streams it is read from.

Tryton stamps a record when its transaction begins and shows it when it commits, so records can
appear behind newer ones. A place therefore stays `OVERLAP` behind the newest record seen until that
record is old enough, by the server's own clock, for nothing to appear before it any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from causeway.connectors.tryton.client import Domain, Record
from causeway.errors import RejectedError

OVERLAP = timedelta(minutes=2)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Everything up to and including this (UTC time, record id) has been seen."""

    at: datetime = BEGINNING
    id: int = 0

    def after(self, field: str) -> Domain:
        """Tryton's domain for what comes later in the order of `field`, then id."""
        return ["OR", [field, ">", self.at], [[field, "=", self.at], ["id", ">", self.id]]]

    def moved(self, field: str, rows: list[Record], now: datetime, more: bool) -> Place:
        """The place to go on from, after reading `rows` at the server's time `now`."""
        newest = Place(rows[-1][field], rows[-1]["id"]) if rows else self
        if more or newest.at <= now - OVERLAP:
            return newest
        return Place(newest.at - OVERLAP)


Cursor = Mapping[str, Place]


def written(cursor: Cursor) -> str:
    """As text, to be kept by the ledger: `stream=time,id` for each stream."""
    return ";".join(
        f"{name}={place.at.isoformat()},{place.id}" for name, place in sorted(cursor.items())
    )


def read(text: str, streams: tuple[str, ...]) -> dict[str, Place]:
    """The inverse of `written`; the beginning for streams not in it, and for an empty text.

    Raises RejectedError for anything else.
    """
    places = dict.fromkeys(streams, Place())
    try:
        for part in filter(None, text.split(";")):
            name, _, place = part.partition("=")
            at, _, row = place.rpartition(",")
            moment = datetime.fromisoformat(at)
            if name not in places or moment.tzinfo is None:
                raise ValueError(name)
            places[name] = Place(moment, int(row))
    except ValueError as error:
        raise RejectedError(
            f"the cursor {text[:60]!r} is none of this feed; read it anew from the beginning",
            code="bad_cursor",
        ) from error
    return places
