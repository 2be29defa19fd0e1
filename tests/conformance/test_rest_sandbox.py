"""The sandbox described in the settings alone, held to what its own connectors are held to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from causeway import settings
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance import ErpConformance, FulfilmentConformance
from causeway.connectors.rest import connector
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
    pass


class TestStock(ErpByRest, hand_written.TestSandboxStock):
    pass


class TestPrices(ErpByRest, hand_written.TestSandboxPrices):
    pass


class TestShipments(WarehouseByRest, hand_written.TestSandboxShipments):
    pass
