"""Incoming files: none is read half, each is read once, and what was wrong with one is said.

A file that is ready is read and checked, then moved by one rename into the log of its feed, where
files stand in the order in which they were taken. The cursor is a place in that log: a reader that
died, or a ledger restored from a backup, goes on where it was. What cannot be read is moved aside
with a sentence beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from causeway.connectors.base import Page
from causeway.connectors.described.keys import name_of
from causeway.connectors.described.rows import RowReader
from causeway.connectors.files.mapper import FileMapper
from causeway.connectors.files.place import Entry, Gone, Place, TooLarge
from causeway.connectors.single import SingleFlight
from causeway.errors import MappingError, RejectedError

MOST_ROWS = 2000
MOST_AT_ONCE = 20
MOST_TOLD = 20
_LOGGED = re.compile(r"(\d{6})~([0-9a-f]{16})~(.+)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{6})@(\d+|end)")
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", "~")


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A file in the log, and how many of its records were read; -1 for all of them."""

    day: str
    number: int
    records: int = field(default=0, compare=False)

    def written(self) -> str:
        return f"{self.day}/{self.number:06d}@{'end' if self.records < 0 else self.records}"


def read_spot(cursor: str) -> Spot | None:
    """The inverse of `written`; None for the beginning. Raises RejectedError."""
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise RejectedError(
            f"the cursor {cursor[:60]!r} is none of this feed; read it anew from the beginning",
            code="bad_cursor",
        )
    day, number, records = found.groups()
    return Spot(day, int(number), -1 if records == "end" else int(records))


@dataclass(frozen=True, slots=True)
class Logged:
    """A file in the log, under the name it came with."""

    spot: Spot
    hash: str
    name: str
    path: str
    modified: float


@dataclass
class Inbox:
    """One feed of one connection."""

    feed: str
    op: Mapping[str, Any]
    place: Place
    work: str
    mapper: FileMapper
    reader: RowReader
    single: SingleFlight
    _open: tuple[str, list[Any], list[str]] | None = None

    def page(self, cursor: str) -> Page[Any]:
        """The next records. Those that cannot be read are passed over and told of."""
        spot = read_spot(cursor)
        refused: list[str] = []
        logged = self._next(spot)
        if logged is None:
            refused = self._take()
            logged = self._next(spot)
        if logged is None:
            return Page((), cursor, refused=tuple(refused))
        items, told = self._read(logged)
        start = spot.records if spot and spot == logged.spot else 0
        end = start + MOST_ROWS
        now_at = Spot(logged.spot.day, logged.spot.number, end if end < len(items) else -1)
        told = [*refused, *told] if start == 0 else refused
        return Page(tuple(items[start:end]), now_at.written(), more=True, refused=tuple(told))

    def aside(self) -> int:
        """How many files were moved aside and still lie there."""
        found = self.place.entries(self._folder("error"))
        return sum(not entry.name.endswith(".why.txt") for entry in found)

    def _folder(self, what: str) -> str:
        return f"{self.work}/{what}/{self.feed}"

    def _next(self, spot: Spot | None) -> Logged | None:
        """The file that the cursor stands in, or the first after it."""
        for logged in self._log(spot.day if spot else ""):
            if spot is None or logged.spot > spot:
                return logged
            if logged.spot == spot and spot.records >= 0:
                return logged
        return None

    def _log(self, since: str) -> Iterator[Logged]:
        log = self._folder("log")
        for day in self.place.folders(log):
            if not _DAY.fullmatch(day) or day < since:
                continue
            for entry in sorted(self.place.entries(f"{log}/{day}"), key=lambda e: e.name):
                found = _LOGGED.fullmatch(entry.name)
                if found:
                    spot = Spot(day, int(found[1]))
                    path = f"{log}/{day}/{entry.name}"
                    yield Logged(spot, found[2], found[3], path, entry.modified)

    def _read(self, logged: Logged) -> tuple[list[Any], list[str]]:
        """All records of a file and what is wrong with others; kept while its pages are read."""
        if self._open and self._open[0] == logged.path:
            return self._open[1], self._open[2]
        content = self.place.read(logged.path, self.mapper.options["most_bytes"])
        if _digest(content) != logged.hash:
            return [], [f"{logged.name}: it was changed after it was taken, and is passed over"]
        try:
            items, told = self._records(logged.name, content, logged.modified)
        except MappingError as error:
            return [], [f"{logged.name}: {error}"]
        self._open = (logged.path, items, told)
        return items, told

    def _records(self, name: str, content: bytes, modified: float) -> tuple[list[Any], list[str]]:
        """Raises MappingError for a file of which nothing can be read."""
        at = self._told_at(name, modified)
        items, told = [], []
        for number, row in enumerate(self.mapper.rows(self.op, content), 1):
            try:
                items.append(self.reader.read(row, at))
            except (MappingError, RejectedError) as error:
                told.append(f"{name}, record {number}: {error}")
        if told and not items:
            raise MappingError("file", f"has no record that can be read ({told[0]})", "Mend it")
        if len(told) > MOST_TOLD:
            told[MOST_TOLD:] = [f"{name}: and {len(told) - MOST_TOLD} more of its records"]
        return items, told

    def _told_at(self, name: str, modified: float) -> datetime:
        pattern = self.op["time_in_name"]
        if not pattern:
            return datetime.fromtimestamp(modified, UTC)
        try:
            moment = datetime.strptime(name, pattern)  # noqa: DTZ007 - the zone follows
        except ValueError as error:
            raise MappingError(
                "name", f"is not as time_in_name has it ({pattern})", "Name files so"
            ) from error
        zone = ZoneInfo(self.reader.expressions.formats.zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)

    def _take(self) -> list[str]:
        """Move what is ready into the log, the oldest first; what was wrong with others."""
        lock = f"{self.work}/locks/inbox-{self.feed}"
        told: list[str] = []
        with self.single.alone(lock), self.place.alone(lock):
            for entry in self._ready()[:MOST_AT_ONCE]:
                wrong = self._take_one(entry)
                told += [wrong] if wrong else []
        return told

    def _ready(self) -> list[Entry]:
        found = {entry.name: entry for entry in self.place.entries(self.op["folder"])}
        wanted = [entry for entry in found.values() if self._is_wanted(entry.name)]
        if self.op["ready"] == "done_file":
            wanted = [entry for entry in wanted if self._done_file(entry.name, found)]
        elif self.op["ready"] == "stable" and wanted:
            rested = self.place.now() - self.op["settle_seconds"]
            wanted = [entry for entry in wanted if entry.modified <= rested]
        return sorted(wanted, key=lambda entry: (entry.modified, entry.name))

    def _is_wanted(self, name: str) -> bool:
        return (
            fnmatchcase(name, self.op["pattern"])
            and name.isprintable()
            and len(name) <= 150
            and not name.startswith(".")
            and not name.endswith((*_UNFINISHED, self.op["done_suffix"]))
        )

    def _done_file(self, name: str, found: Mapping[str, Entry]) -> str:
        """The name of the marker that says that a file is whole; empty if there is none."""
        suffix = self.op["done_suffix"]
        names = (name + suffix, name.rpartition(".")[0] + suffix)
        return next((marker for marker in names if marker in found), "")

    def _take_one(self, entry: Entry) -> str:
        """One file, into the log or aside; what is wrong with it, if anything is."""
        path = f"{self.op['folder']}/{entry.name}"
        try:
            content = self.place.read(path, self.mapper.options["most_bytes"])
        except Gone:
            return ""
        except TooLarge as error:
            return self._put_aside(entry, str(error))
        if self.place.stat(path) != entry:  # somebody is writing it
            return ""
        digest = _digest(content)
        if self._seen(entry, digest):
            self.place.move(path, f"{self._folder('twice')}/{digest}~{entry.name}")
            self._remove_marker(entry)
            return ""
        try:
            self._records(entry.name, content, entry.modified)
        except MappingError as error:
            return self._put_aside(entry, str(error))
        spot = self._free_spot()
        target = f"{self._folder('log')}/{spot.day}/{spot.number:06d}~{digest}~{entry.name}"
        self.place.move(path, target)
        self._remember(entry, digest)
        self._remove_marker(entry)
        return ""

    def _put_aside(self, entry: Entry, sentence: str) -> str:
        target = f"{self._folder('error')}/{entry.name}"
        self.place.put(f"{target}.why.txt", f"{sentence}\n".encode())
        self.place.move(f"{self.op['folder']}/{entry.name}", target)
        self._remove_marker(entry)
        return f"{entry.name}: {sentence} (it lies in {self._folder('error')})"

    def _remove_marker(self, entry: Entry) -> None:
        if self.op["ready"] == "done_file":
            found = {e.name: e for e in self.place.entries(self.op["folder"])}
            marker = self._done_file(entry.name, found)
            if marker:
                self.place.remove(f"{self.op['folder']}/{marker}")

    def _free_spot(self) -> Spot:
        """Behind all others, also where the clock went back."""
        today = datetime.fromtimestamp(self.place.now(), UTC).date().isoformat()
        days = [day for day in self.place.folders(self._folder("log")) if _DAY.fullmatch(day)]
        day = max([*days, today])
        taken = [logged.spot.number for logged in self._log(day)]
        return Spot(day, max(taken, default=0) + 1)

    def _seen(self, entry: Entry, digest: str) -> bool:
        """Whether the file that came last under this name was the same.

        Where a file's own time says as of when it counts, the same figures later are news.
        """
        try:
            known = json.loads(self.place.read(self._memory(entry), 10_000))
        except (Gone, ValueError):
            return False
        same = bool(known.get("hash") == digest)
        return same and (not self._time_counts or known.get("modified") == entry.modified)

    @property
    def _time_counts(self) -> bool:
        said = self.op["time_in_name"] or self.reader.wording.fields.get("as_of")
        return self.feed in ("stock", "prices") and not said

    def _remember(self, entry: Entry, digest: str) -> None:
        known = {"hash": digest, "modified": entry.modified}
        self.place.put(self._memory(entry), json.dumps(known).encode())

    def _memory(self, entry: Entry) -> str:
        return f"{self._folder('seen')}/{name_of(entry.name)}.json"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
