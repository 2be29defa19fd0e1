"""Labels of parcels: fetched when wanted, shown where people look, kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from causeway.cli import cli
from causeway.connectors import registry
from causeway.connectors.memory import Fault, Office
from causeway.errors import RetryableError
from causeway.settings import OpsSettings
from tests.ops_tools import PASSWORD, log_in
from tests.world import MEMORY, World, fixture_order, office_connection, order_event

PDF = b"%PDF-1.7 a label %%EOF"
ZPL = b"^XA^FO50,50^FDa label^FS^XZ"
REQUEST = "berlin:55:request:1"


@pytest.fixture
def world(sqlite_url: str, office: Office, new_world: Any) -> World:
    """Order 55 is with the warehouse of an office, on pages that can be logged in to."""
    ops = OpsSettings(password=PASSWORD, session_key="k" * 40)
    found: World = new_world(
        sqlite_url, connections=(office_connection(office),), options={"ops": ops}
    )
    found.shop().events([order_event(fixture_order("simple_cod"))])
    found.drain()
    return found


@pytest.fixture
def client(world: World) -> FlaskClient:
    found = world.app.test_client()
    log_in(found)
    return found


def sent(world: World, office: Office, parcel: str = "P1", label: bytes = PDF) -> None:
    office.ship(REQUEST, parcel, f"TRACK-{parcel}", world.clock(), label)
    world.poll()


def test_the_journey_tells_of_the_parcel_and_that_it_has_a_label(
    world: World, office: Office
) -> None:
    sent(world, office)
    (parcel,) = world.shop().get("/v1/orders/55").get_json()["parcels"]
    assert parcel == {
        "id": "P1",
        "connection": "office",
        "carrier": "DHL",
        "tracking_number": "TRACK-P1",
        "tracking_url": "https://parcels.example/TRACK-P1",
        "shipped_at": parcel["shipped_at"],
        "label": True,
    }


def test_the_label_is_linked_on_the_orders_page_and_comes_as_pdf(
    world: World, office: Office, client: FlaskClient
) -> None:
    sent(world, office)
    address = "/ops/orders/berlin/55/labels/P1"
    assert f'href="{address}"' in client.get("/ops/orders/berlin/55").text
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", PDF)
    assert answer.headers["Content-Disposition"] == 'inline; filename="label-TRACKP1.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_what_is_no_pdf_is_text_for_a_printer(
    world: World, office: Office, client: FlaskClient
) -> None:
    sent(world, office, label=ZPL)
    answer = client.get("/ops/orders/berlin/55/labels/P1")
    assert (answer.mimetype, answer.data) == ("text/plain", ZPL)
    assert "label-TRACKP1.zpl" in answer.headers["Content-Disposition"]


def test_nobody_sees_a_label_without_logging_in(world: World, office: Office) -> None:
    sent(world, office)
    answer = world.app.test_client().get("/ops/orders/berlin/55/labels/P1")
    assert answer.status_code == 302
    assert office.called("label") == []


@pytest.mark.parametrize("path", ["55/labels/P2", "55/labels/%3Cb%3E", "404/labels/P1"])
def test_a_label_that_is_not_there_is_said(
    world: World, office: Office, client: FlaskClient, path: str
) -> None:
    sent(world, office)
    answer = client.get(f"/ops/orders/berlin/{path}")
    assert answer.status_code == 404
    assert "There is no label" in answer.text
    assert "<b>" not in answer.text


def test_a_parcel_without_a_label_has_no_link(
    world: World, office: Office, client: FlaskClient
) -> None:
    sent(world, office, label=b"")
    page = client.get("/ops/orders/berlin/55").text
    assert "TRACK-P1" in page
    assert "/labels/" not in page


def test_an_office_that_does_not_answer_is_said_on_the_page_and_to_the_shop(
    world: World, office: Office, client: FlaskClient
) -> None:
    sent(world, office)
    office.faults.append(Fault("label", lambda: RetryableError("it is asleep"), times=2))
    page = client.get("/ops/orders/berlin/55/labels/P1")
    assert page.status_code == 502
    assert "it is asleep" in page.text
    told = world.shop().get("/v1/orders/55/labels/P1")
    assert (told.status_code, told.mimetype) == (503, "application/problem+json")
    assert told.headers["Retry-After"] == "10"
    assert world.shop().get("/v1/orders/55/labels/P1").data == PDF


def test_a_shop_gets_its_own_labels_and_no_other_shops(world: World, office: Office) -> None:
    sent(world, office)
    world.add_store("oslo")
    answer = world.shop().get("/v1/orders/55/labels/P1")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", PDF)
    assert world.shop("oslo").get("/v1/orders/55/labels/P1").status_code == 404
    assert world.app.test_client().get("/v1/orders/55/labels/P1").status_code == 401


def test_a_connection_that_is_not_configured_any_more_is_said(
    world: World, office: Office, sqlite_url: str, new_world: Any
) -> None:
    sent(world, office)
    other = replace(office_connection(office), name="another")
    later = World(world.folder, sqlite_url, connections=(other,))
    answer = later.shop().get("/v1/orders/55/labels/P1")
    assert answer.status_code == 404
    assert "office is not configured any more" in answer.get_json()["detail"]
    later.close()


def test_the_tracking_number_that_comes_later_is_on_the_parcel(
    world: World, office: Office
) -> None:
    parcel = office.ship(REQUEST, "P1", "", world.clock(), PDF)
    world.poll()
    (before,) = world.shop().get("/v1/orders/55").get_json()["parcels"]
    office.shipments.append(replace(parcel, tracking_number="LATE-1"))
    world.poll()
    (after,) = world.shop().get("/v1/orders/55").get_json()["parcels"]
    assert (before["tracking_number"], after["tracking_number"]) == ("", "LATE-1")
    assert after["label"]


@pytest.fixture
def config(world: World, tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(registry.KINDS, "memory", registry.Kind(MEMORY, MEMORY))
    path = tmp_path / "causeway.toml"
    path.write_text(
        f'data_dir = "{tmp_path}"\n[ledger]\nurl = "{world.ledger_url}"\n'
        f'[redis]\nurl = "unix://{tmp_path}/nobody.sock"\n'
        f'[connections.office]\nkind = "memory"\nurl = "{office.url}"\n'
        f'token = "{office.token}"\nroles = ["erp", "fulfilment"]\n'
    )
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), *words])


def test_the_command_writes_the_label_to_a_file(world: World, office: Office, config: Path) -> None:
    sent(world, office)
    assert "causeway order label" in run(config, "order", "show", "berlin", "55").output
    said = run(config, "order", "label", "berlin", "55")
    assert said.exit_code == 0, said.output
    assert (config.parent / "label-TRACKP1.pdf").read_bytes() == PDF
    assert "label-TRACKP1.pdf" in said.output


def test_the_command_asks_which_of_several_parcels(
    world: World, office: Office, config: Path
) -> None:
    sent(world, office)
    office.labels["label-of-P2"] = ZPL
    office.shipments.append(
        replace(office.shipments[0], id="P2", tracking_number="TRACK-P2", label="label-of-P2")
    )
    world.poll()
    refused = run(config, "order", "label", "berlin", "55")
    assert refused.exit_code == 2
    assert "2: DHL TRACK-P2" in refused.output
    for name in ("2", "TRACK-P2", "P2"):
        taken = run(config, "order", "label", "berlin", "55", "--parcel", name, "--output", "l.zpl")
        assert taken.exit_code == 0, taken.output
        assert (config.parent / "l.zpl").read_bytes() == ZPL


def test_the_command_says_that_there_is_no_label(
    world: World, office: Office, config: Path
) -> None:
    said = run(config, "order", "label", "berlin", "55")
    assert said.exit_code == 1
    assert "no parcel with a label" in str(said.exception)
