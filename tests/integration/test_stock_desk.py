"""Stock and price for people: pages and commands that explain, say, check and repair."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from causeway.canonical import Money, Price, StockLevel, StockMovement
from causeway.catalog import drift, overrides, sources
from causeway.catalog.overrides import OverrideRefusedError
from causeway.cli import cli
from causeway.connectors.base import Page
from causeway.connectors.memory import MemoryConnector, Office
from causeway.engine.cataloguing import project_catalog, terms_of
from causeway.ledger import cases
from causeway.ledger.tables import (
    allocations,
    audit,
    catalog,
    price_overrides,
    stock_grants,
    stock_parcels,
)
from causeway.policy import StorePolicy
from causeway.settings import OpsSettings
from tests.world import OFFICE_TOKEN, START, World, office_connection, order_event

WORLDS = Callable[..., World]
PASSWORD = "a long enough password"


@pytest.fixture
def shop(sqlite_url: str, office: Office, new_world: WORLDS) -> World:
    """A mug at 10.00, seven of them, and a store that may differ by 10 %."""
    options = {
        "policies": {"berlin": StorePolicy(price_margin_percent=10, timezone="Europe/Berlin")},
        "ops": OpsSettings(password=PASSWORD, session_key="k" * 40),
    }
    world = new_world(sqlite_url, connections=(office_connection(office),), options=options)
    office.stock.append(StockLevel("MUG", "MAIN", Decimal(7), Decimal(0), world.clock()))
    office.prices.append(Price("MUG", Money.of("10.00", "EUR"), None, True, world.clock()))
    world.poll()
    return world


@pytest.fixture
def causeway(shop: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The command line on the same ledger; the office stands in its settings as a sandbox."""
    office = "CAUSEWAY_CONNECTIONS__OFFICE__"
    monkeypatch.setenv("CAUSEWAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CAUSEWAY_LEDGER__URL", shop.ledger_url)
    monkeypatch.setenv(f"{office}KIND", "sandbox_erp")
    monkeypatch.setenv(f"{office}URL", "http://127.0.0.1:9")
    monkeypatch.setenv(f"{office}TOKEN", "a-token-that-opens-nothing")
    monkeypatch.setenv(f"{office}ROLES", "erp")
    monkeypatch.setenv("CAUSEWAY_STORES__BERLIN__PRICE_MARGIN_PERCENT", "10")
    monkeypatch.delenv("CAUSEWAY_CONFIG", raising=False)

    def run(*words: str, code: int = 0) -> Result:
        found = CliRunner().invoke(cli, words)
        assert found.exit_code == code, found.output + str(found.exception)
        return found

    return run


def logged_in(world: World) -> FlaskClient:
    browser = world.app.test_client()
    press(browser, "/ops/login", "/ops/login", password=PASSWORD)
    return browser


def press(browser: FlaskClient, path: str, seen_at: str, **form: str) -> str:
    """Send the form with its token; the page one is led to."""
    text = browser.get(seen_at).get_data(as_text=True)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', text)[0]
    answer = browser.post(path, data={"csrf_token": token, **form})
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).get_data(as_text=True)


def price_shown(world: World) -> str:
    project_catalog(world.context)
    (row,) = world.shop().get("/v1/catalog").get_json()["rows"]
    return str(row["regular_price"])


HERE = "/ops/prices/?store=berlin&sku=MUG"
SAID = {"store": "berlin", "sku": "MUG", "who": "Erika", "reason": "the fair"}


def test_a_price_is_said_on_the_page_with_who_and_why_and_ended_there(shop: World) -> None:
    browser = logged_in(shop)
    text = browser.get(HERE).get_data(as_text=True)
    assert "Why does MUG cost 10.00 EUR in berlin?" in text
    assert "From 9.00 to 11.00 EUR" in text
    until = (shop.clock() + timedelta(days=3)).date().isoformat()
    text = press(browser, "/ops/prices/say", HERE, price="10.90", until=until, **SAID)
    assert f"berlin asks 10.90 for MUG until {until}." in text
    assert price_shown(shop) == "10.90"
    text = browser.get(HERE).get_data(as_text=True)
    assert "by Erika (ops): the fair" in text
    (row,) = shop.rows(price_overrides)
    assert (row.actor, row.reason, row.until.isoformat()) == ("Erika (ops)", "the fair", until)
    text = press(browser, "/ops/prices/end/berlin/MUG", HERE, back=HERE)
    assert price_shown(shop) == "10.00"
    assert "No store says a price itself." in browser.get(HERE).get_data(as_text=True)
    assert [r.action for r in shop.rows(audit)].count("price_override") == 2


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ({"price": "12.00"}, "say a price from 9.00 to 11.00"),
        ({"price": "a lot"}, "is not an amount"),
        ({"price": "-1"}, "above zero"),
        ({"price": "10.50", "reason": " "}, "say who you are and why"),
        ({"price": "10.50", "until": "soon"}, "is not a day"),
        ({"price": "10.50", "sku": "NOBODY"}, "no source has said a price"),
    ],
)
def test_a_price_that_may_not_be_said_changes_nothing(
    shop: World, form: dict[str, str], answer: str
) -> None:
    text = press(logged_in(shop), "/ops/prices/say", HERE, **{**SAID, **form})
    assert "Nothing was changed" in text
    assert answer in text
    assert shop.rows(price_overrides) == []


def test_a_store_without_a_margin_says_no_price() -> None:
    with pytest.raises(OverrideRefusedError, match="price_margin_percent"):
        overrides.check(Decimal(10), overrides.allowed(Decimal(10), 0, "EUR"))


def test_the_margin_ends_at_whole_minor_units() -> None:
    found = overrides.allowed(Decimal("9.99"), 10, "EUR")
    assert (found.low, found.high) == (Decimal("9.00"), Decimal("10.98"))
    assert overrides.allowed(Decimal(995), 1, "JPY").low == 986
    assert overrides.allowed(Decimal("0.01"), 100, "EUR").low == Decimal("0.01")


def test_the_price_is_explained_alike_on_the_command_line_and_over_the_api(
    shop: World, causeway: Any
) -> None:
    causeway("price", "override", "berlin", "MUG", "10.80", "--reason", "the fair")
    project_catalog(shop.context)
    text = causeway("price", "explain", "berlin", "MUG").output
    assert "MUG in berlin: 10.80 EUR" in text
    assert "the fair" in text
    assert "may ask from 9.00 to 11.00 (10 % of 10.00)" in text
    refused = causeway("price", "override", "berlin", "MUG", "20", "--reason", "no", code=1)
    assert "say a price from 9.00 to 11.00" in refused.output + str(refused.exception)
    said = shop.shop().get("/v1/stock/MUG/explain").get_json()
    assert said["effective_price"]["regular_price"] == "10.80"
    assert said["effective_price"]["shown_regular_price"] == "10.80"
    assert [step["kind"] for step in said["price"]] == ["base", "override"]


def test_what_nothing_stands_behind_is_listed_and_repaired(shop: World, causeway: Any) -> None:
    project_catalog(shop.context)
    assert "Everything fits." in causeway("stock", "check").output
    goods = {"store": "berlin", "order_id": "9", "sku": "MUG", "quantity": Decimal(2)}
    late = shop.clock() - timedelta(days=400)
    with shop.write() as connection:
        connection.execute(allocations.insert().values(**goods))
        connection.execute(
            allocations.insert().values(
                **{**goods, "order_id": "8"}, booked_at=late, booked_by="nobody"
            )
        )
        connection.execute(
            stock_parcels.insert().values(
                **{**goods, "order_id": "7"}, ref="P1", connection="office", at=late
            )
        )
        connection.execute(
            stock_grants.insert().values(
                store="gone", sku="MUG", remaining=Decimal(1), exposed=Decimal(1), seq=1
            )
        )
        connection.execute(catalog.update().values(quantity=Decimal(99)))
    found = causeway("stock", "check", code=1).output
    for kind in (
        "reservation_without_order", "reservation_counted_by_nobody",
        "parcel_without_reservation", "grant_of_no_store", "figure_of_no_source",
    ):  # fmt: skip
        assert kind in found
    assert "Repaired" in causeway("stock", "check", "--repair").output
    project_catalog(shop.context)
    assert "Everything fits." in causeway("stock", "check").output
    assert shop.shop().get("/v1/catalog").get_json()["rows"][0]["quantity"] == "7"


def test_the_catalogue_is_compared_with_its_sources_and_put_right(shop: World) -> None:
    with shop.write() as connection:
        connection.execute(catalog.update().values(quantity=Decimal(99)))
    with shop.context.ledger.read() as connection:
        terms = terms_of(shop.context, connection)
        found, last = drift.stale(connection, terms, "", 500)
        assert drift.stale(connection, terms, last, 500) == ([], "")
    assert [(s.sku, s.catalog, s.source) for s in found] == [("MUG", Decimal(99), Decimal(7))]
    drift.put_right(shop.context.ledger, found, shop.clock())
    project_catalog(shop.context)
    assert shop.shop().get("/v1/catalog").get_json()["rows"][0]["quantity"] == "7"
    with shop.context.ledger.read() as connection:
        (case,) = cases.find_open(connection)
    assert "here 99, sources 7" in case.detail


def test_a_drift_is_corrected_with_one_click(shop: World) -> None:
    product = {"id": 7, "sku": "MUG", "manage_stock": True, "stock_quantity": 9}
    event = order_event({"product": product}, entity="product", entity_id="7")
    shop.clock.advance(minutes=1)
    at = shop.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    event = {**event, "topic": "product.updated", "schema": "woocommerce.product/3"}
    shop.shop().events([{**event, "occurred_at": at}])
    shop.drain()
    shop.clock.advance(hours=1)
    browser = logged_in(shop)
    text = browser.get("/ops/stock/").get_data(as_text=True)
    assert 'data-label="Sources" class="right number">7' in text
    before = shop.shop().get("/v1/catalog").get_json()["cursor"]
    text = press(browser, "/ops/stock/correct-all", "/ops/stock/", back="/ops/stock/")
    assert "1 SKUs stand in the feed again." in text
    page = shop.shop().get(f"/v1/catalog?after={before}").get_json()
    assert [(row["sku"], row["quantity"]) for row in page["rows"]] == [("MUG", "7")]


def test_what_a_till_reads_out_counts_until_the_erp_knows_it(
    sqlite_url: str, office: Office, new_world: WORLDS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till sells from the ERP's stock, is polled by cursor, and the ERP hears of it late."""
    shelf = Office("http://till.example", OFFICE_TOKEN).open()
    till = replace(
        office_connection(shelf), name="till", roles=("pos",), stock_of="office",
        stock_lag_seconds=120,
    )  # fmt: skip
    world = new_world(sqlite_url, connections=(office_connection(office), till))
    sold = StockMovement("t1", "MUG", "MAIN", Decimal(-3), world.clock(), "sale")
    read: list[str] = []

    def movements(self: MemoryConnector, cursor: str) -> Page[StockMovement]:
        if self._url != shelf.url:
            return Page((), cursor)
        read.append(cursor)
        return Page((sold,) if cursor == "" else (), "1")

    monkeypatch.setattr(MemoryConnector, "read_movements", movements, raising=False)
    figures = []
    for minute, on_hand in ((0, 10), (1, 10), (3, 7)):  # after two minutes the ERP must know it
        world.clock.time = START + timedelta(minutes=minute)
        office.stock.append(StockLevel("MUG", "MAIN", Decimal(on_hand), Decimal(0), world.clock()))
        world.poll()
        world.poll("till")
        figures.append(world.shop().get("/v1/catalog").get_json()["rows"][0]["quantity"])
    shelf.close()
    assert figures == ["7", "7", "7"], "neither forgotten nor taken off twice"
    assert read == ["", "1", "1"], "the cursor moves with the work"


def test_the_whole_feed_is_read_without_a_gap_while_others_change_it(world: World) -> None:
    """Three readers page through it while one source writes as fast as it can."""
    count, rounds = 60, 8
    at = world.clock()

    def report(round_: int) -> None:
        with world.write() as connection:
            levels = [
                StockLevel(f"S{n:02}", "MAIN", Decimal(1 + round_ * (n % 3)), Decimal(0),
                           at + timedelta(seconds=round_))
                for n in range(count)
            ]  # fmt: skip
            sources.take_stock(connection, "office", levels, at)
        project_catalog(world.context)

    world.shop().get("/v1/catalog")
    report(0)
    seen: list[dict[str, str]] = [{}, {}, {}]
    cursors, ended = ["0", "0", "0"], threading.Event()

    def read(reader: int) -> None:
        shop, last_round = world.shop(), False
        while True:
            last_round = ended.is_set()
            more = True
            while more:
                path = f"/v1/catalog?after={cursors[reader]}&limit=7"
                page = shop.get(path).get_json()
                seen[reader].update({row["sku"]: row["quantity"] for row in page["rows"]})
                cursors[reader], more = page["cursor"], page["more"]
            if last_round:
                return

    readers = [threading.Thread(target=read, args=(n,)) for n in range(3)]
    for thread in readers:
        thread.start()
    for round_ in range(1, rounds):
        report(round_)
    ended.set()
    for thread in readers:
        thread.join()
    truth = {f"S{n:02}": str(1 + (rounds - 1) * (n % 3)) for n in range(count)}
    assert seen == [truth, truth, truth]
