"""Their feeds read page by page. What a reading has come to stands in the cursor, as JSON.

A feed is read in scans. Where they take a time (`since`), a scan asks for what changed after it and
the next one begins `overlap_seconds` before this one did, so that what was changed meanwhile comes.
Where they have a cursor of their own it goes on for ever. Everything else is told anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from causeway.connectors.base import Page
from causeway.connectors.described.rows import RowReader
from causeway.connectors.rest.client import Answer, Call, RestClient
from causeway.connectors.rest.mapper import RestMapper, whole_number
from causeway.connectors.rest.refusals import StartOver
from causeway.errors import CausewayError, MappingError, RejectedError, RetryableError

MOST_CURSOR_SIGNS = 4000
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class State:
    """Where a reading stands: `since` what, `at` which page, when the scan `began`.

    `high` is the newest change seen in this scan, by their own records; `rest` is when the last
    scan began, where the next one is not due at once.
    """

    since: str = ""
    at: str = ""
    began: str = ""
    high: str = ""
    rest: str = ""

    def written(self) -> str:
        said = {"since": self.since, "at": self.at, "began": self.began, "high": self.high,
                "rest": self.rest}  # fmt: skip
        kept = {name: value for name, value in said.items() if value}
        return json.dumps(kept, separators=(",", ":")) if kept else ""


def read_state(text: str) -> State:
    """The inverse of `written`. Raises RejectedError for what is no cursor of ours."""
    if not text:
        return State()
    try:
        state = State(**{str(k): str(v) for k, v in json.loads(text).items()})
        for moment in (state.since, state.began, state.high, state.rest):
            if moment:
                datetime.fromisoformat(moment)
    except (ValueError, TypeError, AttributeError) as error:
        raise RejectedError(
            f"the cursor {text[:60]!r} is none of this feed; read it anew from the beginning",
            code="bad_cursor",
        ) from error
    return state


@dataclass(frozen=True)
class FeedReader:
    """One feed, as its settings say."""

    op: Mapping[str, Any]
    reader: RowReader
    client: RestClient
    mapper: RestMapper
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def page(self, cursor: str) -> Page[Any]:
        """The next page. Rows that cannot be read are passed over and told of, unless all are."""
        state = read_state(cursor)
        if self._rests(state):
            return Page((), cursor)
        try:
            return self._page(state)
        except StartOver:
            if state == State():
                raise
            return self._page(State())

    def _page(self, state: State) -> Page[Any]:
        call, position = self._call(state)
        answer = self.client.exchange(call)
        rows = self._rows(answer.data)
        items, refused = self._read(rows, answer.at)
        began, high = state.began or answer.at.isoformat(), self._high(rows, state.high)
        state = replace(state, began=began, high=high, rest="")
        at, more = self._onward(answer, rows, position, call)
        if more and at == state.at:
            raise RetryableError("its feed says that there is more, and goes on where it was")
        next_state = replace(state, at=at) if more else self._ended(state, at)
        as_of = self._as_of(answer)
        return Page(items, self._fits(next_state), more, as_of, refused)

    def _rests(self, state: State) -> bool:
        """Whether a feed that is told anew each time was told not long ago."""
        if not state.rest:
            return False
        passed = self.now() - datetime.fromisoformat(state.rest)
        return timedelta(0) <= passed < timedelta(seconds=self.op["every_seconds"])

    @property
    def _goes_on(self) -> bool:
        return bool(self.op["paging"]["kind"] == "cursor" and not self.op.get("since"))

    def _call(self, state: State) -> tuple[Call, int]:
        """The request for the next page, and which row or page it begins with."""
        paging, kind = self.op["paging"], self.op["paging"]["kind"]
        if kind in ("next_link", "link_header") and state.at:
            return Call(self.op["method"], link=state.at, reading=True), 0
        call = self.mapper.call(self.op, {"since": state.since or None}, reading=True)
        first = paging["first"] if kind == "page" else 0
        position = whole_number(state.at) if state.at else None
        position = first if position is None else position
        query = [*call.query, *self._since(state)]
        if kind in ("page", "offset"):
            query.append((paging["param"], str(position)))
        elif kind == "cursor" and state.at:
            query.append((paging["param"], state.at))
        if paging["size_param"]:
            query.append((paging["size_param"], str(paging["size"])))
        return replace(call, query=query), position

    def _since(self, state: State) -> list[tuple[str, str]]:
        if not self.op.get("since") or not state.since:
            return []
        moment = datetime.fromisoformat(state.since)
        formats = self.reader.expressions.formats
        return [(self.op["since"]["param"], formats.write_time(moment))]

    def _rows(self, data: Any) -> list[Any]:
        found = self.reader.expressions.find(self.op["rows"], data)
        if isinstance(found, list):
            return found
        return [] if found in (None, "") else [found]

    def _read(self, rows: list[Any], at: datetime) -> tuple[tuple[Any, ...], tuple[str, ...]]:
        items, refused = [], []
        for number, row in enumerate(rows, 1):
            try:
                items.append(self.reader.read(row, at))
            except (MappingError, RejectedError) as error:
                refused.append(f"{self._name(row) or f'record {number}'}: {error}")
        if refused and not items:
            raise RetryableError(f"none of its records can be read: {refused[0]}")
        if len(refused) > MOST_TOLD:
            refused[MOST_TOLD:] = [f"and {len(refused) - MOST_TOLD} more records of that page"]
        return tuple(items), tuple(refused)

    def _name(self, row: Any) -> str:
        """What the record is called there, for the person who looks for it."""
        fields = self.reader.wording.fields
        try:
            return self.reader.expressions.text(fields.get("id") or fields.get("sku", ""), row)[:80]
        except (CausewayError, ValueError):
            return ""

    def _high(self, rows: list[Any], known: str) -> str:
        changed = (self.op.get("since") or {}).get("changed", "")
        if not changed:
            return ""
        formats, moments = self.reader.expressions.formats, [known] if known else []
        for row in rows:
            try:
                found = self.reader.expressions.find(changed, row)
                moments.append(formats.read_time(found).isoformat())
            except (ValueError, RejectedError) as error:
                raise RetryableError(
                    "when its records changed cannot be read; check since.changed"
                ) from error
        return max(moments, default="", key=datetime.fromisoformat)

    def _onward(
        self, answer: Answer, rows: list[Any], position: int, call: Call
    ) -> tuple[str, bool]:
        """Where to go on, and whether there is more now."""
        paging, find = self.op["paging"], self.reader.expressions.find
        kind = paging["kind"]
        said = find(paging["more"], answer.data) if paging["more"] else None
        if kind == "none":
            return "", False
        if kind in ("page", "offset"):
            more = len(rows) >= paging["size"] if said is None else said is True
            step = 1 if kind == "page" else len(rows)
            return str(position + step), more and bool(rows)
        if kind == "cursor":
            at = self.reader.expressions.text(paging["next"], answer.data)
            return at, bool(at) and (bool(rows) if said is None else said is True)
        link = answer.next_link if kind == "link_header" else find(paging["next"], answer.data)
        if not link or not isinstance(link, str):
            return "", False
        return self.client.same_origin(link, call.path or call.link), True

    def _ended(self, state: State, at: str) -> State:
        """The state to begin the next scan with."""
        rest = self.now().isoformat() if self.op["every_seconds"] else ""
        if self._goes_on:
            return State(at=at or state.at, rest=rest)
        if not self.op.get("since"):
            return State(rest=rest)
        newest = state.high if self.op["since"]["changed"] else state.began
        if not newest:  # nothing has changed: as before
            return State(since=state.since, rest=rest)
        overlap = timedelta(seconds=self.op["since"]["overlap_seconds"])
        since = datetime.fromisoformat(newest) - overlap
        if state.since:
            since = max(since, datetime.fromisoformat(state.since))
        return State(since=since.isoformat(), rest=rest)

    def _as_of(self, answer: Answer) -> datetime | None:
        if not self.op["as_of"]:
            return None
        found = self.reader.expressions.find(self.op["as_of"], answer.data)
        try:
            return self.reader.expressions.formats.read_time(found)
        except ValueError as error:
            raise RetryableError("its as_of cannot be read as a time") from error

    @staticmethod
    def _fits(state: State) -> str:
        text = state.written()
        if len(text) > MOST_CURSOR_SIGNS:
            raise RetryableError("what it says about how to go on is too long")
        return text
