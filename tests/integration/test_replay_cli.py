"""The commands of replay and cases, as a person types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from causeway.cli import cli
from causeway.connectors.memory import Office
from causeway.errors import CausewayError, RejectedError
from causeway.ledger.tables import audit, cases, deliveries, events
from tests.engine_steps import another, delivery, fail, show
from tests.world import World

Causeway = Callable[..., Result]


@pytest.fixture
def causeway(
    sqlite_world: World, office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Causeway:
    """Two orders that the office refused, and what the commands are given."""
    fail(office, "book", RejectedError("no"), times=2)
    for number in (901, 902):
        another(sqlite_world, number)
    sqlite_world.drain()
    monkeypatch.setenv("CAUSEWAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CAUSEWAY_LEDGER__URL", sqlite_world.ledger_url)
    monkeypatch.delenv("CAUSEWAY_CONFIG", raising=False)

    def run(*words: str, answer: str = "", code: int = 0) -> Result:
        found = CliRunner().invoke(cli, words, input=answer)
        assert found.exit_code == code, found.output + str(found.exception)
        return found

    return run


def states(world: World) -> list[str]:
    return [row.state for row in world.rows(deliveries)]


def test_a_preview_and_a_no_change_nothing(causeway: Causeway, sqlite_world: World) -> None:
    found = causeway("replay", "deliveries", "--connection", "office", "--preview").output
    assert "berlin:901:book" in found
    assert "2 would go to office." in found
    assert "looked up" in found
    causeway("replay", "deliveries", "--connection", "office", answer="n\n")
    assert states(sqlite_world) == ["parked", "parked"]
    assert sqlite_world.rows(audit) == []


def test_a_yes_makes_them_due_and_is_written_down(causeway: Causeway, sqlite_world: World) -> None:
    words = ("--state", "parked", "--since", "2026-11-20", "--until", "2026-11-21", "--yes")
    assert "2 deliveries are due." in causeway("replay", "deliveries", *words).output
    assert states(sqlite_world) == ["unknown", "unknown"]
    (row,) = sqlite_world.rows(audit)
    assert row.actor.startswith("cli:")
    assert row.subject == ("2 deliveries: parked from 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z")


def test_everything_at_once_has_to_be_said(causeway: Causeway) -> None:
    assert "say which" in causeway("replay", "deliveries", code=2).output


def test_one_delivery_and_one_order(causeway: Causeway, sqlite_world: World) -> None:
    number = delivery(sqlite_world, "berlin:901:book").id
    causeway("replay", "delivery", str(number), "--yes")
    assert states(sqlite_world) == ["unknown", "parked"]
    causeway("replay", "order", "902", "--yes")
    assert states(sqlite_world) == ["unknown", "unknown"]
    with pytest.raises(CausewayError, match="no order 7777"):
        raise causeway("replay", "order", "7777", code=1).exception or AssertionError


def test_cases_are_retried_skipped_and_resolved(causeway: Causeway, sqlite_world: World) -> None:
    first, second = sqlite_world.rows(cases)
    assert "looked up at office" in causeway("case", "retry", str(first.id)).output
    assert states(sqlite_world) == ["unknown", "parked"]
    causeway("case", "skip", str(second.id), code=2)
    causeway("case", "skip", str(second.id), "--reason", "booked by hand")
    assert states(sqlite_world) == ["unknown", "cancelled"]
    causeway("case", "resolve", str(first.id), "--reason", "done")
    assert [row.resolution for row in sqlite_world.rows(cases)] == [
        "done",
        "skipped: booked by hand",
    ]
    assert "No case is open." in causeway("case", "list").output


def test_events_that_were_not_understood(
    causeway: Causeway, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("causeway.connectors.woocommerce.mapper.SCHEMA", "woocommerce.order/9")
        show(sqlite_world)
        sqlite_world.drain()
    assert "1 events would be" in causeway("replay", "events", "--preview").output
    assert "1 events wait for a worker." in causeway("replay", "events", "--yes").output
    assert [row.state for row in sqlite_world.rows(events, entity_id="55")] == ["waiting"]


def test_the_ledgers_state_is_told(causeway: Causeway) -> None:
    found = causeway("ledger", "status").output
    assert "as this version needs it" in found
    assert "backup    never" in found
