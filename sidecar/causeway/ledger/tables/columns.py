"""What the tables are made of: types that keep times and decimals exactly, columns that several
share, and conditions spelled as the partial indexes spell them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    literal_column,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key is spelled INTEGER.
Serial = BigInteger().with_variant(Integer(), "sqlite")


class Utc(TypeDecorator[datetime]):
    """An aware time, kept in UTC. A naive one is refused: nobody knows when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactText(TypeDecorator[Any]):
    """A Decimal kept exactly: NUMERIC where there is one, text in SQLite, which has only floats."""

    impl = Numeric(28, 10)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(40) if sqlite else Numeric(28, 10))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = Decimal(value)
        return exact.normalize() + 0 if dialect.name != "sqlite" else exact


def is_waiting(table: Any) -> ColumnElement[bool]:
    """Whether an event waits, spelled as its partial indexes spell it: SQLite then uses them."""
    return cast(ColumnElement[bool], table.c.state == literal_column("'waiting'"))


def is_unfinished(table: Any) -> ColumnElement[bool]:
    """Whether a delivery is not at its end, spelled as its partial indexes spell it."""
    words = ("'waiting'", "'sending'", "'unknown'", "'parked'")
    states: list[ColumnElement[str]] = [literal_column(word) for word in words]
    return cast(ColumnElement[bool], table.c.state.in_(states))


def is_ready(table: Any) -> ColumnElement[bool]:
    """Whether a delivery goes on by itself when due, spelled as its partial index spells it."""
    states: list[ColumnElement[str]] = [
        literal_column(word) for word in ("'waiting'", "'sending'", "'unknown'")
    ]
    return cast(ColumnElement[bool], table.c.state.in_(states))


def is_open(table: Any) -> ColumnElement[bool]:
    """Whether a case is open, spelled as its partial index spells it."""
    return cast(ColumnElement[bool], table.c.state == literal_column("'open'"))


def lane() -> Column[Any]:
    """0 for what somebody waits for, 1 for stock, catalogue and history, which give way."""
    return Column("lane", SmallInteger, nullable=False, server_default="0")


def lease() -> list[Column[Any]]:
    """Who works on a row until when. `fence` rises with each claim; older holders cannot write."""
    return [
        Column("lease_owner", String(80)),
        Column("lease_until", Utc),
        Column("fence", Integer, nullable=False, server_default="0"),
        Column("attempts", Integer, nullable=False, server_default="0"),
    ]
