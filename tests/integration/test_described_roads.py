"""The whole road with systems that are only described: 21 orders out, parcels and stock back.

What becomes of each order is held against what becomes of it with the sandbox's own connectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from causeway import settings
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.files import connector as files
from causeway.connectors.rest import connector as rest
from causeway.ledger.tables import cases
from causeway.sandbox.server import SandboxServer
from tests.import_job import ImportJob
from tests.sandbox_tools import TOKEN, call, serving
from tests.small_office import SmallOffice
from tests.world import World, fixture_names, fixture_order, order_event

STORE = "berlin"
CANCELLED = "simple_cod"
PARTLY_REFUNDED = "partial_refund_one_line"
Found = dict[str, Any]


@dataclass
class Office:
    """One way to have an ERP and a warehouse, and how their own people see it."""

    connections: tuple[ConnectionSettings, ...]
    booked: Callable[[str], list[Decimal]]
    """The totals of all that stands under an order's key there."""
    refunded: Callable[[str], list[Decimal]]
    ship_all: Callable[[], None]
    set_stock: Callable[[str, int], None]
    cancels_lines: bool = True


def sandbox_office(server: SandboxServer, connections: tuple[ConnectionSettings, ...]) -> Office:
    app = server.app

    def under(path: str, name: str) -> Callable[[str], list[Decimal]]:
        def totals(key: str) -> list[Decimal]:
            _, body = call(app, "GET", f"{path}?external_ref={key}")
            return [Decimal(row["total"]) for row in body[name]]

        return totals

    return Office(
        connections,
        under("/erp/orders", "orders"),
        under("/erp/credits", "credits"),
        lambda: call(app, "POST", "/sandbox/clock", {"advance_seconds": 3601}),
        lambda sku, n: call(app, "POST", "/erp/stock", {"sku": sku, "warehouse": "MAIN",
                                                        "on_hand": n}),
    )  # fmt: skip


@contextmanager
def hand_written(folder: Path) -> Iterator[Office]:
    with serving(folder, ship_after=3600, accept_after=60) as server:
        erp = ConnectionSettings("erp", "sandbox_erp", server.address, ("erp",), token=TOKEN)
        warehouse = ConnectionSettings(
            "warehouse", "sandbox_wms", server.address, ("fulfilment",), token=TOKEN
        )
        yield sandbox_office(server, (erp, warehouse))


@contextmanager
def by_rest(folder: Path) -> Iterator[Office]:
    with serving(folder, ship_after=3600, accept_after=60) as server:
        example = settings.load(Path(rest.__file__).parent / "examples" / "sandbox.toml", {})
        erp, warehouse = (replace(c, url=server.address) for c in example.connections)
        yield sandbox_office(server, (replace(erp, roles=("erp",)), warehouse))


@contextmanager
def small(folder: Path) -> Iterator[Office]:
    from tests.conformance.test_rest_small import described

    with SmallOffice(goods=None).open() as office:
        connection = replace(described(office, ("erp", "fulfilment")), name="erp")

        def totals(kind: str) -> Callable[[str], list[Decimal]]:
            return lambda key: [
                Decimal(s["sum"]).scaleb(0 if s["money"] == "JPY" else -2)
                for s in office.under(key, kind)
            ]

        def ship_all() -> None:
            for sale in list(office.sales.values()):
                if sale["kind"] == "request" and sale["state"] == "open":
                    office.ship(sale["ref"], "request")

        yield Office((connection,), totals("sale"), totals("credit"), ship_all, office.set_stock,
                     cancels_lines=False)  # fmt: skip


@contextmanager
def by_files(folder: Path) -> Iterator[Office]:
    with ImportJob(folder, goods=None).running() as job:
        found = settings.load(Path(files.__file__).parent / "examples" / "erp.toml", {})
        options = deepcopy(found.connection("erp").options)
        options["acknowledgement"] |= {"wait_seconds": 20.0, "settle_seconds": 0.0}
        connection = replace(found.connection("erp"), url=f"file://{folder}", options=options)

        def totals(kind: str) -> Callable[[str], list[Decimal]]:
            return lambda key: [entry["total"] for entry in job.under(key, kind)]

        def ship_all() -> None:
            for entry in list(job.books):
                if entry["kind"] == "picking" and entry["state"] == "open":
                    job.ship(entry["reference"])

        yield Office((connection,), totals("order"), totals("credit"), ship_all,
                     lambda sku, n: job.export_stock(sku, str(n)))  # fmt: skip


WAYS = {"rest": by_rest, "small office": small, "files": by_files}


def journey(world: World, number: int) -> Found:
    answer = world.shop(STORE).get(f"/v1/orders/{number}")
    assert answer.status_code == 200, answer.get_json()
    found: Found = answer.get_json()
    return found


def story(world: World) -> dict[str, Any]:
    """Of each order: where it stands, and what was done for it."""
    told = {}
    for name in fixture_names():
        found = journey(world, fixture_order(name)["order"]["id"])
        done = sorted((d["operation"], d["state"]["value"]) for d in found["deliveries"])
        told[name] = (found["state"]["value"], done)
    return told


def road(folder: Path, ledger: str, office: Office) -> tuple[World, list[dict[str, Any]]]:
    """All orders booked; one cancelled; the rest sent. What stood after each of these."""
    world = World(folder, ledger, office.connections)
    world.add_store(STORE)
    chapters = []
    for name in fixture_names():
        world.shop(STORE).events([order_event(fixture_order(name))])
    world.drain(60)
    chapters.append(story(world))
    cancelled = fixture_order(CANCELLED)
    cancelled["order"]["status"] = "cancelled"
    world.shop(STORE).events([order_event(cancelled, 2)])
    world.drain(30)
    chapters.append(story(world))
    office.ship_all()
    for connection in office.connections:
        world.poll(connection.name)
    chapters.append(story(world))
    return world, chapters


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What becomes of the orders with connectors that were written for the system."""
    from tests.world import empty_ledger

    folder = tmp_path_factory.mktemp("usual")
    (folder / "ledger.sqlite").write_bytes(empty_ledger())
    with hand_written(folder / "sandbox") as office:
        world, chapters = road(folder, f"sqlite:///{folder}/ledger.sqlite", office)
        world.close()
    return chapters


@pytest.mark.parametrize("way", WAYS)
def test_21_orders_go_out_once_and_their_parcels_come_back(
    way: str, tmp_path: Path, sqlite_url: str, usual: list[dict[str, Any]]
) -> None:
    with ExitStack() as stack:
        office = stack.enter_context(WAYS[way](tmp_path / "office"))
        world, chapters = road(tmp_path, sqlite_url, office)
        stack.callback(world.close)
        for chapter, wanted in zip(chapters, usual, strict=True):
            for name, (state, done) in wanted.items():
                apart = name == PARTLY_REFUNDED and not office.cancels_lines
                due = [entry for entry in done if not (apart and entry[0] == "cancel")]
                assert chapter[name] == (state, due), name
        assert world.reported == []
        booked = 0
        for name, (_, done) in chapters[0].items():
            data = fixture_order(name)
            key = f"{STORE}:{data['order']['id']}"
            if ("book", "done") in done:
                booked += 1
                assert office.booked(f"{key}:book") == [Decimal(data["order"]["total"])], name
            else:
                assert office.booked(f"{key}:book") == [], name
            if ("refund", "done") in done:
                for refund in data["refunds"]:
                    amount = abs(Decimal(refund.get("amount") or refund["total"]))
                    assert office.refunded(f"{key}:refund:{refund['id']}") == [amount], name
        assert booked >= 15
        closed = [name for name, (state, _) in chapters[2].items() if state == "closed"]
        assert len(closed) >= 10
        office.set_stock("MUG-01", 7)
        world.poll("erp")
        rows = world.shop(STORE).get("/v1/catalog?limit=5000").get_json()["rows"]
        assert any(row["sku"] == "MUG-01" for row in rows)


def test_an_order_waits_for_the_word_of_a_slow_import_and_uses_up_no_attempt(
    tmp_path: Path, sqlite_url: str
) -> None:
    """The import sleeps for a while; then it never comes, and a person is told what to do."""
    job = ImportJob(tmp_path / "exchange", goods=None, answers=False)
    found = settings.load(Path(files.__file__).parent / "examples" / "erp.toml", {})
    options = deepcopy(found.connection("erp").options)
    options["acknowledgement"] |= {"wait_seconds": 0.0, "settle_seconds": 0.0}
    connection = replace(found.connection("erp"), url=f"file://{job.root}", options=options)
    world = World(tmp_path, sqlite_url, (replace(connection, roles=("erp",)),))
    world.add_store(STORE)
    number = fixture_order(CANCELLED)["order"]["id"]
    world.shop(STORE).events([order_event(fixture_order(CANCELLED))])
    for _ in range(30):
        world.drain(5)
        world.clock.advance(minutes=5)
    (delivery,) = journey(world, number)["deliveries"]
    assert delivery["state"]["value"] == "waiting", delivery
    assert world.context.limits.standing("erp").circuit == "closed"
    job.import_all()
    world.drain(5)
    assert journey(world, number)["state"]["value"] == "booked"
    assert len(job.under(f"{STORE}:{number}:book")) == 1

    later = fixture_order("variation_card")
    world.shop(STORE).events([order_event(later)])
    world.drain(5)
    for receipt in (job.root / ".causeway" / "receipts").rglob("*.json"):
        said = json.loads(receipt.read_text())
        receipt.write_text(json.dumps({**said, "sent_at": said["sent_at"] - 3601}))
    world.clock.advance(minutes=5)
    world.drain(5)
    (case,) = journey(world, later["order"]["id"])["cases"]
    assert "not acknowledged within 60 minutes" in case["detail"]
    world.close()


def test_a_file_that_cannot_be_read_is_a_case_and_the_others_are_read(
    tmp_path: Path, sqlite_url: str
) -> None:
    with by_files(tmp_path / "exchange") as office:
        world = World(tmp_path, sqlite_url, office.connections)
        world.add_store(STORE)
        folder = tmp_path / "exchange" / "stock"
        folder.mkdir()
        (folder / "stock-bad.csv").write_text("Item;Warehouse\nMUG-01;MAIN\n")
        office.set_stock("BOOK-7", 3)
        world.poll("erp")
        rows = world.shop(STORE).get("/v1/catalog?limit=5000").get_json()["rows"]
        assert [row["sku"] for row in rows] == ["BOOK-7"]
        (case,) = world.rows(cases, kind="record_unread")
        assert "stock-bad.csv" in case.detail
        assert "on_hand: is not there" in case.detail
        world.close()
