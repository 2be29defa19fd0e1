"""Which deliveries wait for a word that their connection has not got: a product, a tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from causeway.ledger.sql import upsert
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import deliveries, orders, waiting_deliveries

_waits = waiting_deliveries
CASE = "lacking:"
"""How the key of a word's case begins."""


@dataclass(frozen=True, slots=True)
class Word:
    """What `connection` lacks: `word` in its `table`."""

    connection: str
    table: str
    word: str

    @property
    def case_key(self) -> str:
        return f"{CASE}{self.connection}:{self.table}:{self.word}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits, and whose it is."""

    delivery_id: int
    store: str
    order_id: str
    number: str


def word_of(case_key: str) -> Word:
    """The word that a case is about."""
    return Word(*case_key.removeprefix(CASE).split(":", 2))


def note(connection: Connection, delivery_id: int, word: Word, now: datetime) -> None:
    """It waits for this word now, whatever it waited for before."""
    row = {
        "delivery_id": delivery_id,
        "connection": word.connection,
        "table_name": word.table,
        "word": word.word,
        "since": now,
        "tried_at": now,
    }
    upsert(connection, _waits, [row], ("delivery_id",), keep=("since",))


def forget(connection: Connection, ids: Sequence[int]) -> list[Word]:
    """These wait no more; the words they waited for."""
    words = [
        Word(*row)
        for row in connection.execute(
            select(_waits.c.connection, _waits.c.table_name, _waits.c.word)
            .where(_waits.c.delivery_id.in_(list(ids)))
            .distinct()
        )
    ]
    if words:
        connection.execute(delete(_waits).where(_waits.c.delivery_id.in_(list(ids))))
    return words


def waiting(connection: Connection, word: Word) -> list[Waiting]:
    """The parked deliveries that wait for the word, the longest first."""
    return _found(
        connection,
        _waits.c.connection == word.connection,
        _waits.c.table_name == word.table,
        _waits.c.word == word.word,
    )


def of_store(connection: Connection, store: str) -> list[Waiting]:
    return _found(connection, deliveries.c.store == store)


def words_of(connection: Connection, store: str, order_id: str) -> list[Word]:
    """What an order's deliveries wait for."""
    query = (
        select(_waits.c.connection, _waits.c.table_name, _waits.c.word)
        .join(deliveries, deliveries.c.id == _waits.c.delivery_id)
        .where(deliveries.c.store == store, deliveries.c.order_id == order_id)
        .distinct()
    )
    return [Word(*row) for row in connection.execute(query)]


def untried_since(connection: Connection, before: datetime, most: int = 20) -> list[Word]:
    """Words for which nothing was tried since then."""
    query = (
        select(_waits.c.connection, _waits.c.table_name, _waits.c.word)
        .group_by(_waits.c.connection, _waits.c.table_name, _waits.c.word)
        .having(func.max(_waits.c.tried_at) < before)
        .limit(most)
    )
    return [Word(*row) for row in connection.execute(query)]


def tried(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    connection.execute(
        update(_waits).where(_waits.c.delivery_id.in_(list(ids))).values(tried_at=now)
    )


def _found(connection: Connection, *conditions: object) -> list[Waiting]:
    same_order = (orders.c.store == deliveries.c.store) & (
        orders.c.order_id == deliveries.c.order_id
    )
    query = (
        select(deliveries.c.id, deliveries.c.store, deliveries.c.order_id, orders.c.number)
        .join(_waits, _waits.c.delivery_id == deliveries.c.id)
        .join(orders, same_order, isouter=True)
        .where(deliveries.c.state == DeliveryState.PARKED.value, *conditions)  # type: ignore[arg-type]
        .order_by(_waits.c.since, deliveries.c.id)
    )
    return [
        Waiting(row.id, row.store, row.order_id, row.number or row.order_id)
        for row in connection.execute(query)
    ]
