"""The few statements that SQLite and PostgreSQL both have but SQLAlchemy spells twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from causeway.ledger import tables


class _Values(TypeDecorator[Any]):
    """A list as one parameter: an array, or JSON in SQLite, which has no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Any) -> Any:
        of = BigInteger() if self.numbers else Text()
        is_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(Text() if is_sqlite else postgresql.ARRAY(of))

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


def among(
    connection: Connection, column: ColumnElement[Any], values: Iterable[str] | Iterable[int]
) -> ColumnElement[bool]:
    """`column IN values` with one parameter: the statement is the same however many there are.

    IN of its own spells out a parameter for each, anew each time, which costs more than the rows.
    """
    value = literal(list(values), _Values(isinstance(column.type, Integer)))
    if connection.dialect.name == "postgresql":
        return column == any_(value)
    return column.in_(select(func.json_each(value).table_valued("value").c.value))


def by_index(connection: Connection) -> None:
    """Have this transaction's statements go by indexes, whatever is believed of the tables.

    PostgreSQL keeps the plan it made while a table was empty, which reads all of it, until it has
    counted the table anew: the first report of a whole stock would cost its square.
    https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")


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
    """Insert the rows, or write their values, but those to `keep`, over the row with the key.

    Of several rows with one key the last counts.
    """
    if not rows:
        return
    statement = insert_for(connection, table)
    change = {name: statement.excluded[name] for name in rows[0] if name not in {*key, *keep}}
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=change)
    last = {tuple(row[name] for name in key): row for row in rows}
    _run(connection, table, statement, list(last.values()))


# From so many rows on they are written at once, which costs a tenth for each; making the arrays of
# a few costs more than it saves.
_MANY, _MANY_FOR_ARRAYS = 8, 100


def _run(
    connection: Connection, table: Table, statement: Any, rows: Sequence[dict[str, Any]]
) -> None:
    """The statement, which has no parameters but the rows' columns, for each of the rows."""
    is_sqlite = connection.dialect.name == "sqlite"
    if len(rows) < (_MANY if is_sqlite else _MANY_FOR_ARRAYS):
        connection.execute(statement, list(rows))
    elif is_sqlite:
        _with_ready_values(connection, table, statement, rows)
    else:
        names = list(rows[0])
        columns = {name: [row[name] for row in rows] for name in names}
        connection.execute(_from_arrays(table, statement, names), columns)


def _from_arrays(table: Table, statement: Any, names: Sequence[str]) -> Any:
    """The same INSERT with one array a column instead of one statement a row."""
    arrays = [bindparam(name, type_=postgresql.ARRAY(table.c[name].type)) for name in names]
    rows = func.unnest(*arrays).table_valued(*names).render_derived()
    return statement.from_select(list(names), select(*rows.c), include_defaults=False)


def _with_ready_values(
    connection: Connection, table: Table, statement: Any, rows: Sequence[dict[str, Any]]
) -> None:
    """Values are made ready here, a column at a time, and the rows handed to the driver."""
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
