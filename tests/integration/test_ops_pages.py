from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from causeway.ledger.tables import metadata
from causeway.queueing.redis import connect
from tests.ops_tools import (
    SECRET,
    TOKEN,
    Sidecar,
    a_busy_day,
    busy_sidecar,
    golden,
    log_in,
    sidecar,
)
from tests.postgres_server import PostgresServer

NO_REDIS = connect("unix:///nonexistent/redis.sock")
LISTS = (
    "/ops/",
    "/ops/orders",
    "/ops/deliveries",
    "/ops/cases",
    "/ops/cases?state=resolved",
    "/ops/connections",
    "/ops/stores",
)
BERLIN = (55, 56, 60, 62, 68, 70, 71, 74, 81, 83)
EVERY = (*LISTS, *(f"/ops/orders/berlin/{n}" for n in BERLIN), "/ops/orders/oslo/65")


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sidecar]:
    """A sidecar after a busy day for a test that asks for `busy`, else one with nothing done."""
    made = busy_sidecar if "busy" in request.fixturenames else sidecar
    with made(tmp_path, NO_REDIS) as found:
        yield found


@pytest.fixture
def busy(shop: Sidecar) -> Sidecar:
    return shop


@pytest.fixture
def client(shop: Sidecar) -> FlaskClient:
    found = shop.app.test_client()
    log_in(found)
    return found


def text_of(client: FlaskClient, path: str) -> str:
    """The words of a page as a reader has them."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    words = html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(words.split())


def test_every_page_trusts_only_our_own_files_and_is_not_kept(
    busy: Sidecar, client: FlaskClient
) -> None:
    for path in (*EVERY, "/ops/nowhere", "/ops/orders/berlin/404"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in answer.text
        assert " style=" not in answer.text


def test_no_page_shows_a_secret_an_email_address_or_a_street(
    busy: Sidecar, client: FlaskClient
) -> None:
    orders = [golden(p.stem) for p in sorted(_golden_files())]
    private = {SECRET, TOKEN, "erika@example.org"}
    for order in orders:
        for address in (order.billing, order.shipping):
            private |= {address.address_1, address.phone, address.postcode, address.last_name}
        private.add(order.customer.email)
    private = {word for word in private if len(word) > 4}
    assert len(private) > 5
    for path in EVERY:
        shown = html.unescape(client.get(path).text)
        assert not [word for word in private if word in shown], path
        assert not re.search(r"[\w.]+@[\w-]+\.\w", shown), path


def test_reading_every_page_changes_nothing(busy: Sidecar, client: FlaskClient) -> None:
    before = _everything(busy)
    for path in EVERY:
        assert client.get(path).status_code == 200
    for path in ("/ops/deliveries/1/retry", "/ops/cases/1/resolve", "/ops/connections/erp/resume"):
        assert client.get(path).status_code in (404, 405)
    assert _everything(busy) == before


def test_markup_from_a_shop_is_text_on_the_page(shop: Sidecar, client: FlaskClient) -> None:
    order = golden("simple_cod")
    nasty = '<script>alert(1)</script>"><img src=x>'
    line = replace(order.lines[0], name=nasty, sku="'><b>x")
    shop.see(replace(order, number=nasty[:60], lines=(line, *order.lines[1:])))
    for path in ("/ops/orders", "/ops/orders/berlin/55"):
        shown = client.get(path).text
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<b>x" not in shown
    assert nasty in html.unescape(client.get("/ops/orders/berlin/55").text)


def test_the_overview_says_how_it_is_and_why(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/")
    assert "Causeway works, and something needs a look." in shown
    assert "Paused: warehouse." in shown
    assert "11 Orders today" in shown
    assert "3 Waiting deliveries" in shown
    assert "1 Parked" in shown
    assert "5 Open cases" in shown
    assert "1 Paused connections" in shown
    assert "Set the order to processing in the shop once it may go on" in shown


def test_today_begins_at_midnight_in_the_store(shop: Sidecar, client: FlaskClient) -> None:
    shop.clock.at = shop.clock().replace(hour=22, minute=30)  # 23:30 in Berlin
    log_in(client)
    shop.see(golden("simple_cod"))
    assert "1 Orders today" in text_of(client, "/ops/")
    shop.clock.forward(minutes=45)
    shop.see(golden("variation_card"))
    assert "1 Orders today" in text_of(client, "/ops/")


def test_the_list_of_orders_tells_where_each_stands(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/orders")
    assert "55 berlin 35.58 EUR Closed Paid Closed SO00001 Shipped" in shown
    assert "65 oslo 4,950 JPY Accepted" in shown


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("number=62", {62}),
        ("number=%2362", {62}),
        ("store=oslo", {65}),
        ("state=held", {70, 74}),
        ("store=berlin&state=closed", {55, 81}),
        ("store=oslo&state=held", set()),
        ("number=6", set()),
        ("number=%27%20OR%201=1", set()),
    ],
)
def test_orders_are_found_by_store_state_and_number(
    busy: Sidecar, client: FlaskClient, query: str, numbers: set[int]
) -> None:
    assert set(_listed(client.get(f"/ops/orders?{query}").text)) == numbers


def test_paging_shows_every_order_once(shop: Sidecar, client: FlaskClient) -> None:
    model = golden("pending_unpaid")
    for number in range(1, 121):
        shop.see(replace(model, id=str(number), number=str(number)))
        if number % 7 == 0:  # several share the moment of their change
            shop.clock.forward(seconds=1)
    path, seen = "/ops/orders", []
    while path:
        shown = client.get(path).text
        seen += _listed(shown)
        found = re.search(r'rel="next" href="([^"]+)"', shown)
        path = html.unescape(found.group(1)) if found else ""
    assert seen == list(range(120, 0, -1))


def test_an_order_tells_its_journey_with_the_time_between(
    busy: Sidecar, client: FlaskClient
) -> None:
    shown = text_of(client, "/ops/orders/berlin/55")
    assert "Everything about the order is done." in shown
    assert "Received from the shop 20 Nov 2026, 09:30:12 CET" in shown
    assert "28 min 12 s later Booked in the back office" in shown
    assert "2 h 14 min later Sent" in shown
    assert "There it is SO00001" in shown
    assert "VAT 19 % 5.68 EUR" in shown
    assert "Total 35.58 EUR" in shown


def test_an_order_tells_what_came_of_each_attempt(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/orders/berlin/68")
    assert "1 attempt Will be tried again after" in shown
    assert "the connection was closed" in shown


def test_times_are_in_the_zone_of_the_store(busy: Sidecar, client: FlaskClient) -> None:
    shown = client.get("/ops/orders/oslo/65").text
    assert "UTC-03</time>" in shown
    assert "CET</time>" not in shown
    assert "UTC</time>" in client.get("/ops/connections").text


def test_an_order_that_could_not_be_understood_is_explained(
    busy: Sidecar, client: FlaskClient
) -> None:
    answer = client.get("/ops/orders/berlin/9001")
    assert answer.status_code == 404
    assert "could not be understood" in answer.text


def test_deliveries_stand_by_state_with_their_reason(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/deliveries")
    assert "All 4 Parked 1 Unknown 0 Sending 0 Waiting 3" in shown
    assert "the product BOX-<b>1</b> is not known; asked by [address removed]" in shown
    assert "in 2 min 20 Nov 2026, 12:29:2" in shown
    only = text_of(client, "/ops/deliveries?state=parked")
    assert "berlin:71:book" in only
    assert "berlin:68:book" not in only
    assert "Nothing waits here." in text_of(client, "/ops/deliveries?connection=warehouse")


def test_connections_are_told_without_their_token(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/connections")
    assert "https://erp.example.org/api" in shown
    assert "the token has expired Paused 20 Nov 2026" in shown
    assert "Last read 4 min ago" in shown


def test_a_connection_that_left_the_settings_is_still_shown(
    busy: Sidecar, client: FlaskClient
) -> None:
    with busy.context.ledger.write() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET connection = 'old' WHERE state = 'parked'"
        )
    assert "old Not in the settings" in text_of(client, "/ops/connections")


def test_stores_tell_how_far_behind_they_are(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/stores")
    assert "berlin 11 updates behind" in shown
    assert "Last event received 4 min ago" in shown
    assert "Age of the secret 2 h 57 min" in shown
    assert "oslo Silent" in shown


def test_an_empty_sidecar_says_what_to_do_next(tmp_path: Path) -> None:
    with sidecar(tmp_path, NO_REDIS, empty=True) as shop:
        client = shop.app.test_client()
        log_in(client)
        assert "causeway store add" in text_of(client, "/ops/")
        assert "No order has arrived yet." in text_of(client, "/ops/orders")
        assert "Nothing waits here." in text_of(client, "/ops/deliveries")
        assert "No case is open." in text_of(client, "/ops/cases")
        assert "No case has been resolved yet." in text_of(client, "/ops/cases?state=resolved")
        assert "[connections.NAME]" in text_of(client, "/ops/connections")
        assert "No shop is paired." in text_of(client, "/ops/stores")


@pytest.mark.parametrize(
    "path",
    [
        "/ops/orders?after=x-1",
        "/ops/orders?after=99999999999999999-99999999999999999",
        "/ops/orders?after=%F0%9F%98%80",
        "/ops/orders?store=" + "x" * 3000,
        "/ops/deliveries?state=nothing&after=-1",
        "/ops/deliveries?state=parked&after=9999999999999999999999",
        "/ops/cases?state=open&before=0",
        "/ops/cases?before=%00",
    ],
)
def test_a_senseless_address_is_no_error(busy: Sidecar, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_page_that_is_not_there_is_a_page(client: FlaskClient) -> None:
    answer = client.get("/ops/nowhere/at/all")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "There is nothing here" in answer.text


def test_a_ledger_that_does_not_answer_is_told_as_such(shop: Sidecar, client: FlaskClient) -> None:
    with shop.context.ledger.write() as connection:
        connection.exec_driver_sql("ALTER TABLE orders RENAME TO gone")
    answer = client.get("/ops/orders")
    assert answer.status_code == 503
    assert "The ledger does not answer" in answer.text
    assert "gone" not in answer.text


def test_every_page_is_read_from_postgresql_alike(tmp_path: Path, postgres: PostgresServer) -> None:
    with sidecar(
        tmp_path, NO_REDIS, url=postgres.url(postgres.new_database(postgres.model))
    ) as shop:
        client = shop.app.test_client()
        log_in(client)
        for path in LISTS:
            assert client.get(path).status_code == 200, path
        a_busy_day(shop)
        for path in EVERY:
            assert client.get(path).status_code == 200, path
        assert "11 Orders today" in text_of(client, "/ops/")
        assert "55 berlin 35.58 EUR Closed Paid Closed SO00001" in text_of(client, "/ops/orders")


def test_cases_are_grouped_by_what_is_wrong(busy: Sidecar, client: FlaskClient) -> None:
    shown = text_of(client, "/ops/cases")
    assert "Deliveries that were not taken 1" in shown
    assert "Connections that are paused 1" in shown
    assert "What to do: Put the right credentials into the settings" in shown


def _golden_files() -> Iterator[Path]:
    return (Path(__file__).parents[1] / "contract" / "woocommerce").glob("*.json")


def _listed(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'scope="row"><a href="/ops/orders/\w+/(\d+)"', page)]


def _everything(shop: Sidecar) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but the beat that the health check itself leaves."""
    with shop.context.ledger.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name != "heartbeats"
        }
