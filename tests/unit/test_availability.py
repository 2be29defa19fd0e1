"""What orders take until a source counts it, and what is then free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.catalog.availability import Hold, Level, Parcel, known_until, uncounted, usable

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUANTITIES = st.integers(0, 1000).map(Decimal)
TIMES = st.integers(-100, 100).map(lambda minutes: NOON + timedelta(minutes=minutes))


def level(
    on_hand: int = 10, at: datetime = NOON, warehouse: str = "MAIN", source: str = "erp"
) -> Level:
    return Level(warehouse, Decimal(on_hand), Decimal(0), at, source)


def hold(quantity: int, at: datetime | None = None, by: str = "", **more: object) -> Hold:
    return Hold("berlin", "1", Decimal(quantity), at, by, **more)  # type: ignore[arg-type]


MINUTE = timedelta(minutes=1)
CASES = [
    ("what is not booked", hold(2), [level()], 2),
    ("what was booked after the count", hold(2, NOON + MINUTE), [level()], 2),
    ("what was booked at the very moment", hold(2, NOON), [level()], 2),
    ("not what the count knows", hold(2, NOON - MINUTE), [level()], 0),
    ("what another source than these counts", hold(2, NOON - MINUTE, "wms"), [level()], 2),
    (
        "what the oldest figure of the source may lack",
        hold(2, NOON - MINUTE, "erp"),
        [level(), level(at=NOON - 2 * MINUTE, warehouse="WEST")],
        2,
    ),
    (
        "not what its source counts, however old the others' figures",
        hold(2, NOON - MINUTE, "erp"),
        [level(), level(at=NOON - 9 * MINUTE, source="wms")],
        0,
    ),
    (
        "what has not left, where the source counts what left",
        hold(5, parcels=(Parcel(Decimal(2), "erp", NOON - MINUTE),)),
        [level()],
        3,
    ),
    (
        "a parcel too that left after the count",
        hold(5, parcels=(Parcel(Decimal(2), "erp", NOON + MINUTE),)),
        [level()],
        5,
    ),
    (
        "nothing below zero, when more left than was ordered",
        hold(1, parcels=(Parcel(Decimal(2), "erp", NOON - MINUTE),)),
        [level()],
        0,
    ),
]


@pytest.mark.parametrize(("about", "order", "levels", "expected"), CASES, ids=[c[0] for c in CASES])
def test_an_order_takes(about: str, order: Hold, levels: list[Level], expected: int) -> None:
    assert uncounted([order], levels) == expected


def test_free_is_on_hand_less_what_is_reserved_there_and_what_moved_since() -> None:
    found = Level("MAIN", Decimal("7.5"), Decimal(2), NOON, "erp", moved=Decimal(-3))
    assert found.free == Decimal("2.5")


def test_negative_figures_stay_as_they_come() -> None:
    assert level(-3).free == -3


def test_a_store_sells_from_its_own_warehouses_in_their_order() -> None:
    levels = [level(warehouse=w) for w in ("MAIN", "WEST", "OUTLET")]
    found = usable(levels, frozenset({"erp"}), ("WEST", "MAIN"))
    assert [x.warehouse for x in found] == ["WEST", "MAIN"]
    assert usable(levels, frozenset({"wms"}), ()) == []


@given(QUANTITIES, st.none() | TIMES, st.lists(TIMES, min_size=1, max_size=4))
def test_an_outage_of_the_source_resurrects_nothing(
    quantity: Decimal, booked: datetime | None, times: list[datetime]
) -> None:
    """While its figures stay as old as they are, booking an order later changes nothing."""
    levels = [level(at=at) for at in times]
    later = max(times) + timedelta(hours=1)
    assert Hold("s", "1", quantity, later).uncounted(known_until(levels)) == quantity
    if booked is not None and booked >= min(times):
        assert Hold("s", "1", quantity, booked).uncounted(known_until(levels)) == quantity


@given(QUANTITIES, TIMES, TIMES, TIMES)
def test_a_newer_figure_never_makes_an_order_take_more(
    quantity: Decimal, booked: datetime, first: datetime, second: datetime
) -> None:
    order = Hold("s", "1", quantity, booked, "erp")
    older, newer = sorted([first, second])
    assert uncounted([order], [level(at=newer)]) <= uncounted([order], [level(at=older)])
