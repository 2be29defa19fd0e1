"""What the engine asks of the database: few statements for many orders, each with its index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import event, text

from bench import plans
from bench.filling import fill
from causeway.canonical import StockLevel
from causeway.catalog import queries, sources
from causeway.connectors.memory import Office
from causeway.engine.cataloguing import project_catalog
from causeway.engine.hints import NullHints
from causeway.ledger import deliveries
from causeway.ledger.sql import by_index
from causeway.ledger.tables import orders
from causeway.queueing.pump import Pump
from tests.world import World, fixture_order, order_event


def show(world: World, first: int, count: int) -> None:
    found = []
    for number in range(first, first + count):
        data = fixture_order("simple_cod")
        data["order"].update(id=number, number=str(number))
        found.append(order_event(data))
    answer = world.shop().events(found)
    assert len(answer.get_json()["accepted"]) == count, answer.get_json()


@contextmanager
def counting(world: World) -> Iterator[Counter[str]]:
    """How often each statement goes to the database; one with many rows goes once."""
    counted: Counter[str] = Counter()

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        counted[" ".join(statement.split())[:150]] += 1

    with world.context.ledger.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_no_statement_is_made_for_each_order_alone(world: World, office: Office) -> None:
    show(world, 1, 40)
    with counting(world) as counted:
        world.drain()
    assert len(office.called("book")) == 40
    # A look whether something is due begins a transaction too, and a slow machine looks often.
    looks = ("SELECT", "WITH", "BEGIN", "COMMIT")
    writes = {s: n for s, n in counted.items() if not s.startswith(looks)}
    assert max(writes.values()) < 40, Counter(writes).most_common(3)


def test_no_statement_of_the_engine_reads_a_whole_table(world: World, office: Office) -> None:
    show(world, 1, 1)
    world.drain()
    fill(world.context.ledger, "1", 1, 3000)
    assert len(world.rows(orders)) == 3001
    with plans.listening(world.context.ledger) as heard:
        show(world, 2, 3)
        world.drain()
        Pump(world.context, NullHints()).sweep()
    assert len(heard.statements) > 20
    assert plans.whole_reads(world.context.ledger, heard) == []


def test_no_statement_of_stock_and_price_reads_all_goods(world: World) -> None:
    now = world.context.now()
    levels = [StockLevel(f"SKU-{n:05}", "MAIN", Decimal(n), Decimal(0), now) for n in range(3000)]
    with world.context.ledger.write() as connection:
        sources.take_stock(connection, "erp", levels, now)
    project_catalog(world.context)
    with world.context.ledger.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    later = now + timedelta(seconds=1)
    newer = [replace(level, on_hand=Decimal(9000), as_of=later) for level in levels[:20]]
    with plans.listening(world.context.ledger) as heard:
        with world.context.ledger.write() as connection:
            assert sources.take_stock(connection, "erp", newer, later) == 20
        assert project_catalog(world.context) == 20
    assert len(heard.statements) > 10
    assert plans.whole_reads(world.context.ledger, heard, plans.GOODS, indexed=True) == []


def test_a_poll_looks_at_grants_that_are_open_and_no_others(world: World) -> None:
    ledger = world.context.ledger
    with plans.listening(ledger) as heard, ledger.glance() as connection:
        for applied in (0, 7, 2**63 - 1):
            assert not queries.standing(connection, "berlin", "asked", "reached", applied).frees
    (asked,) = (said for said in heard.statements.values() if "stock_grants" in said[0])
    with ledger.read() as connection:
        by_index(connection)
        assert "ix_stock_grants_open" in plans.told(connection, *asked)


def test_a_whole_read_is_found(world: World, office: Office) -> None:
    show(world, 1, 1)
    world.drain()
    fill(world.context.ledger, "1", 1, 3000)
    with plans.listening(world.context.ledger) as heard, world.context.ledger.read() as connection:
        connection.execute(text("SELECT count(*) FROM milestones WHERE detail = 'x'"))
        connection.execute(text("SELECT number FROM orders WHERE number = '1'"))
    (found,) = plans.whole_reads(world.context.ledger, heard)
    assert found.startswith("milestones: ")


def test_the_stores_with_work_are_found_whatever_the_backlog(world: World) -> None:
    for name in ("athens", "paris"):
        world.add_store(name, "whsec_cGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGE=")
    with world.write() as connection:
        assert deliveries.stores_of(connection, "office") == []
        for store in ("paris", "berlin", "paris", "athens"):
            planned = [
                deliveries.PlannedDelivery("office", f"{store}:{n}", store, str(n), "book", "{}")
                for n in range(5)
            ]
            deliveries.plan(connection, planned, world.clock())
        assert deliveries.stores_of(connection, "office") == ["athens", "berlin", "paris"]
        assert deliveries.stores_of(connection, "elsewhere") == []
