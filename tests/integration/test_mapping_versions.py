"""Mappings as data: tried on past orders, put in force as versions, compared, gone back to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from causeway.cli import cli
from causeway.connectors.memory import Office
from causeway.engine import mapping_change
from causeway.ledger import mapping_versions, mappings
from causeway.ledger.mappings import NewMapping
from causeway.ledger.tables import orders
from causeway.policy import StorePolicy, Translation
from tests.integration.test_cli_order_control import config, run  # noqa: F401 - a fixture
from tests.world import World, fixture_order, office_connection, order_event

MUG = Translation("sku", "*", "A-SKU")
FILE = """
[[entry]]
table = "payment"
pattern = "cod"
value = "CASH"

[[test]]
table = "payment"
word = "cod"
becomes = "CASH"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "berlin.toml"
    path.write_text(FILE)
    return path


def refused(*words: str) -> str:
    answer = CliRunner().invoke(cli, list(words))
    assert answer.exit_code != 0, answer.output
    return answer.output + str(answer.exception)


def test_a_file_is_tested_tried_put_in_force_compared_and_undone(config: Path, file: Path) -> None:  # noqa: F811
    assert "1 tests passed; 1 entries." in run(config, "mapping", "test", str(file))
    tried = run(config, "mapping", "try", "berlin", str(file))
    assert "Order 55\n  office: payment: cod → CASH\n" in tried
    assert "1 orders tried: 1 would be told otherwise" in tried
    assert "Nothing was changed." in tried
    assert "no mappings" in run(config, "mapping", "list", "berlin")
    why = ("--why", "cash is booked as such")
    told = run(config, "mapping", "import", "berlin", str(file), *why)
    assert "+ payment: cod → CASH" in told
    assert "Version 1 is in force." in told
    assert "in force already" in run(config, "mapping", "import", "berlin", str(file), *why)
    assert "0 would be told otherwise" in run(config, "mapping", "try", "berlin", str(file))
    run(config, "mapping", "add", "berlin", "tax", "DE-19", "V19")
    history = run(config, "mapping", "history", "berlin")
    assert "cash is booked as such" in history
    assert "tax DE-19 was added" in history
    assert run(config, "mapping", "diff", "berlin", "1") == "+ tax: DE-19 → V19\n"
    assert run(config, "mapping", "diff", "berlin", "2", "0") == (
        "- payment: cod → CASH\n- tax: DE-19 → V19\n"
    )
    told = run(config, "mapping", "rollback", "berlin", "1", "--why", "too early")
    assert "- tax: DE-19 → V19\nVersion 3 is in force." in told
    assert "back to 1: too early" in run(config, "mapping", "history", "berlin")
    assert "They are the same." in run(config, "mapping", "diff", "berlin", "1", "3")


def test_what_is_exported_can_be_imported_again(config: Path, file: Path, tmp_path: Path) -> None:  # noqa: F811
    run(config, "mapping", "import", "berlin", str(file), "--why", "first")
    for form in ("toml", "csv"):
        path = tmp_path / f"out.{form}"
        path.write_text(run(config, "mapping", "export", "berlin", "--format", form))
        again = run(config, "mapping", "import", "berlin", str(path), "--why", "again")
        assert "in force already" in again
    assert run(config, "mapping", "export", "berlin", "--version", "0") == ""


def test_a_file_that_fails_its_own_tests_goes_nowhere(config: Path, file: Path) -> None:  # noqa: F811
    file.write_text(FILE.replace('becomes = "CASH"', 'becomes = "MONEY"'))
    for words in (["test"], ["try", "berlin"], ["import", "berlin"]):
        why = ["--why", "x"] if words[0] == "import" else []
        said = refused("mapping", *words, str(file), *why)
        assert "payment: “cod”\n  - MONEY   (it must become)\n  + CASH   (by “cod”)" in said
        assert "1 of 1 tests failed." in said
    assert "no mappings" in run(config, "mapping", "list", "berlin")


def test_what_makes_no_sense_is_refused_in_words(config: Path, file: Path, tmp_path: Path) -> None:  # noqa: F811
    assert "there is no store paris" in refused("mapping", "try", "paris", str(file))
    assert "has no version 7" in refused("mapping", "rollback", "berlin", "7", "--why", "x")
    assert "--apply needs --why" in refused("mapping", "try", "berlin", str(file), "--apply")
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    run(config, "mapping", "import", "berlin", str(file), "--why", "x")
    why = ("--why", "none any more")
    assert "add --remove-all" in refused("mapping", "import", "berlin", str(empty), *why)
    told = run(config, "mapping", "import", "berlin", str(empty), *why, "--remove-all")
    assert "- payment: cod → CASH\nVersion 2 is in force." in told


def a_world(new_world: Callable[..., World], url: str, office: Office) -> World:
    """Orders need their payment method in a table."""
    policy = StorePolicy(required_mappings=("payment",))
    world = new_world(
        url, connections=(office_connection(office),), options={"policies": {"berlin": policy}}
    )
    world.shop().events([order_event(fixture_order("simple_cod"))])
    world.drain()
    return world


def test_what_waited_for_a_word_is_foreseen_and_goes_on(
    new_world: Callable[..., World], ledger_url: str, office: Office
) -> None:
    world = a_world(new_world, ledger_url, office)
    assert not office.under("order", "berlin:55:book")
    wanted = (Translation("payment", "cod", "CASH"), MUG)
    (trial,) = mapping_change.try_on(world.context, "berlin", wanted, 200)
    assert trial.freed
    assert {(d.connection, d.after) for d in trial.differences} == {
        ("office", "CASH"), ("office", "A-SKU")
    }  # fmt: skip
    number, change, (gone, left) = mapping_change.put_in_force(
        world.context, "berlin", wanted, "cli:me", "at last"
    )
    assert (number, len(change.added), gone, left) == (1, 2, 1, 0)
    world.drain()
    (booked,) = office.under("order", "berlin:55:book")
    assert booked.content.payment_method == "CASH"
    assert {line.sku for line in booked.content.product_lines} == {"A-SKU"}


def test_what_would_have_had_to_wait_is_foreseen_too(
    new_world: Callable[..., World], sqlite_url: str, office: Office
) -> None:
    world = a_world(new_world, sqlite_url, office)
    cash = Translation("payment", "cod", "CASH")
    mapping_change.put_in_force(world.context, "berlin", (cash,), "cli:me", "first")
    card = Translation("payment", "card", "CARD")
    (trial,) = mapping_change.try_on(world.context, "berlin", (card,), 200)
    assert trial.caught
    assert not trial.freed
    assert trial.needs == (("payment", "cod"),)


def test_trying_changes_nothing_and_reads_no_more_orders_than_asked(
    new_world: Callable[..., World], sqlite_url: str, office: Office
) -> None:
    world = a_world(new_world, sqlite_url, office)
    for number in range(900, 905):
        data = fixture_order("simple_cod")
        data["order"] |= {"id": number, "number": str(number)}
        world.shop().events([order_event(data, id=f"00000000-0000-4000-8000-000000000{number}")])
    world.drain()
    before = world.rows(orders)
    assert len(mapping_change.try_on(world.context, "berlin", (MUG,), 3)) == 3
    assert len(mapping_change.try_on(world.context, "berlin", (MUG,), 200)) == 6
    assert world.rows(orders) == before


def test_each_version_shows_what_stood_there_then(world: World) -> None:
    def new(word: str) -> NewMapping:
        return NewMapping("tax", word, word.upper())

    with world.write() as connection:
        mappings.add(connection, "berlin", new("a"), "cli", world.clock())
        mappings.add(connection, "berlin", new("b"), "cli", world.clock())
        first = mappings.of_store(connection, "berlin")[0].id
        assert mappings.remove(connection, "berlin", first, "cli", world.clock()) == 3
        assert mappings.remove(connection, "berlin", first, "cli", world.clock()) is None
        mappings.add(connection, "paris", new("c"), "cli", world.clock())
    with world.context.ledger.read() as connection:
        stood = [
            [row.pattern for row in mapping_versions.entries(connection, "berlin", number)]
            for number in range(5)
        ]
        assert stood == [[], ["a"], ["a", "b"], ["b"], ["b"]]
        every = mapping_versions.every(connection, "berlin")
        assert [(v.number, v.added, v.removed) for v in every] == [(3, 0, 1), (2, 1, 0), (1, 1, 0)]
