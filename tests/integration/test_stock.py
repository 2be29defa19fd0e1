"""Stock and price through the whole sidecar: sources in, feed out, people in between."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from causeway.canonical import Money, Price, StockLevel
from causeway.catalog import drift, held, inconsistencies, overrides
from causeway.catalog.explain import explain
from causeway.connectors.memory import MemoryConnector, Office
from causeway.engine.cataloguing import project_catalog, terms_of
from causeway.feed.availability import FAILURES, LocalBreaker
from causeway.ledger import cases, cursors, stores
from causeway.ledger.tables import allocations, catalog, stock_grants
from causeway.policy import StorePolicy
from causeway.wire import signature
from tests.world import START, World, fixture_order, office_connection, order_event

PUSH_SECRET = stores.new_secret()
PARIS = "whsec_cGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGFyaXMtcGE="
WORLDS = Callable[..., World]


def level(sku: str, on_hand: int | str, world: World, **changes: Any) -> StockLevel:
    found = StockLevel(sku, "MAIN", Decimal(on_hand), Decimal(0), world.clock())
    return replace(found, **changes)


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def a_price(sku: str, amount: str, world: World, **changes: Any) -> Price:
    return replace(Price(sku, eur(amount), None, True, world.clock()), **changes)


def with_policy(new_world: WORLDS, url: str, office: Office, **policy: Any) -> World:
    connection = office_connection(office, webhook_secret=PUSH_SECRET)
    return new_world(
        url, connections=(connection,), options={"policies": {"berlin": StorePolicy(**policy)}}
    )


def feed(world: World, store: str = "berlin", **options: Any) -> dict[str, dict[str, Any]]:
    page = world.shop(store, **options).get("/v1/catalog").get_json()
    return {row["sku"]: row for row in page["rows"]}


def push(world: World, body: Any, secret: str = PUSH_SECRET, name: str = "office") -> Any:
    raw = json.dumps(body).encode()
    headers = {
        **signature.headers([secret], uuid4().hex, world.clock(), raw),
        "Content-Type": "application/json",
    }
    return world.app.test_client().post(f"/v1/connections/{name}/stock", data=raw, headers=headers)


def test_stock_that_is_pushed_stands_in_the_feed(
    sqlite_url: str, office: Office, new_world: WORLDS
) -> None:
    world = with_policy(new_world, sqlite_url, office)
    row = {"sku": "MUG", "warehouse": "MAIN", "on_hand": "7.5", "as_of": START.isoformat()}
    sale = {"id": "till-1", "sku": "MUG", "warehouse": "MAIN", "quantity": "-2", "kind": "sale"}
    sale["at"] = (START + timedelta(seconds=1)).isoformat()
    answer = push(world, {"levels": [row], "movements": [sale]})
    assert (answer.status_code, answer.get_json()) == (202, {"levels": 1, "movements": 1})
    assert push(world, {"movements": [sale]}).get_json() == {"levels": 0, "movements": 0}
    project_catalog(world.context)
    assert feed(world)["MUG"]["quantity"] == "5.5"


def test_a_newer_level_counts_the_movements_before_it(
    sqlite_url: str, office: Office, new_world: WORLDS
) -> None:
    world = with_policy(new_world, sqlite_url, office)
    row = {"sku": "MUG", "warehouse": "MAIN", "on_hand": "10", "as_of": START.isoformat()}
    at = (START + timedelta(seconds=5)).isoformat()
    push(world, {"levels": [row]})
    sale = {"id": "1", "sku": "MUG", "warehouse": "MAIN", "quantity": "-4", "at": at}
    push(world, {"movements": [sale]})
    later = (START + timedelta(seconds=9)).isoformat()
    push(world, {"levels": [{**row, "on_hand": "6", "as_of": later}]})
    project_catalog(world.context)
    assert feed(world)["MUG"]["quantity"] == "6"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"levels": [{"sku": "A"}]}, 422, "levels.0.warehouse"),
        ({"levels": [{"sku": "A", "warehouse": "M", "on_hand": 1.5, "as_of": "2026-11-20T00:00:00Z"}]}, 422, "levels.0.on_hand"),
        ({"levels": "no"}, 422, "levels"),
        ([], 422, "_schema"),
    ],
)  # fmt: skip
def test_a_push_that_makes_no_sense_names_its_field(
    sqlite_url: str, office: Office, new_world: WORLDS, body: Any, status: int, field: str
) -> None:
    world = with_policy(new_world, sqlite_url, office)
    answer = push(world, body)
    assert (answer.status_code, answer.get_json()["field"]) == (status, field)


def test_a_push_with_another_secret_or_for_nobody_is_refused(
    sqlite_url: str, office: Office, new_world: WORLDS
) -> None:
    world = with_policy(new_world, sqlite_url, office)
    assert push(world, {}, secret=stores.new_secret()).status_code == 401
    assert push(world, {}, name="nobody").status_code == 404


def test_an_order_that_cannot_be_booked_yet_is_reserved_and_released_when_cancelled(
    world: World, office: Office
) -> None:
    office.close()
    data = _an_order()
    world.shop().events([order_event(data)])
    world.drain()
    assert {row.booked_at for row in world.rows(allocations)} == {None}
    data["order"]["status"] = "cancelled"
    world.shop().events([order_event(data, version=2)])
    world.drain()
    assert world.rows(allocations) == []


def _an_order() -> dict[str, Any]:
    """The first fixture with a product that has a SKU and is to be booked."""
    from tests.world import fixture_names

    for name in fixture_names():
        data = fixture_order(name)
        lines = data["order"].get("line_items", [])
        if data["order"]["status"] == "processing" and lines and lines[0].get("sku"):
            return data
    raise AssertionError("no such fixture")


def test_an_unpaid_order_holds_its_goods_until_its_time_is_over(world: World) -> None:
    data = _an_order()
    data["order"]["status"] = "pending"
    data["order"]["date_created_gmt"] = world.clock().strftime("%Y-%m-%dT%H:%M:%S")
    world.shop().events([order_event(data)])
    world.drain()
    rows = world.rows(allocations)
    assert rows
    assert all(row.expires_at == world.clock() + timedelta(minutes=60) for row in rows)
    world.clock.advance(minutes=61)
    project_catalog(world.context)
    assert world.rows(allocations) == []


def test_two_stores_together_are_never_shown_more_than_there_is(
    world: World, office: Office
) -> None:
    other = stores.new_secret()
    office.stock += [level("MUG", 5, world)]
    world.poll()
    assert feed(world)["MUG"]["quantity"] == "5"
    world.add_store("paris", other)
    feed(world, "paris", secret=other)  # from now on it shares
    world.clock.advance(minutes=1)
    office.stock.append(level("MUG", 6, world))
    world.poll()
    shown = [feed(world)["MUG"]["quantity"], feed(world, "paris", secret=other)["MUG"]["quantity"]]
    assert shown == ["3", "1"], "berlin may still sell five of the six"
    cursor = world.shop().get("/v1/catalog").get_json()["cursor"]
    world.shop().get(f"/v1/catalog?after={cursor}&applied={cursor}")
    project_catalog(world.context)
    assert feed(world, "paris", secret=other)["MUG"]["quantity"] == "3"
    assert sum(row.exposed for row in world.rows(stock_grants)) == 6


def test_every_row_of_an_explanation_adds_up(world: World, office: Office) -> None:
    data = _an_order()
    sku = data["order"]["line_items"][0]["sku"]
    office.stock += [level(sku, 20, world, reserved=Decimal(3))]
    world.poll()
    world.shop().events([order_event(data)])
    world.drain()
    project_catalog(world.context)
    with world.context.ledger.read() as connection:
        terms = terms_of(world.context, connection)
        found = explain(connection, terms, "berlin", sku, world.clock())
    assert found is not None
    assert found.quantity is not None
    assert sum(part.quantity for part in found.parts) == found.quantity == found.shown
    assert {"on_hand", "reserved_there", "order"} <= {part.kind for part in found.parts}
    answer = world.shop().get(f"/v1/stock/{sku}/explain")
    assert answer.get_json()["quantity"] == f"{found.quantity:f}"
    assert world.shop().get("/v1/stock/NOBODY/explain").status_code == 404


def test_a_price_that_jumps_is_held_and_the_rest_goes_through(world: World, office: Office) -> None:
    office.prices += [a_price("MUG", "10.00", world), a_price("CUP", "5.00", world)]
    world.poll()
    world.clock.advance(minutes=1)
    office.prices += [a_price("MUG", "0.10", world), a_price("CUP", "5.50", world)]
    world.poll()
    assert feed(world)["MUG"]["regular_price"] == "10.00"
    assert feed(world)["CUP"]["regular_price"] == "5.50"
    (case,) = [c for c in open_cases(world) if c.kind == "held_price_change"]
    assert "MUG: 10" in case.detail
    with world.write() as connection:
        assert held.decide(connection, case.key, True, "test", world.clock()) == ["MUG"]
    project_catalog(world.context)
    assert feed(world)["MUG"]["regular_price"] == "0.10"
    assert open_cases(world) == []


def test_a_held_price_that_is_corrected_releases_itself(world: World, office: Office) -> None:
    office.prices += [a_price("MUG", "10.00", world)]
    world.poll()
    for amount in ("0.00", "11.00"):
        world.clock.advance(minutes=1)
        office.prices.append(a_price("MUG", amount, world))
        world.poll()
    assert feed(world)["MUG"]["regular_price"] == "11.00"
    assert open_cases(world) == []


def test_what_was_refused_stays_away_until_it_changes(world: World, office: Office) -> None:
    office.prices += [a_price("MUG", "10.00", world)]
    world.poll()
    world.clock.advance(minutes=1)
    office.prices.append(a_price("MUG", "99.00", world))
    world.poll()
    with world.write() as connection:
        held.decide(connection, held.case_key("berlin", "price_change"), False, "t", world.clock())
    project_catalog(world.context)
    assert feed(world)["MUG"]["regular_price"] == "10.00"
    assert open_cases(world) == []


def test_shelves_that_empty_all_at_once_are_held(
    sqlite_url: str, office: Office, new_world: WORLDS
) -> None:
    world = with_policy(new_world, sqlite_url, office, guard_from_rows=5)
    office.stock += [level(f"S{n}", 10, world) for n in range(10)]
    world.poll()
    world.clock.advance(minutes=1)
    office.stock += [level(f"S{n}", 0 if n < 6 else 9, world) for n in range(10)]
    world.poll()
    shown = feed(world)
    assert [shown[f"S{n}"]["quantity"] for n in (0, 5, 6, 9)] == ["10", "10", "9", "9"]
    (case,) = open_cases(world)
    assert case.kind == "held_mass_zero"
    with world.write() as connection:
        held.decide(connection, case.key, True, "test", world.clock())
    project_catalog(world.context)
    assert feed(world)["S0"]["quantity"] == "0"


def test_a_sale_ends_by_itself_and_is_told(world: World, office: Office) -> None:
    last = world.clock().date()
    office.prices += [
        a_price("MUG", "10.00", world, sale=eur("8.00"), sale_until=last),
        a_price("CUP", "5.00", world),
    ]
    world.poll()
    shown = feed(world)
    assert (shown["MUG"]["sale"], shown["MUG"]["sale_price"]) == ("on", "8.00")
    assert shown["MUG"]["sale_until"] == last.isoformat()
    assert shown["CUP"]["sale"] is None
    world.clock.time = world.clock.time.replace(hour=0, minute=0) + timedelta(days=1)
    project_catalog(world.context)
    shown = feed(world)
    assert (shown["MUG"]["sale"], shown["MUG"]["sale_price"]) == ("off", None)
    assert shown["MUG"]["sale_until"] is None


def test_a_store_may_ask_otherwise_within_its_margin(
    sqlite_url: str, office: Office, new_world: WORLDS
) -> None:
    world = with_policy(new_world, sqlite_url, office, price_margin_percent=10)
    office.prices += [a_price("MUG", "10.00", world)]
    world.poll()
    for amount, shown in (("10.90", "10.90"), ("12.00", "10.00")):
        with world.write() as connection:
            overrides.say(connection, "berlin", "MUG", Decimal(amount), "why", "me", world.clock())
        project_catalog(world.context)
        assert feed(world)["MUG"]["regular_price"] == shown
    with world.context.ledger.read() as connection:
        assert len(overrides.history(connection, "berlin", "MUG")) == 2


def test_a_cart_is_answered_from_the_ledger_with_the_figures_age(
    world: World, office: Office
) -> None:
    office.stock += [level("MUG", 3, world)]
    world.poll()
    world.clock.advance(seconds=42)
    body = {"lines": [{"sku": "MUG", "quantity": "4"}, {"sku": "NOBODY", "quantity": "1"}]}
    answer = world.shop().post_json("/v1/availability", body).get_json()
    mug, nobody = answer["lines"]
    assert (mug["available"], mug["enough"], mug["age_seconds"]) == ("3", False, 42)
    assert (nobody["available"], nobody["source"]) == (None, "unknown")
    too_many = {"lines": [{"sku": "A", "quantity": "1"}] * 101}
    assert world.shop().post_json("/v1/availability", too_many).status_code == 422


def test_a_live_answer_is_used_and_a_late_one_is_not_waited_for(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    let_go = Event()
    office.stock += [level("MUG", 3, world)]
    world.poll()
    world.clock.advance(minutes=1)
    answers: Callable[..., Any] = lambda self, skus, seconds: (level("MUG", 2, world),)  # noqa: E731
    monkeypatch.setattr(MemoryConnector, "stock_of", answers, raising=False)
    monkeypatch.setattr("causeway.feed.availability.BREAKER", LocalBreaker())
    cart = {"lines": [{"sku": "MUG", "quantity": "1"}], "live": True, "budget_ms": 2000}
    (line,) = world.shop().post_json("/v1/availability", cart).get_json()["lines"]
    assert (line["available"], line["source"], line["age_seconds"]) == ("2", "live", 0)
    monkeypatch.setattr(MemoryConnector, "stock_of", lambda *_: let_go.wait(30))
    late = world.shop().post_json("/v1/availability", {**cart, "budget_ms": 10}).get_json()
    let_go.set()
    assert late["late"] == ["office"]
    assert late["lines"][0]["source"] == "ledger"


def test_who_keeps_failing_is_left_alone_for_a_while() -> None:
    time = [0.0]
    breaker = LocalBreaker(clock=lambda: time[0])
    for _ in range(FAILURES):
        assert breaker.allows("erp")
        breaker.failed("erp")
    assert not breaker.allows("erp")
    time[0] = 31.0
    assert [breaker.allows("erp"), breaker.allows("erp")] == [True, False]
    breaker.succeeded("erp")
    assert breaker.allows("erp")


def test_a_shop_that_shows_something_else_is_told_again(world: World, office: Office) -> None:
    office.stock += [level("MUG", 3, world)]
    world.poll()
    product = {"id": 7, "sku": "MUG", "manage_stock": True, "stock_quantity": 9}
    event = order_event(
        {"product": product}, entity="product", entity_id="7", topic="product.updated"
    )
    world.shop().events([{**event, "schema": "woocommerce.product/3"}])
    world.drain()
    world.clock.advance(hours=1)
    assert drift.report(world.context.ledger, world.clock()) == 1
    (case,) = open_cases(world)
    assert "MUG stock: shop 9, here 3" in case.detail
    before = world.shop().get("/v1/catalog").get_json()["cursor"]
    with world.write() as connection:
        assert drift.correct(connection, "berlin", ["MUG"], world.clock()) == 1
    page = world.shop().get(f"/v1/catalog?after={before}").get_json()
    assert [row["sku"] for row in page["rows"]] == ["MUG"]
    world.clock.advance(hours=1)
    assert drift.report(world.context.ledger, world.clock()) == 0, "told since: no more is known"
    assert open_cases(world) == []


def test_reservations_without_an_order_are_found_and_repaired(world: World) -> None:
    with world.write() as connection:
        connection.execute(
            allocations.insert().values(
                store="berlin", order_id="9", sku="MUG", quantity=Decimal(2)
            )
        )
    with world.write() as connection:
        found = inconsistencies.find(connection, world.clock(), ["office"])
        assert [item.kind for item in found] == ["reservation_without_order"]
        assert inconsistencies.repair(connection, found, world.clock()) == 1
        assert inconsistencies.find(connection, world.clock(), ["office"]) == []


def test_a_full_read_without_a_gap_while_rows_change(world: World, office: Office) -> None:
    office.stock += [level(f"S{n:02}", 1, world) for n in range(40)]
    world.poll()
    seen: dict[str, str] = {}
    cursor, more, changed = "0", True, 0
    while more:
        page = world.shop().get(f"/v1/catalog?after={cursor}&limit=7").get_json()
        seen.update({row["sku"]: row["quantity"] for row in page["rows"]})
        cursor, more = page["cursor"], page["more"]
        if changed < 5:
            changed += 1
            world.clock.advance(seconds=1)
            office.stock.append(level(f"S{changed:02}", 100 + changed, world))
            world.poll()
    truth = {row.sku: f"{row.quantity:f}" for row in world.rows(catalog)}
    assert seen == truth


def open_cases(world: World) -> list[Any]:
    with world.context.ledger.read() as connection:
        return cases.find_open(connection)


def test_days_are_the_stores_own() -> None:
    from datetime import UTC, datetime

    from causeway.catalog.pricing import Entry, Terms, effective

    entry = Entry(
        "erp", "default", "EUR", "", Decimal(1), Decimal(10), Decimal(8), None, None,
        date(2026, 11, 20), date(2026, 11, 20), True, START,
    )  # fmt: skip
    tokyo = Terms("EUR", "Asia/Tokyo")
    early = effective([entry], tokyo, datetime(2026, 11, 19, 15, 0, tzinfo=UTC))
    late = effective([entry], tokyo, datetime(2026, 11, 20, 15, 0, tzinfo=UTC))
    assert early is not None
    assert late is not None
    assert (early.sale_state, late.sale_state) == ("on", "off")
    assert early.turns_at == datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_the_page_explains_holds_and_corrects(
    sqlite_url: str, office: Office, new_world: WORLDS
) -> None:
    from causeway.settings import OpsSettings

    ops = OpsSettings(password="a long enough password", session_key="k" * 40)
    world = new_world(sqlite_url, connections=(office_connection(office),), options={"ops": ops})
    office.stock += [level("MUG", 7, world)]
    office.prices += [a_price("MUG", "10.00", world)]
    world.poll()
    world.clock.advance(minutes=1)
    office.prices.append(a_price("MUG", "99.00", world))
    world.poll()
    browser = world.app.test_client()
    assert browser.get("/ops/stock/").status_code == 302

    def press(path: str, seen_at: str, **form: str) -> int:
        text = browser.get(seen_at).get_data(as_text=True)
        token = re.findall(r'name="csrf_token" value="([^"]+)"', text)[0]
        return browser.post(path, data={"csrf_token": token, **form}).status_code

    assert press("/ops/login", "/ops/login", password="a long enough password") == 303
    here = "/ops/stock/?store=berlin&sku=MUG"
    text = browser.get(here).get_data(as_text=True)
    assert "Why is it 7?" in text
    assert "held:berlin:price_change" in text
    assert press("/ops/stock/held/held:berlin:price_change/approve", here) == 303
    project_catalog(world.context)
    assert feed(world)["MUG"]["regular_price"] == "99.00"
    assert press("/ops/stock/correct/berlin/MUG", here) == 303


def test_a_store_is_told_the_fields_it_chose_once(
    sqlite_url: str, office: Office, new_world: WORLDS, monkeypatch: pytest.MonkeyPatch
) -> None:
    from causeway.canonical import Product
    from causeway.connectors.base import Page

    world = with_policy(new_world, sqlite_url, office, product_fields=("name",))
    listed = [Product("p1", "MUG", START, name="Mug"), Product("p2", "NEW", START, name="New")]
    monkeypatch.setattr(
        MemoryConnector,
        "read_products",
        lambda self, cursor: Page(tuple(listed), "read"),
        raising=False,
    )
    product = {"id": 7, "sku": "MUG"}
    event = order_event({"product": product}, entity="product", entity_id="7")
    world.shop().events([{**event, "topic": "product.updated", "schema": "woocommerce.product/3"}])
    world.drain()
    world.poll()
    world.poll()
    listed[0] = Product("p1", "MUG-RENAMED", START + timedelta(hours=1), name="A better mug")
    with world.write() as connection:
        cursors.move(connection, "office:products", "", world.clock())
    world.poll()
    told = world.shop().get("/v1/updates").get_json()["updates"]
    assert [u["data"]["fields"]["name"] for u in told] == ["Mug", "A better mug"]
    assert [u["entity_id"] for u in told] == ["7", "7"]
    assert [c.kind for c in open_cases(world)] == ["products_unknown"]


def test_a_store_whose_shop_never_asks_holds_nothing_back_and_one_added_later_is_served(
    world: World, office: Office
) -> None:
    office.stock.append(StockLevel("MUG", "MAIN", Decimal(10), Decimal(0), world.clock()))
    world.poll()
    project_catalog(world.context)
    world.add_store("paris", PARIS)
    paris = world.shop("paris", PARIS)

    def figure(shop: Any) -> Any:
        shop.get("/v1/catalog")
        project_catalog(world.context)
        return {row["sku"]: row["quantity"] for row in shop.get("/v1/catalog").get_json()["rows"]}

    assert figure(paris) == {"MUG": "10"}, "nobody ever asked for berlin"
    assert figure(world.shop()) == {"MUG": "0"}, "paris may sell it all until it says otherwise"
    shown = paris.get("/v1/catalog").get_json()
    assert shown["rows"][0]["quantity"] == "5"
    paris.get(f"/v1/catalog?applied={shown['cursor']}")
    assert figure(world.shop()) == {"MUG": "5"}
