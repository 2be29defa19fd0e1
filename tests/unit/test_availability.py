"""How many may be sold: a sum, each part of which counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.catalog.availability import Level, available

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUANTITIES = st.integers(0, 1000).map(Decimal)
TIMES = st.integers(-100, 100).map(lambda minutes: NOON + timedelta(minutes=minutes))
LEVELS = st.lists(
    st.builds(Level, st.sampled_from(["MAIN", "WEST", "OUTLET"]), QUANTITIES, QUANTITIES, TIMES),
    max_size=4,
)
TAKEN = st.lists(st.tuples(QUANTITIES, st.none() | TIMES), max_size=5)


def level(on_hand: int, reserved: int = 0, at: datetime = NOON, warehouse: str = "MAIN") -> Level:
    return Level(warehouse, Decimal(on_hand), Decimal(reserved), at)


CASES = [
    ("what is there", [level(10)], [], 0, 10),
    ("less what is reserved there", [level(10, 3)], [], 0, 7),
    ("over all warehouses", [level(10), level(5, 1, warehouse="WEST")], [], 0, 14),
    ("less what was sold and not booked", [level(10)], [(2, None)], 0, 8),
    ("less what was booked after the count", [level(10)], [(2, NOON + timedelta(minutes=1))], 0, 8),
    ("less what was booked at the very moment", [level(10)], [(2, NOON)], 0, 8),
    ("not less what the count knows", [level(10)], [(2, NOON - timedelta(minutes=1))], 0, 10),
    ("less the buffer", [level(10)], [], 4, 6),
    ("never below zero", [level(1)], [(5, None)], 4, 0),
    ("zero where stock is negative", [level(-3)], [], 0, 0),
]


@pytest.mark.parametrize(
    ("about", "levels", "taken", "buffer", "expected"), CASES, ids=[c[0] for c in CASES]
)
def test_it_may_sell(
    about: str,
    levels: list[Level],
    taken: list[tuple[int, datetime | None]],
    buffer: int,
    expected: int,
) -> None:
    found = available(levels, [(Decimal(n), at) for n, at in taken], (), buffer)
    assert found is not None
    assert found.quantity == expected


def test_nobody_knows_what_no_warehouse_of_the_store_has() -> None:
    assert available([], [], ()) is None
    assert available([level(5)], [], ("WEST",)) is None


@given(LEVELS, TAKEN, st.integers(0, 50))
def test_it_is_never_negative_and_never_more_than_there_is(
    levels: list[Level], taken: list[tuple[Decimal, datetime | None]], buffer: int
) -> None:
    found = available(levels, taken, (), buffer)
    if found is None:
        assert not levels
        return
    there = sum((x.on_hand - x.reserved for x in levels), start=Decimal(0))
    assert Decimal(0) <= found.quantity <= max(there, Decimal(0))
    assert found.as_of == min(x.as_of for x in levels)


@given(LEVELS, TAKEN, QUANTITIES)
def test_one_more_order_never_leaves_more_to_sell(
    levels: list[Level], taken: list[tuple[Decimal, datetime | None]], more: Decimal
) -> None:
    before, after = available(levels, taken), available(levels, [*taken, (more, None)])
    if before is not None and after is not None:
        assert after.quantity <= before.quantity


@given(LEVELS, TAKEN)
def test_an_outage_of_the_source_resurrects_nothing(
    levels: list[Level], taken: list[tuple[Decimal, datetime | None]]
) -> None:
    """While its figures stay as old as they are, booking an order later changes nothing."""
    if not levels:
        return
    later = max(x.as_of for x in levels) + timedelta(hours=1)
    unbooked = available(levels, [(n, None) for n, _ in taken])
    booked = available(levels, [(n, later) for n, _ in taken])
    assert unbooked == booked
