"""Many rows are kept as a few are: the driver's own statements change nothing but the time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from causeway.ledger import sql
from causeway.ledger.engine import Ledger
from causeway.ledger.tables import stock_levels

EXACT = st.decimals(
    min_value=-(10**15), max_value=10**15, allow_nan=False, allow_infinity=False, places=10
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "connection": st.just("erp"),
            "warehouse": st.sampled_from(("MAIN", "WEST", "Ümläut “x”")),
            "sku": st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
            "on_hand": EXACT,
            "reserved": EXACT,
            "as_of": st.datetimes(timezones=st.just(UTC)),
            "incoming": EXACT | st.none(),
            "incoming_at": st.dates(date(2020, 1, 1)) | st.none(),
            "unit": st.text("abc", max_size=3),
        }
    ),
    min_size=sql._MANY,
    max_size=20,
    unique_by=lambda row: (row["warehouse"], row["sku"]),
)
KEY = ("connection", "warehouse", "sku")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("sql")
    found = Ledger(f"sqlite:///{folder}/ledger.sqlite")
    with found.write() as connection:
        stock_levels.create(connection)
    yield found
    found.close()


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_what_is_kept_many_at_once_reads_back_exactly(
    ledger: Ledger, rows: list[dict[str, Any]]
) -> None:
    with ledger.write() as connection:
        connection.execute(stock_levels.delete())
        sql.insert_all(connection, stock_levels, rows[:1])
        sql.upsert(connection, stock_levels, rows, KEY)
    with ledger.read() as connection:
        kept = [dict(row._mapping) for row in connection.execute(select(stock_levels))]
        texts = connection.exec_driver_sql(
            "SELECT typeof(on_hand), typeof(as_of) FROM stock_levels"
        )
        assert {tuple(row) for row in texts} == {("text", "text")}
    assert sorted(kept, key=_name) == sorted(rows, key=_name)


@settings(max_examples=50, deadline=None)
@given(ROWS, st.sets(st.integers(0, 19)))
def test_what_is_asked_for_by_many_names_is_found(
    ledger: Ledger, rows: list[dict[str, Any]], wanted: set[int]
) -> None:
    names = [row["sku"] for n, row in enumerate(rows) if n in wanted]
    with ledger.write() as connection:
        connection.execute(stock_levels.delete())
        sql.upsert(connection, stock_levels, rows, KEY)
        query = select(stock_levels.c.sku).where(
            sql.among(connection, stock_levels.c.sku, [*names, "nobody's"])
        )
        assert set(connection.scalars(query)) == set(names)


def test_a_row_that_is_there_stays_where_only_new_ones_are_wanted(ledger: Ledger) -> None:
    row = {
        "connection": "erp", "warehouse": "MAIN", "on_hand": Decimal(1), "reserved": Decimal(0),
        "as_of": datetime(2026, 11, 20, tzinfo=UTC),
    }  # fmt: skip
    many = [{**row, "sku": f"S{n}"} for n in range(20)]
    with ledger.write() as connection:
        connection.execute(stock_levels.delete())
        sql.insert_new(connection, stock_levels, many[:10])
        sql.insert_new(connection, stock_levels, [{**r, "on_hand": Decimal(9)} for r in many])
        found = dict(connection.execute(select(stock_levels.c.sku, stock_levels.c.on_hand)).all())
    assert [found[f"S{n}"] for n in (0, 9, 10, 19)] == [1, 1, 9, 9]


def _name(row: dict[str, Any]) -> tuple[str, str]:
    return row["warehouse"], row["sku"]
