"""The sandbox described in the settings alone, held to what its own connectors are held to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from causeway import settings
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance import ErpConformance, FulfilmentConformance
from causeway.connectors.rest import connector
from causeway.connectors.samples import a_refund, an_order
from tests.conformance import test_sandbox as hand_written
from tests.sandbox_tools import SandboxProcess

EXAMPLE = Path(connector.__file__).parent / "examples" / "sandbox.toml"


def described(name: str, address: str) -> ConnectionSettings:
    """A connection of the example that is shipped, at this address, with pages of three rows."""
    found = settings.load(EXAMPLE, {}).connection(name)
    for feed in found.options["read"].values():
        feed["paging"]["size"] = 3
    return replace(found, url=address, timeout_seconds=10.0)


class Described(hand_written.AskTheBooks):
    system = "sandbox by rest"


class ErpByRest(Described):
    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return described("erp", sandbox.address)


class WarehouseByRest(Described):
    @pytest.fixture
    def connection(self, sandbox: SandboxProcess) -> ConnectionSettings:
        return described("warehouse", sandbox.address)


class TestErp(ErpByRest, ErpConformance):
    def ship(self, connection: ConnectionSettings, key: str) -> None:
        """The warehouse sends what the order's own lines say."""
        store, order, _ = key.split(":")
        self.sandbox.ask("POST", "/wms/requests", {
            "external_ref": f"{store}:{order}:request:1", "origin": f"{store}:{order}",
            "order_reference": order, "recipient": {"name": "E", "city": "Berlin", "country": "DE"},
            "lines": [{"sku": "MUG-01", "name": "Mug", "quantity": "2"}],
        })  # fmt: skip
        self.sandbox.ask("POST", "/sandbox/clock", {"advance_seconds": 3601})

    def test_the_books_saw_nothing_created_twice(self) -> None:
        assert self.sandbox.ask("GET", "/sandbox/books")["created_twice"] == []


class TestWarehouse(WarehouseByRest, FulfilmentConformance):
    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        self.sandbox.ask("POST", "/sandbox/clock", {"advance_seconds": 3601})


class TestStock(ErpByRest, hand_written.TestSandboxStock):
    pass


class TestPrices(ErpByRest, hand_written.TestSandboxPrices):
    pass


class TestShipments(WarehouseByRest, hand_written.TestSandboxShipments):
    pass


class TestReversing(ErpByRest):
    def test_a_refund_is_taken_back_once_and_one_never_booked_is_no_trouble(
        self, connection: ConnectionSettings
    ) -> None:
        erp: Any = registry.build(connection)
        order = an_order(store=f"back-{uuid4().hex[:8]}")
        key = f"{order.store}:1042"
        erp.book_order(order, f"{key}:book")
        assert erp.reverse_refund(order, a_refund(), f"{key}:refund:79", "k").document is None
        erp.book_refund(order, a_refund(), f"{key}:refund:79")
        for _ in range(2):
            done = erp.reverse_refund(order, a_refund(), f"{key}:refund:79", f"{key}:back:79")
            assert done.result == "cancelled"
        (credit,) = [c for c in self.all_of("refund") if c["external_ref"] == f"{key}:refund:79"]
        assert credit["status"] == "reversed", credit


def test_an_order_of_another_connector_is_read(sandbox: SandboxProcess) -> None:
    erp: Any = registry.build(described("erp", sandbox.address))
    booked = erp.book_order(an_order(store="theirs"), "theirs:1042:book")
    found = erp.read_order(booked.number)
    assert (found.id, found.number, str(found.total)) == (booked.id, booked.number, "64.55 EUR")
    assert [(line.sku, line.quantity) for line in found.lines[:2]] == [("MUG-01", 2), ("BOOK-7", 1)]
    assert erp.read_order("SO-999999") is None
