"""Mappings as data: tried on past orders, put in force as versions, compared, gone back to."""

from __future__ import annotations

import html
import io
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from causeway.cli import cli
from causeway.connectors.memory import Office
from causeway.engine import mapping_change
from causeway.engine.scenes import Scenes
from causeway.flows.mapping import find
from causeway.flows.scene import Scene
from causeway.ledger import mapping_versions, mappings
from causeway.ledger.mappings import NewMapping
from causeway.ledger.tables import cases as cases_table
from causeway.ledger.tables import orders
from causeway.policy import StorePolicy, Translation
from causeway.settings import OpsSettings
from tests.integration.test_cli_order_control import config, run  # noqa: F401 - a fixture
from tests.world import World, fixture_order, office_connection, order_event

PASSWORD = "a long enough password"
PAGE = "/ops/mappings/"
STRANGE = "x'; touch /tmp/y; '"
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


def test_a_change_is_followed_at_once_and_nothing_is_read_without_one(world: World) -> None:
    def scene() -> Scene:
        with world.context.ledger.read() as connection:
            return Scenes(world.context, connection).of("berlin", None, ())

    assert find(scene().translations, "tax", "a", "office", world.clock()) is None
    with world.write() as connection:
        mappings.add(connection, "berlin", NewMapping("tax", "a", "A"), "cli", world.clock())
    first = scene().translations
    assert [entry.value for entry in first] == ["A"]
    assert scene().translations is first
    with world.write() as connection:
        mappings.remove(connection, "berlin", 1, "cli", world.clock())
    assert scene().translations == ()


def test_a_customers_address_is_in_no_history(config: Path) -> None:  # noqa: F811
    run(config, "mapping", "add", "berlin", "customer", "erika@example.org", "C-7")
    told = run(config, "mapping", "history", "berlin")
    assert "a customer entry was added" in told
    assert "erika" not in told


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


class Browser:
    """Somebody at the operations pages, logged in."""

    def __init__(self, world: World) -> None:
        self.client = world.app.test_client()
        self.press("/ops/login", "/ops/login", password=PASSWORD)

    def see(self, path: str) -> str:
        return self.client.get(path).get_data(as_text=True)

    def press(self, path: str, seen_at: str, **form: object) -> TestResponse:
        token = re.findall(r'name="csrf_token" value="([^"]+)"', self.see(seen_at))[0]
        return self.client.post(path, data={"csrf_token": token, **form})

    def try_on(self, text: str | bytes, name: str = "berlin.toml") -> str:
        content = text.encode() if isinstance(text, str) else text
        answer = self.press("/ops/mappings/berlin/try", PAGE, file=(io.BytesIO(content), name))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)


@pytest.fixture
def paged(new_world: Callable[..., World], sqlite_url: str, office: Office) -> World:
    policy = StorePolicy(required_mappings=("payment",))
    ops = OpsSettings(password=PASSWORD, session_key="k" * 40)
    options = {"policies": {"berlin": policy}, "ops": ops}
    world = new_world(sqlite_url, connections=(office_connection(office),), options=options)
    world.shop().events([order_event(fixture_order("simple_cod"))])
    world.drain()
    return world


def test_the_page_shows_what_waits_what_is_in_force_and_the_versions(paged: World) -> None:
    browser = Browser(paged)
    seen = browser.see(PAGE)
    assert "Words that orders wait for" in seen
    assert "causeway mapping add berlin payment &#39;cod&#39; THEIR_WORD" in seen
    cash = Translation("payment", "cod", "<b>CASH</b>")
    mapping_change.put_in_force(paged.context, "berlin", (cash,), "cli:me", "because <i>I</i> say")
    mapping_change.put_in_force(paged.context, "berlin", (cash, MUG), "cli:me", "more")
    seen = browser.see(PAGE)
    assert "Words that orders wait for" not in seen
    assert "&lt;b&gt;CASH&lt;/b&gt;" in seen
    assert "because &lt;i&gt;I&lt;/i&gt; say" in seen
    assert "Go back to version 1" in browser.see(f"{PAGE}?store=berlin&version=1")
    assert browser.press("/ops/mappings/berlin/back/1", PAGE).status_code == 303
    with paged.context.ledger.read() as connection:
        rows = mappings.of_store(connection, "berlin")
        newest = mapping_versions.every(connection, "berlin")[0]
    assert [row.pattern for row in rows] == ["cod"]
    assert (newest.number, newest.why) == (3, "back to 1")


def test_a_command_to_be_copied_stays_one_command_whatever_the_word(paged: World) -> None:
    data = fixture_order("simple_cod")
    data["order"] |= {"id": 66, "number": "66", "payment_method": STRANGE}
    event = order_event(data, id="00000000-0000-4000-8000-000000000066")
    paged.shop().events([event])
    paged.drain()
    seen = html.unescape(Browser(paged).see(PAGE))
    told = [row.remedy.removesuffix("; all of them then go on.") for row in paged.rows(cases_table)]
    commands = [*re.findall(r"<code>(causeway mapping add berlin payment .*?)</code>", seen), *told]
    words = [shlex.split(command)[5] for command in commands if "touch" in command]
    assert words == [STRANGE, STRANGE]


def test_a_file_is_tried_on_the_page_and_changes_nothing(paged: World) -> None:
    browser = Browser(paged)
    seen = browser.try_on(FILE)
    assert "1 past orders tried: 1 would be told otherwise, 1 would not have waited" in seen
    assert re.search(r">office</td>.*>payment</td>.*>cod</td>.*>CASH</td>", seen)
    failed = browser.try_on(FILE.replace('becomes = "CASH"', 'becomes = "MONEY"'))
    assert "payment: “cod” must become MONEY, and becomes CASH" in failed
    with paged.context.ledger.read() as connection:
        assert mappings.of_store(connection, "berlin") == []


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"\xff", "m.csv", "is not UTF-8"),
        (b"PK", "m.xlsx", "is neither .toml nor .csv"),
        (b"", "", "choose one, .toml or .csv"),
        (b"[[entry]]", "<script>.toml", "Missing data for required field"),
    ],
)
def test_a_file_the_page_cannot_read_is_told_in_words(
    paged: World, content: bytes, name: str, says: str
) -> None:
    seen = Browser(paged).try_on(content, name)
    assert says in seen
    assert "<script>" not in seen


def test_nobody_sees_or_presses_anything_without_logging_in(paged: World) -> None:
    client = paged.app.test_client()
    assert client.get(PAGE).status_code == 302
    assert client.post("/ops/mappings/berlin/back/1").status_code in {302, 303, 400, 403}
    browser = Browser(paged)
    assert browser.client.post("/ops/mappings/berlin/back/0").status_code >= 400
    for odd in ("?version=x", "?version=99", "?store=%00", f"?version={'9' * 50}"):
        assert browser.client.get(f"{PAGE}{odd}").status_code == 200
    assert browser.press("/ops/mappings/nobody/back/9", PAGE).status_code == 303
