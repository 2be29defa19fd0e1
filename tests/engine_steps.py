"""Steps that tests of the engine share."""

from __future__ import annotations

from typing import Any

from causeway.connectors.memory import Fault, Office
from causeway.engine.drain import LEASE_SECONDS
from causeway.ledger import deliveries
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.tables import cases, updates
from causeway.ledger.tables import deliveries as deliveries_table
from tests.world import World, fixture_order, order_event

BOOK = "berlin:55:book"

REQUEST = "berlin:55:request:1"


def show(world: World, name: str = "simple_cod", version: int = 1, **order: Any) -> None:
    """The shop shows one of WooCommerce's orders, changed if so wanted."""
    data = fixture_order(name)
    data["order"].update(order)
    answer = world.shop().events([order_event(data, version)])
    assert answer.get_json()["accepted"], answer.get_json()


def another(world: World, number: int, version: int = 1) -> None:
    """The same order under another number."""
    data = fixture_order("simple_cod")
    data["order"].update(id=number, number=str(number))
    assert world.shop().events([order_event(data, version)]).status_code == 202


def delivery(world: World, key: str = BOOK) -> Any:
    (row,) = world.rows(deliveries_table, key=key)
    return row


def open_cases(world: World) -> list[str]:
    return [case.kind for case in world.rows(cases, state="open")]


def told(world: World) -> list[str]:
    return [row.key for row in world.rows(updates)]


def fail(office: Office, operation: str, error: Exception, **options: Any) -> None:
    office.faults.append(Fault(operation, lambda: error, **options))  # type: ignore[arg-type,return-value]


def claim(world: World, owner: str = "somebody") -> ClaimedDelivery:
    with world.write() as connection:
        (claimed,) = deliveries.claim(connection, "office", owner, world.clock(), LEASE_SECONDS, 1)
    return claimed
