from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from causeway.ledger import cases, connections, deliveries
from causeway.ledger.tables import audit
from causeway.ledger.tables import deliveries as delivery_table
from causeway.queueing.redis import connect
from tests.ops_tools import Sidecar, busy_sidecar, golden, log_in, token

NO_REDIS = connect("unix:///nonexistent/redis.sock")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Sidecar]:
    with busy_sidecar(tmp_path, NO_REDIS) as found:
        yield found


@pytest.fixture
def client(shop: Sidecar) -> FlaskClient:
    found = shop.app.test_client()
    log_in(found)
    return found


def press(client: FlaskClient, path: str, back: str = "") -> tuple[int, str]:
    """Press a button: where it leads, and what the next page says."""
    form = {"csrf_token": token(client, "/ops/"), "back": back}
    answer = client.post(path, data=form)
    assert answer.status_code == 303, answer.text
    return answer.status_code, str(answer.location)


def id_of(shop: Sidecar, key: str) -> int:
    with shop.context.ledger.read() as connection:
        query = select(delivery_table.c.id).where(delivery_table.c.key == key)
        return int(connection.execute(query).scalar_one())


def standing(shop: Sidecar, key: str) -> str:
    with shop.context.ledger.read() as connection:
        query = select(delivery_table.c.state).where(delivery_table.c.key == key)
        return str(connection.execute(query).scalar_one())


def written(shop: Sidecar) -> list[tuple[str, str, str]]:
    """The audit: who, what, to what."""
    with shop.context.ledger.read() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert all(row.at == shop.clock() for row in rows)
    return [(row.actor, row.action, row.subject) for row in rows]


def open_kinds(shop: Sidecar) -> dict[str, int]:
    with shop.context.ledger.read() as connection:
        return cases.count_open(connection)


def test_retry_makes_a_parked_delivery_due_and_writes_it_down(
    shop: Sidecar, client: FlaskClient
) -> None:
    number = id_of(shop, "berlin:71:book")
    _, target = press(client, f"/ops/deliveries/{number}/retry", "/ops/deliveries?state=parked")
    assert target == "/ops/deliveries?state=parked"
    assert standing(shop, "berlin:71:book") == "unknown"
    assert written(shop) == [("ops", "retry", "berlin:71:book")]
    assert shop.hints.worked == 1
    assert "will be looked up at erp" in client.get(target).text


def test_the_case_of_a_retried_delivery_closes_when_it_is_done(
    shop: Sidecar, client: FlaskClient
) -> None:
    press(client, f"/ops/deliveries/{id_of(shop, 'berlin:71:book')}/retry")
    assert open_kinds(shop)["delivery_parked"] == 1
    shop.erp.errors = []
    shop.drain("erp")
    assert standing(shop, "berlin:71:book") == "done"
    assert "delivery_parked" not in open_kinds(shop)


def test_a_delivery_that_waits_can_be_hurried(shop: Sidecar, client: FlaskClient) -> None:
    press(client, f"/ops/deliveries/{id_of(shop, 'berlin:68:book')}/retry")
    with shop.context.ledger.read() as connection:
        due = select(delivery_table.c.due_at).where(delivery_table.c.key == "berlin:68:book")
        assert connection.execute(due).scalar_one() == shop.clock()


def test_a_delivery_that_is_done_is_not_sent_again(shop: Sidecar, client: FlaskClient) -> None:
    _, target = press(client, f"/ops/deliveries/{id_of(shop, 'berlin:55:book')}/retry")
    assert standing(shop, "berlin:55:book") == "done"
    assert written(shop) == []
    assert shop.hints.worked == 0
    assert "there is nothing to retry" in client.get(target).text


def test_all_parked_deliveries_of_one_connection_are_retried_and_no_others(
    shop: Sidecar, client: FlaskClient
) -> None:
    _park_all(shop)
    before = _count(shop, "erp", "parked")
    assert before > 1
    assert f"Retry all {before} at erp" in client.get("/ops/deliveries").text
    press(client, "/ops/connections/warehouse/retry-parked")
    assert _count(shop, "erp", "parked") == before
    assert written(shop) == []
    press(client, "/ops/connections/erp/retry-parked")
    assert _count(shop, "erp", "parked") == 0
    assert _count(shop, "erp", "unknown") == before
    assert written(shop) == [("ops", "retry_parked", "erp")]


def test_resume_lets_the_connection_be_used_and_closes_its_case(
    shop: Sidecar, client: FlaskClient
) -> None:
    assert open_kinds(shop)["connection_paused"] == 1
    press(client, "/ops/connections/warehouse/resume")
    with shop.context.ledger.read() as connection:
        assert connections.every(connection)["warehouse"].paused_at is None
    assert "connection_paused" not in open_kinds(shop)
    assert written(shop) == [("ops", "resume", "warehouse")]
    assert shop.hints.worked == 1


def test_resuming_what_is_not_paused_is_not_written_down(
    shop: Sidecar, client: FlaskClient
) -> None:
    for name in ("erp", "nobody"):
        press(client, f"/ops/connections/{name}/resume")
    assert written(shop) == []
    assert shop.hints.worked == 0


def test_a_resolved_case_is_listed_with_who_resolved_it(shop: Sidecar, client: FlaskClient) -> None:
    with shop.context.ledger.read() as connection:
        case = next(c for c in cases.find_open(connection) if c.kind == "missing_sku")
    for _ in range(2):
        press(client, f"/ops/cases/{case.id}/resolve")
    assert "missing_sku" not in open_kinds(shop)
    assert written(shop) == [("ops", "resolve", case.key)]
    assert "by ops" in client.get("/ops/cases?state=resolved").text


@pytest.mark.parametrize("path", ["/ops/deliveries/999999/retry", "/ops/cases/999999/resolve"])
def test_what_is_not_there_cannot_be_acted_on(client: FlaskClient, path: str) -> None:
    assert client.post(path, data={"csrf_token": token(client, "/ops/")}).status_code == 404


@pytest.mark.parametrize("given", [{}, {"csrf_token": ""}, {"csrf_token": "guess"}])
def test_without_the_token_of_the_session_nothing_is_done(
    shop: Sidecar, client: FlaskClient, given: dict[str, str]
) -> None:
    number = id_of(shop, "berlin:71:book")
    for path in (
        f"/ops/deliveries/{number}/retry",
        "/ops/connections/warehouse/resume",
        "/ops/connections/erp/retry-parked",
        "/ops/cases/1/resolve",
        "/ops/logout",
    ):
        answer = client.post(path, data=given)
        assert answer.status_code == 400
        assert "nothing was changed" in answer.text
    assert standing(shop, "berlin:71:book") == "parked"
    assert written(shop) == []
    assert client.get("/ops/").status_code == 200


def test_the_token_of_another_session_does_not_fit(shop: Sidecar, client: FlaskClient) -> None:
    other = shop.app.test_client()
    log_in(other)
    form = {"csrf_token": token(other, "/ops/")}
    assert client.post("/ops/connections/warehouse/resume", data=form).status_code == 400


def test_a_form_leads_back_to_our_own_pages_only(shop: Sidecar, client: FlaskClient) -> None:
    _, target = press(client, "/ops/connections/erp/resume", "https://evil.example/ops/")
    assert target == "/ops/"


def _park_all(shop: Sidecar) -> None:
    with shop.context.ledger.write() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET state = 'parked' WHERE state = 'waiting' AND connection = 'erp'"
        )


def _count(shop: Sidecar, name: str, state: str) -> int:
    with shop.context.ledger.read() as connection:
        return deliveries.counts(connection).get((name, state), 0)


def test_a_connection_in_shadow_goes_live_from_a_chosen_order(
    shop: Sidecar, client: FlaskClient
) -> None:
    with shop.context.ledger.write() as connection:
        connections.set_shadow(connection, "erp", True, None)
    shop.see(replace(golden("simple_cod"), id="901", number="901"))
    shown = client.get("/ops/connections/erp/shadow").text
    assert "Only here" in shown
    assert standing(shop, "berlin:901:book") == "shadow"
    form = {"csrf_token": token(client, "/ops/"), "first": "berlin:901"}
    assert client.post("/ops/connections/erp/live", data=form).status_code == 303
    assert standing(shop, "berlin:901:book") == "waiting"
    assert any(action == "connection live" for _, action, _ in written(shop))


def test_nothing_goes_live_from_an_order_that_never_arrived(
    shop: Sidecar, client: FlaskClient
) -> None:
    with shop.context.ledger.write() as connection:
        connections.set_shadow(connection, "erp", True, None)
    form = {"csrf_token": token(client, "/ops/"), "first": "berlin:nothing"}
    client.post("/ops/connections/erp/live", data=form)
    with shop.context.ledger.read() as connection:
        assert connections.every(connection)["erp"].shadow
    assert "Nothing was changed" in client.get("/ops/").text


def test_a_connection_nobody_configured_has_no_shadow(client: FlaskClient) -> None:
    assert client.get("/ops/connections/nobody/shadow").status_code == 404
