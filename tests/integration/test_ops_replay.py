"""Replay on the operations pages: nothing happens before the last button, and that one is safe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from causeway.ledger import cases
from causeway.ledger.tables import audit, deliveries
from causeway.ledger.tables import cases as case_table
from tests.integration.test_ops_actions import NO_REDIS, press, standing
from tests.ops_tools import Sidecar, busy_sidecar, log_in, token


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Sidecar]:
    with busy_sidecar(tmp_path, NO_REDIS) as found:
        yield found


@pytest.fixture
def client(shop: Sidecar) -> FlaskClient:
    found = shop.app.test_client()
    log_in(found)
    return found


def standings(shop: Sidecar) -> list[tuple[str, str]]:
    with shop.context.ledger.read() as connection:
        rows = connection.execute(select(deliveries.c.key, deliveries.c.state)).all()
    return sorted((row.key, row.state) for row in rows)


def audited(shop: Sidecar) -> list[tuple[str, str]]:
    with shop.context.ledger.read() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()
    return [(row.action, row.subject) for row in rows]


def a_case(shop: Sidecar, kind: str) -> cases.CaseRow:
    with shop.context.ledger.read() as connection:
        return next(case for case in cases.find_open(connection) if case.kind == kind)


def test_the_preview_names_what_would_be_sent_and_changes_nothing(
    shop: Sidecar, client: FlaskClient
) -> None:
    before = standings(shop)
    text = client.get("/ops/replay?look=1&connection=erp&state_parked=1&rate=5").text
    assert "berlin:71:book" in text
    assert "1</span> would go to erp" in text
    assert "Replay 1 delivery" in text
    assert standings(shop) == before
    assert audited(shop) == []


def test_the_preview_names_nobody(client: FlaskClient) -> None:
    states = "&".join(f"state_{s}=1" for s in ("waiting", "unknown", "parked", "done"))
    text = client.get(f"/ops/replay?look=1&{states}").text
    assert "EUR" in text
    for word in ("Mustermann", "erika", "Hauptstr"):
        assert word not in text


def test_what_the_preview_showed_is_done_by_its_button(shop: Sidecar, client: FlaskClient) -> None:
    text = client.get("/ops/replay?look=1&connection=erp&state_parked=1").text
    form = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text.split("preview")[-1])
    )
    form["csrf_token"] = token(client, "/ops/")
    answer = client.post("/ops/replay", data=form)
    assert answer.status_code == 303
    assert standing(shop, "berlin:71:book") == "unknown"
    assert audited(shop) == [("replay", "1 deliveries: at erp parked")]
    assert shop.hints.worked == 1
    assert "looked up before anything is sent" in client.get("/ops/deliveries").text


def test_without_its_token_nothing_is_replayed(shop: Sidecar, client: FlaskClient) -> None:
    before = standings(shop)
    assert client.post("/ops/replay", data={"connection": "erp"}).status_code == 400
    assert standings(shop) == before


def test_who_is_not_logged_in_sees_and_does_nothing(shop: Sidecar) -> None:
    stranger = shop.app.test_client()
    assert stranger.get("/ops/replay").status_code == 302
    form = {"csrf_token": token(stranger), "connection": "erp"}
    assert stranger.post("/ops/replay", data=form).status_code == 401
    assert audited(shop) == []


@pytest.mark.parametrize(
    ("field", "said"),
    [("since=yesterday", "is no time"), ("rate=0", "between 0.01"), ("delivery_id=x", "number")],
)
def test_what_makes_no_sense_is_said(client: FlaskClient, field: str, said: str) -> None:
    text = client.get(f"/ops/replay?look=1&{field}").text
    assert said in text
    assert "What would be done" not in text


def test_a_case_is_resolved_with_its_reason(shop: Sidecar, client: FlaskClient) -> None:
    case = a_case(shop, "missing_sku")
    form = {"csrf_token": token(client, "/ops/"), "reason": "the SKU was added"}
    assert client.post(f"/ops/cases/{case.id}/resolve", data=form).status_code == 303
    assert "the SKU was added" in client.get("/ops/cases?state=resolved").text


def test_a_case_is_skipped_only_with_a_reason(shop: Sidecar, client: FlaskClient) -> None:
    case = a_case(shop, "delivery_parked")
    press(client, f"/ops/cases/{case.id}/skip")
    assert standing(shop, "berlin:71:book") == "parked"
    form = {"csrf_token": token(client, "/ops/"), "reason": "booked by hand"}
    client.post(f"/ops/cases/{case.id}/skip", data=form)
    assert standing(shop, "berlin:71:book") == "cancelled"
    with shop.context.ledger.read() as connection:
        row = connection.execute(select(case_table).where(case_table.c.id == case.id)).one()
    assert (row.resolved_by, row.resolution) == ("ops", "skipped: booked by hand")


def test_an_event_nobody_understood_is_looked_at_again(shop: Sidecar, client: FlaskClient) -> None:
    case = a_case(shop, "not_understood")
    _, target = press(client, f"/ops/cases/{case.id}/retry", "/ops/cases")
    assert "The flow looks at it again" in client.get(target).text
    assert audited(shop)[-1][0] == "replay_events"
