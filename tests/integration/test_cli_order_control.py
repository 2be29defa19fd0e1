"""The commands that steer orders, over a ledger with an order in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from causeway.cli import cli
from causeway.connectors.memory import Office
from tests.world import World, fixture_order, order_event


@pytest.fixture
def config(
    sqlite_world: World, tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A settings file for the ledger of a world in which order 55 is booked."""
    world = sqlite_world
    world.shop().events([order_event(fixture_order("simple_cod"))])
    world.drain()
    path = tmp_path / "causeway.toml"
    path.write_text(
        f'data_dir = "{tmp_path}"\n[ledger]\nurl = "{world.ledger_url}"\n'
        f'[redis]\nurl = "unix://{tmp_path}/nobody.sock"\n'
        f'[connections.erp]\nkind = "sandbox_erp"\nurl = "http://127.0.0.1:9"\nroles = ["erp"]\n'
    )
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(path))  # and away again after the test
    return path


def run(config: Path, *words: str) -> str:
    answer = CliRunner().invoke(cli, ["--config", str(config), *words], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_the_journey_is_told_in_sentences(config: Path) -> None:
    told = run(config, "order", "show", "berlin", "55")
    assert "The back office booked it as" in told
    assert "A warehouse was handed request 1" in told
    assert "Request 1 at office, in_progress: 0 of 2 x MUG-01 sent." in told
    assert "Waits for office: to accept and send 2 x MUG-01." in told


def test_a_mapping_is_added_tested_listed_and_removed(config: Path) -> None:
    run(config, "mapping", "add", "berlin", "payment", "stripe*", "CARD")
    assert "“CARD”" in run(config, "mapping", "word", "berlin", "payment", "stripe_sepa")
    assert "stripe*" in run(config, "mapping", "list", "berlin")
    run(config, "mapping", "remove", "berlin", "1")
    assert "no mappings" in run(config, "mapping", "list", "berlin")


def test_a_route_is_explained(config: Path) -> None:
    assert "Booked at: erp" in run(config, "route", "explain", "berlin", "55")


def test_a_basket_that_was_never_ordered_is_routed_by_rules_weights_and_needs(
    config: Path, tmp_path: Path
) -> None:
    with config.open("a") as file:
        file.write(
            '[connections.wms]\nkind = "sandbox_wms"\nurl = "http://127.0.0.1:9"\n'
            'roles = ["fulfilment"]\n[[stores.berlin.routes]]\nname = "heavy goods"\n'
            'connection = "wms"\nwarehouse = "HALL"\nmin_weight = "30"\n'
            '[[stores.berlin.routes]]\nname = "the rest"\nconnection = "wms"\n'
            'warehouse = "SHELF"\n'
        )
    order = fixture_order("partial_refund_one_line")["order"]
    heavy, light = order["line_items"]
    heavy.update(weight="20", quantity=2, needs_shipping=True)
    light.update(weight="0.1", needs_shipping=True)
    basket = tmp_path / "basket.json"
    basket.write_text(json.dumps(order))
    told = run(config, "route", "explain", "berlin", "--basket", str(basket))
    assert f"2 x {heavy['sku']} from wms HALL: heavy goods" in told
    assert f"x {light['sku']} from wms SHELF: the rest" in told
    assert "kg is too light" in told
    heavy["needs_shipping"] = light["needs_shipping"] = False
    basket.write_text(json.dumps(order))
    told = run(config, "route", "explain", "berlin", "--basket", str(basket))
    assert "Nothing of it needs shipping." in told


def test_a_return_is_asked_for_allowed_and_received(config: Path) -> None:
    line = str(fixture_order("simple_cod")["order"]["line_items"][0]["id"])
    asked = run(config, "return", "request", "berlin", "55", "R1", "--line", f"{line}=1")
    assert "waits for somebody to allow it" in asked
    assert "waits for the goods" in run(config, "return", "allow", "berlin", "55", "R1")
    received = run(config, "return", "receive", "berlin", "55", "R1", "--to", "restock")
    assert "refund waits for the shop" in received


def test_a_connection_goes_into_shadow_and_live(config: Path) -> None:
    run(config, "connection", "shadow", "erp")
    assert "Nothing has been worked out" in run(config, "connection", "shadow", "erp", "--compare")
    assert "in shadow" in run(config, "connection", "list")
    assert "is live" in run(config, "connection", "live", "erp", "--from", "berlin:55")
