"""What a store reads: its updates and its catalogue, page by page, and nobody else's."""

# ruff: noqa: E501 - its tables are read line by line
from __future__ import annotations

import gzip
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from causeway.canonical import Money, Price, StockLevel
from causeway.connectors.memory import Office
from causeway.engine.case_desk import CaseDesk
from causeway.errors import CausewayError
from causeway.ledger import cases, stores, updates
from causeway.ledger.updates import NewUpdate
from tests.wire_client import ShopClient
from tests.world import START, World, fixture_order, order_event

OTHER = stores.new_secret()


@pytest.fixture
def shop(world: World) -> ShopClient:
    return world.shop()


def tell(world: World, *numbers: int, store: str = "berlin") -> None:
    notes = [
        NewUpdate(f"{store}:1:note:{n}", "note", "order", "1", json.dumps({"text": f"n{n}"}))
        for n in numbers
    ]
    with world.write() as connection:
        updates.add(connection, store, notes, world.clock())


def open_cases(world: World) -> list[cases.CaseRow]:
    with world.write() as connection:
        return cases.find_open(connection)


def read_all(shop: ShopClient, path: str, rows: str, limit: int) -> list[Any]:
    """Every row from the beginning, by cursor."""
    found: list[Any] = []
    cursor, more = "", True
    while more:
        page = shop.get(f"{path}?after={cursor}&limit={limit}").get_json()
        assert len(page[rows]) <= limit
        found += page[rows]
        cursor, more = page["cursor"], page["more"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
def test_every_update_comes_once_whatever_the_pages(
    world: World, shop: ShopClient, limit: int
) -> None:
    tell(world, *range(7))
    read = read_all(shop, "/v1/updates", "updates", limit)
    assert [update["data"]["text"] for update in read] == [f"n{n}" for n in range(7)]
    assert [update["id"] for update in read] == [str(n) for n in range(1, 8)]


def test_updates_told_while_reading_come_on_a_later_page(world: World, shop: ShopClient) -> None:
    tell(world, 1, 2)
    first = shop.get("/v1/updates?limit=2").get_json()
    assert first["more"] is False
    tell(world, 3)
    second = shop.get(f"/v1/updates?after={first['cursor']}").get_json()
    assert [update["data"]["text"] for update in second["updates"]] == ["n3"]


def test_the_same_key_is_told_once(world: World, shop: ShopClient) -> None:
    tell(world, 1, 2)
    tell(world, 2, 3)
    assert len(read_all(shop, "/v1/updates", "updates", 100)) == 3


def test_reading_again_gives_the_same(world: World, shop: ShopClient) -> None:
    tell(world, 1, 2, 3)
    assert shop.get("/v1/updates").get_json() == shop.get("/v1/updates").get_json()


def test_nobody_reads_another_stores_feed(world: World, office: Office) -> None:
    world.add_store("paris", OTHER)
    berlin, paris = world.shop(), world.shop("paris", OTHER)
    tell(world, 1, 2)
    berlin.events([order_event(fixture_order("simple_cod"))])
    world.drain()
    assert paris.get("/v1/updates").get_json()["updates"] == []
    assert paris.get("/v1/orders/55").status_code == 404
    tell(world, 9, store="paris")
    assert [u["id"] for u in paris.get("/v1/updates").get_json()["updates"]] == ["1"]
    assert paris.post_json("/v1/updates/ack", {"cursor": "2"}).status_code == 422


def test_an_acknowledgement_never_goes_back(world: World, shop: ShopClient) -> None:
    tell(world, 1, 2, 3)
    said = [
        shop.post_json("/v1/updates/ack", {"cursor": cursor}).get_json()["cursor"]
        for cursor in ("2", "1", "3", "3")
    ]
    assert said == ["2", "2", "3", "3"]


def test_what_a_shop_will_not_apply_becomes_a_case_of_its_order_once(
    world: World, shop: ShopClient
) -> None:
    tell(world, 1, 2, 3)
    said = {"cursor": "2", "refused": [{"id": "2", "reason": "no such\norder\u0000 here"}]}
    for _ in range(2):  # the first answer was lost
        assert shop.post_json("/v1/updates/ack", said).get_json() == {"cursor": "2"}
    [case] = open_cases(world)
    assert (case.kind, case.store, case.order_id) == ("update_refused", "berlin", "1")
    assert case.detail == "The plugin says: no such order here"
    with pytest.raises(CausewayError, match="by hand"):
        CaseDesk(world.context, "anna").retry(case.id)
    with world.write() as connection:
        cases.resolve(connection, [case.key], "anna", world.clock())
    assert shop.post_json("/v1/updates/ack", said).status_code == 200
    assert shop.post_json("/v1/updates/ack", {"cursor": "3"}).status_code == 200
    assert open_cases(world) == []


@pytest.mark.parametrize(
    "refused",
    [{"id": "2", "reason": ""}, {"id": "2", "reason": "x" * 501}, {"id": 2, "reason": "x"}, {"id": "2"},
     {"reason": "x"}, {"id": "-2", "reason": "x"}, {"id": "9" * 19, "reason": "x"}, 7, None],
)  # fmt: skip
def test_a_refusal_that_is_none_is_named_and_acknowledges_nothing(
    world: World, shop: ShopClient, refused: object
) -> None:
    tell(world, 1, 2, 3)
    answer = shop.post_json("/v1/updates/ack", {"cursor": "2", "refused": [refused]})
    assert (answer.status_code, answer.get_json()["field"][:9]) == (422, "refused.0")
    assert shop.post_json("/v1/updates/ack", {"cursor": "1"}).get_json() == {"cursor": "1"}
    assert open_cases(world) == []


def test_a_refusal_of_what_was_not_told_is_nobodys_case(world: World, shop: ShopClient) -> None:
    tell(world, 1, 2, 3)
    refused = [{"id": number, "reason": "x"} for number in ("0", "3", "77")]
    shop.post_json("/v1/updates/ack", {"cursor": "2", "refused": refused})
    assert open_cases(world) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"cursor": 1}', b'{"cursor": "-1"}', b'{"cursor": "\xd9\xa1"}',
     b'{"cursor": "99999999999999999999"}', b'{"cursor": "4"}', b"[" * 5000, b"\xff"],
)  # fmt: skip
def test_an_acknowledgement_that_is_none_is_refused(
    world: World, shop: ShopClient, body: bytes
) -> None:
    tell(world, 1, 2, 3)
    answer = shop.post("/v1/updates/ack", body)
    problem = answer.get_json()
    assert (answer.status_code, problem["field"]) == (422, "cursor") or body == b""
    assert answer.status_code == 422
    assert problem["remedy"]
    assert world.reported == []


@pytest.mark.parametrize("path", ["/v1/updates", "/v1/catalog"])
@pytest.mark.parametrize(
    ("query", "field"),
    [("after=x", "after"), ("after=-1", "after"), ("after=1.5", "after"), ("after=%D9%A1", "after"),
     ("after=9223372036854775808", "after"), ("after=%00", "after"), ("after=%C3%28", "after"),
     ("limit=0", "limit"), ("limit=99999", "limit"), ("limit=ten", "limit"), ("limit=-5", "limit")],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_named(
    world: World, shop: ShopClient, path: str, query: str, field: str
) -> None:
    answer = shop.get(f"{path}?{query}")
    assert (answer.status_code, answer.get_json()["field"]) == (422, field)
    assert world.reported == []


@pytest.mark.parametrize("path", ["/v1/orders/a%00b", "/v1/orders/%FF", "/v1/orders/" + "9" * 3000])
def test_an_order_that_cannot_exist_is_not_there(world: World, shop: ShopClient, path: str) -> None:
    answer = shop.get(path)
    assert answer.status_code == 404
    assert len(answer.get_data()) < 1000
    assert world.reported == []


def test_every_answer_to_a_store_is_signed(world: World, shop: ShopClient, office: Office) -> None:
    tag = shop.get("/v1/catalog").headers["ETag"]
    for path, status in [("/v1/updates", 200), ("/v1/orders/9", 404), ("/v1/updates?limit=x", 422)]:
        assert shop.get(path).status_code == status
        assert not shop.unsigned
    assert shop.get("/v1/catalog", headers={"If-None-Match": tag}).status_code == 304
    assert not shop.unsigned


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("identity", False), ("gzip;q=0", False),
     (None, False)],
)  # fmt: skip
def test_a_long_page_is_packed_for_who_unpacks_it(
    world: World, shop: ShopClient, accepts: str | None, packed: bool
) -> None:
    tell(world, *range(50))
    answer = shop.get("/v1/updates", headers={"Accept-Encoding": accepts})
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed
    assert "Accept-Encoding" in answer.headers["Vary"]
    body = gzip.decompress(answer.get_data()) if packed else answer.get_data()
    assert len(json.loads(body)["updates"]) == 50


def test_a_short_page_is_not_packed(world: World, shop: ShopClient) -> None:
    answer = shop.get("/v1/updates", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def stock(sku: str, on_hand: str, minutes: int = 0, warehouse: str = "MAIN") -> StockLevel:
    at = START + timedelta(minutes=minutes)
    return StockLevel(sku, warehouse, Decimal(on_hand), Decimal(0), at)


def price(sku: str, regular: str, minutes: int = 0, currency: str = "EUR") -> Price:
    at = START + timedelta(minutes=minutes)
    return Price(sku, Money.of(regular, currency), None, True, at)


def rows_of(shop: ShopClient, path: str = "/v1/catalog") -> dict[str, Any]:
    return {row["sku"]: row for row in shop.get(path).get_json()["rows"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 5000])
def test_every_row_of_the_catalogue_comes_whatever_the_pages(
    world: World, shop: ShopClient, office: Office, limit: int
) -> None:
    office.stock += [stock(f"SKU-{n}", str(n)) for n in range(7)]
    world.poll()
    read = read_all(shop, "/v1/catalog", "rows", limit)
    assert sorted(row["sku"] for row in read) == [f"SKU-{n}" for n in range(7)]


def test_a_row_that_changes_while_reading_is_met_again_at_the_end(
    world: World, shop: ShopClient, office: Office
) -> None:
    office.stock += [stock(f"SKU-{n}", "1") for n in range(4)]
    world.poll()
    first = shop.get("/v1/catalog?limit=2").get_json()
    changed = first["rows"][0]["sku"]
    office.stock.append(stock(changed, "9", minutes=1))
    world.poll()
    rest = shop.get(f"/v1/catalog?after={first['cursor']}").get_json()
    assert [row["sku"] for row in rest["rows"]] == ["SKU-2", "SKU-3", changed]
    assert rest["rows"][-1]["quantity"] == "9"


def test_nothing_new_costs_304_until_something_is(
    world: World, shop: ShopClient, office: Office
) -> None:
    office.stock.append(stock("MUG-01", "5"))
    world.poll()
    tag = {"If-None-Match": shop.get("/v1/catalog").headers["ETag"]}
    for _ in range(2):
        answer = shop.get("/v1/catalog", headers=tag)
        assert (answer.status_code, answer.get_data()) == (304, b"")
    world.poll()
    assert shop.get("/v1/catalog", headers=tag).status_code == 304, "the same figures again"
    office.stock.append(stock("MUG-01", "4", minutes=1))
    world.poll()
    assert shop.get("/v1/catalog", headers=tag).status_code == 200
    assert shop.get("/v1/catalog?limit=1", headers=tag).status_code == 200


def test_figures_are_written_alike_whatever_the_ledger(
    world: World, shop: ShopClient, office: Office
) -> None:
    office.stock += [stock("A", "7.50"), stock("B", "1000"), stock("C", "0.125")]
    office.prices += [price("A", "5"), price("B", "1E+2"), price("C", "0.12345")]
    world.poll()
    rows = rows_of(shop)
    assert [rows[sku]["quantity"] for sku in "ABC"] == ["7.5", "1000", "0.125"]
    assert [rows[sku]["regular_price"] for sku in "ABC"] == ["5.00", "100.00", "0.12345"]


def test_a_price_in_another_currency_is_not_this_stores(
    world: World, shop: ShopClient, office: Office
) -> None:
    office.stock.append(stock("MUG-01", "5"))
    office.prices.append(price("MUG-01", "19.90", currency="USD"))
    world.poll()
    assert rows_of(shop)["MUG-01"]["regular_price"] is None


def test_an_older_figure_does_not_come_back(world: World, shop: ShopClient, office: Office) -> None:
    office.stock += [stock("MUG-01", "5", minutes=5), stock("MUG-01", "50")]
    world.poll()
    assert rows_of(shop)["MUG-01"]["quantity"] == "5"


def test_what_was_sold_is_not_for_sale_until_the_source_has_counted_it(
    world: World, shop: ShopClient, office: Office
) -> None:
    office.stock.append(stock("MUG-01", "10"))
    world.poll()
    shop.events([order_event(fixture_order("simple_cod"))])
    world.poll()
    assert rows_of(shop)["MUG-01"]["quantity"] == "8"
    office.stock.append(stock("MUG-01", "8", minutes=1))
    world.poll()
    assert rows_of(shop)["MUG-01"]["quantity"] == "8"
    office.stock.append(stock("MUG-01", "20", minutes=2))
    world.poll()
    assert rows_of(shop)["MUG-01"]["quantity"] == "20"


def test_the_journey_tells_what_became_of_an_order(
    world: World, shop: ShopClient, office: Office
) -> None:
    shop.events([order_event(fixture_order("simple_cod"))])
    world.drain()
    office.ship("berlin:55:request:1", "P-1", "JD01", START)
    world.poll()
    told = shop.get("/v1/orders/55").get_json()
    assert told["state"]["value"] == "closed"
    assert [step["name"] for step in told["milestones"]] == [
        "received",
        "booked",
        "released",
        "shipped",
    ]
    assert {d["state"]["value"] for d in told["deliveries"]} == {"done"}
    text = json.dumps(told)
    assert not [word for word in ("Erika", "erika@example.org", "Hauptstr") if word in text]
