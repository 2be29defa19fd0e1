"""How the database goes about each statement: none may read a whole table of orders' things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event

from causeway.ledger.engine import Ledger
from causeway.ledger.sql import by_index

# What grows with the orders.
GROWING = ("events", "orders", "milestones", "deliveries", "attempts", "bindings", "updates")
# What grows with the goods. The other tables have a few rows.
GOODS = ("stock_levels", "stock_movements", "price_entries", "price_overrides", "allocations",
         "stock_grants", "held_changes", "products", "catalog")  # fmt: skip
_SEQUENTIAL = re.compile(r"Seq Scan on (\w+)")
# SQLite says SEARCH where it enters by an index, SCAN where it goes through all there is.
_SCAN = re.compile(r"SCAN (\w+)(?: AS \w+)?(?: USING (?:COVERING )?INDEX (\w+))?")
# Indexes that hold unfinished things alone: going through them is going through the backlog.
_PARTIAL = ("ix_events_lane", "ix_events_line", "ix_deliveries_open", "ix_deliveries_ready",
            "uq_cases_open_key", "ix_replays_open")  # fmt: skip


@dataclass
class Heard:
    """The statements that were executed, each once, with the values of one time."""

    statements: dict[str, Any] = field(default_factory=dict)


@contextmanager
def listening(ledger: Ledger) -> Iterator[Heard]:
    heard = Heard()

    def hear(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        one = values[0] if many and isinstance(values, list) else values
        heard.statements.setdefault(re.sub(r"(?:, (?:\?|%\(\w+\)s(?:::\w+)?))+", ", …", statement),
                                    (statement, one))  # fmt: skip

    with ledger.read() as connection:
        engine = connection.engine  # what writes is made of it, and is heard too
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def whole_reads(
    ledger: Ledger, heard: Heard, growing: tuple[str, ...] = GROWING, *, indexed: bool = False
) -> list[str]:
    """Statements that read a whole growing table: the table and how the statement begins.

    `indexed`: they were executed under `sql.by_index`, and are explained under it too.
    """
    found = []
    with ledger.read() as connection:
        if indexed:
            by_index(connection)
        for statement, values in heard.statements.values():
            if not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                continue
            tables = _whole(connection, statement, values) & set(growing)
            found += [f"{name}: {' '.join(statement.split())[:120]}" for name in sorted(tables)]
    return found


def told(connection: Connection, statement: str, values: Any) -> str:
    """The plan in the database's own words, a step a line."""
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    rows = connection.exec_driver_sql(how + statement, values).all()
    return "\n".join(str(row[-1]) for row in rows)


def _whole(connection: Connection, statement: str, values: Any) -> set[str]:
    plan = told(connection, statement, values)
    if connection.dialect.name != "sqlite":
        return set(_SEQUENTIAL.findall(plan))
    scans = _SCAN.findall(plan)
    aliases = {name: _table_of(name, statement) for name, _ in scans}
    return {aliases[name] for name, index in scans if index not in _PARTIAL}


def _table_of(name: str, statement: str) -> str:
    """The table behind an alias of SQLAlchemy's (`deliveries_1`)."""
    return name if f" {name} " in statement.replace(",", " ") else name.rsplit("_", 1)[0]
