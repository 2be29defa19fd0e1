"""The few statements that SQLite and PostgreSQL both have but SQLAlchemy spells twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    any_,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from causeway.ledger import tables


class _Words(TypeDecorator[Any]):
    """A list of texts as one parameter: an array, or JSON in SQLite, which has no arrays."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        is_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(Text() if is_sqlite else postgresql.ARRAY(Text()))

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


def among(
    connection: Connection, column: ColumnElement[Any], words: Iterable[str]
) -> ColumnElement[bool]:
    """`column IN words` with one parameter: the statement is the same however many there are.

    IN of its own spells out a parameter for each, anew each time, which costs more than the rows.
    """
    value = literal(list(words), _Words())
    if connection.dialect.name == "postgresql":
        return column == any_(value)
    return column.in_(select(func.json_each(value).table_valued("value").c.value))


def insert_for(connection: Connection, table: Table) -> Any:
    """The dialect's own INSERT, which can meet what is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def one_by_one(outer: Table, query: Select[Any]) -> ColumnElement[bool]:
    """Whether `query` finds anything for a row of `outer`, looked up by the index of its order.

    PostgreSQL makes a join of a plain EXISTS, and without statistics (a new ledger, a sudden
    backlog) one that compares every row with every other. It leaves one with an OFFSET alone.
    """
    return query.correlate(outer).offset(literal_column("0")).exists()


def insert_all(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, all with the same columns."""
    if rows:
        _run(connection, table, table.insert(), rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that are not there yet; the others stay as they are."""
    if rows:
        _run(connection, table, insert_for(connection, table).on_conflict_do_nothing(), rows)


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    key: Sequence[str],
    keep: Sequence[str] = (),
) -> None:
    """Insert the rows, or write their values, but those to `keep`, over the row with the key."""
    if not rows:
        return
    statement = insert_for(connection, table)
    change = {name: statement.excluded[name] for name in rows[0] if name not in {*key, *keep}}
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=change)
    _run(connection, table, statement, rows)


# From so many rows on their values are made ready here, for SQLite, at a tenth of the cost.
_MANY = 8


def _run(
    connection: Connection, table: Table, statement: Any, rows: Sequence[dict[str, Any]]
) -> None:
    """The statement, which has no parameters but the rows' columns, for each of the rows."""
    if connection.dialect.name != "sqlite" or len(rows) < _MANY:
        connection.execute(statement, list(rows))
        return
    names = list(rows[0])
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    order = list(compiled.positiontup)
    dialect = connection.dialect
    ready = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
    columns = [
        [row[name] for row in rows] if make is None else [make(row[name]) for row in rows]
        for name, make in zip(order, ready, strict=True)
    ]
    connection.exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


def take_numbers(connection: Connection, name: str, count: int) -> range:
    """The next `count` numbers of a counter; nobody else gets one until this transaction ends."""
    counter = tables.counters
    statement = insert_for(connection, counter).values(name=name, value=count)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": counter.c.value + count}
    ).returning(counter.c.value)
    last = connection.scalar(statement)
    return range(last - count + 1, last + 1)
