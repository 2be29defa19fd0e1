"""Feeds of Tryton go on where they ended, and a little before while things are fresh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.connectors.tryton import cursor
from causeway.connectors.tryton.cursor import OVERLAP, Place
from causeway.errors import RejectedError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
places = st.builds(Place, moments, st.integers(0, 2**40))


def rows(*ages: int) -> list[dict[str, Any]]:
    """Rows written so many seconds ago, oldest first."""
    return [{"id": row, "at": NOW - timedelta(seconds=age)} for row, age in enumerate(ages, 1)]


@given(st.dictionaries(st.sampled_from(["written", "created"]), places))
def test_a_cursor_reads_as_it_was_written(cursors: dict[str, Place]) -> None:
    read = cursor.read(cursor.written(cursors), ("written", "created"))
    assert {name: read[name] for name in cursors} == cursors


@pytest.mark.parametrize(
    "text", ["x", "other=2026-01-01T00:00:00+00:00,1", "written=2026-01-01T00:00:00,1",
             "written=2026-01-01T00:00:00+00:00,one", "written=,"],
)  # fmt: skip
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(RejectedError, match="from the beginning"):
        cursor.read(text, ("written",))


def test_while_rows_are_fresh_the_place_stays_behind_them() -> None:
    place = Place().moved("at", rows(500, 10), NOW, more=False)
    assert place == Place(NOW - timedelta(seconds=10) - OVERLAP)


def test_once_rows_have_settled_the_place_is_right_after_them() -> None:
    old = rows(900, 500)
    assert Place().moved("at", old, NOW, more=False) == Place(old[-1]["at"], 2)
    assert Place(NOW - 2 * OVERLAP, 7).moved("at", [], NOW, more=False).id == 7


def test_between_pages_the_place_is_right_after_the_last_row() -> None:
    fresh = rows(3, 2, 1)
    assert Place().moved("at", fresh, NOW, more=True) == Place(fresh[-1]["at"], 3)


@given(
    stamps=st.lists(st.integers(0, 600), min_size=1, max_size=30),
    delays=st.lists(st.integers(0, int(OVERLAP.total_seconds()) - 1), min_size=30, max_size=30),
    page=st.integers(1, 5),
)
def test_no_row_is_skipped_however_late_it_appears(
    stamps: list[int], delays: list[int], page: int
) -> None:
    """Rows stamped at the start of a transaction and seen only after it; polled every 7 s."""
    table = [
        (NOW + timedelta(seconds=stamp), row, NOW + timedelta(seconds=stamp + delay))
        for row, (stamp, delay) in enumerate(zip(stamps, delays, strict=False), 1)
    ]
    seen: set[int] = set()
    place, now = Place(), NOW
    while now <= NOW + timedelta(seconds=900):
        more = True
        while more:
            visible = sorted((at, row) for at, row, shown in table if shown <= now)
            later = [entry for entry in visible if entry > (place.at, place.id)][:page]
            found = [{"at": at, "id": row} for at, row in later]
            more = len(found) == page
            place = place.moved("at", found, now, more)
            seen.update(row for _, row in later)
        now += timedelta(seconds=7)
    assert seen == {row for _, row, _ in table}
