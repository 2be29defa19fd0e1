"""Connectors that packages bring: found, checked, and harmless to everybody else when broken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from click.testing import CliRunner

from causeway import settings
from causeway.cli.connector import connector
from causeway.cli.doctor import doctor
from causeway.connectors import registry
from causeway.connectors.base import CONTRACT
from causeway.connectors.memory import Office
from causeway.connectors.registry import mismatch
from causeway.errors import ConfigError, RetryableError
from causeway.ledger import connections
from tests.world import World, office_connection

GOOD_OPTIONS = (
    f'CONTRACT = "{CONTRACT}"\nROLES = ("erp",)\n'
    """
from marshmallow import Schema, fields, validate

class Options(Schema):
    colour = fields.String(load_default="red", validate=validate.OneOf(("red", "blue")))
"""
)
GOOD_CONNECTOR = """
from causeway.connectors.memory import MemoryConnector

def build(settings):
    return MemoryConnector(settings.url, settings.token)
"""
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package there as pip would leave it: modules, and metadata with an entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    made: list[str] = []

    def put(
        package: str, *, kind: str = "", options: str = GOOD_OPTIONS, code: str = GOOD_CONNECTOR
    ) -> None:
        folder = site / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "options.py").write_text(options)
        (folder / "connector.py").write_text(code)
        info = site / f"{package}-1.4.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.4\n")
        entry = f"[{registry.GROUP}]\n{kind or package} = {package}\n"
        (info / "entry_points.txt").write_text(entry)
        made.append(package)
        registry.packages.cache_clear()

    yield put
    registry.packages.cache_clear()
    for name in [n for n in sys.modules if n.split(".")[0] in made]:
        del sys.modules[name]


def configured(tmp_path: Path, kind: str, extra: str = "") -> settings.Settings:
    path = tmp_path / "settings.toml"
    path.write_text(
        f'data_dir = "{tmp_path}/data"\n'
        f'[connections.theirs]\nkind = "{kind}"\nurl = "http://127.0.0.1:9"\nroles = ["erp"]\n'
        f'{extra}\n[connections.ours]\nkind = "sandbox_erp"\nurl = "http://127.0.0.1:9"\n'
        'roles = ["erp"]\n'
    )
    return settings.load(path, {})


def test_a_package_that_is_installed_can_be_configured(tmp_path: Path, install: Install) -> None:
    install("fine")
    assert "fine" in registry.names()
    loaded = configured(tmp_path, "fine")
    assert loaded.connection("theirs").options == {"colour": "red"}
    assert "it cannot be reached" in registry.build(loaded.connection("theirs")).check().problems


def test_its_options_and_roles_are_checked_like_our_own(tmp_path: Path, install: Install) -> None:
    install("fine")
    with pytest.raises(ConfigError) as refused:
        configured(tmp_path, "fine", '[connections.theirs.options]\ncolour = "green"')
    assert refused.value.problems == [
        "connections.theirs.options.colour: Must be one of: red, blue"
    ]
    path = tmp_path / "other.toml"
    path.write_text('[connections.x]\nkind = "fine"\nurl = "http://h"\nroles = ["pos"]\n')
    with pytest.raises(ConfigError, match="pos is nothing a fine can be; it can be: erp"):
        settings.load(path, {})


def test_nothing_of_it_is_loaded_until_it_is_configured(tmp_path: Path, install: Install) -> None:
    install("loud", options="raise SystemError('loaded')")
    path = tmp_path / "settings.toml"
    path.write_text('[connections.ours]\nkind = "sandbox_erp"\nurl = "http://h"\nroles = ["erp"]\n')
    settings.load(path, {})
    assert "loud" in registry.names()
    assert "loud.options" not in sys.modules


def test_a_kind_that_nobody_brings_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        configured(tmp_path, "nobody")
    (problem,) = refused.value.problems
    assert problem.startswith("connections.theirs.kind: must be one of ")
    assert ", odoo, " in problem
    assert "install the package that brings it" in problem


BROKEN = {
    "options that do not load": ({"options": "import no_such_module"}, "No module named"),
    "options that break off": ({"options": "1/0"}, "ZeroDivisionError"),
    "a syntax error": ({"options": "def"}, "SyntaxError"),
    "no contract": ({"options": GOOD_OPTIONS.replace("CONTRACT", "OTHER")}, "lacks CONTRACT"),
    "no roles": ({"options": GOOD_OPTIONS.replace("ROLES", "OTHER")}, "lacks ROLES"),
    "an older contract": ({"options": GOOD_OPTIONS.replace(CONTRACT, "0.9")}, "it must be changed"),
    "a newer contract": ({"options": GOOD_OPTIONS.replace(CONTRACT, "1.999")}, "upgrade Causeway"),
    "a connector that does not load": ({"code": "from nowhere import x"}, "No module named"),
    "no build": ({"code": ""}, "has no build(settings)"),
}


@pytest.mark.parametrize(("parts", "why"), BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_named_and_harms_nothing_else(
    tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch,
    parts: dict[str, str], why: str,
) -> None:  # fmt: skip
    install("broken", **parts)
    loaded = configured(tmp_path, "broken")
    ours, theirs = (registry.build(loaded.connection(name)) for name in ("ours", "theirs"))
    assert ours.kind == "sandbox_erp"
    check = theirs.check()
    assert not check.ok
    assert why in check.problems[0]
    assert "broken 1.4" in check.problems[0]
    with pytest.raises(RetryableError):
        theirs.find("order", "berlin:1:book")
    registry.load("broken")  # as a worker does; says nothing
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(tmp_path / "settings.toml"))
    listed = CliRunner().invoke(connector, ["list"])
    assert listed.exit_code == 0, listed.output
    assert why in listed.output
    said = CliRunner().invoke(doctor).output
    assert "broken of broken 1.4 is not used" in said
    assert why in said


BUILDS = {
    "build that breaks off": ("def build(settings): raise KeyError('x')", "build failed"),
    "build of something else": ("def build(settings): return 7", "is no connector"),
}


@pytest.mark.parametrize(("code", "why"), BUILDS.values(), ids=BUILDS)
def test_a_connection_that_cannot_be_built_says_so(
    tmp_path: Path, install: Install, code: str, why: str
) -> None:
    install("broken", code=code)
    check = registry.build(configured(tmp_path, "broken").connection("theirs")).check()
    assert why in check.problems[0]


def test_what_is_due_at_a_broken_one_waits_and_the_others_go_on(
    new_world: Callable[..., World], sqlite_url: str, office: Office, install: Install
) -> None:
    install("broken", code="1/0")
    theirs = office_connection(office, name="theirs", kind="broken")
    world = new_world(sqlite_url, connections=(office_connection(office), theirs))
    world.poll("theirs")
    world.poll("office")
    with world.context.ledger.read() as connection:
        rows = connections.every(connection)
    assert "broken 1.4" in (rows["theirs"].poll_problem or "")
    assert rows["office"].poll_problem is None
    assert world.reported == []


def test_a_name_of_our_own_is_refused_and_ours_is_used(install: Install) -> None:
    install("thief", kind="odoo")
    assert registry.find("odoo").package == ""
    listed = CliRunner().invoke(connector, ["list"]).output
    assert "thief 1.4" in listed
    assert "refused: odoo is the name of a connector of Causeway's own" in listed


def test_of_two_of_one_name_neither_is_used(tmp_path: Path, install: Install) -> None:
    install("one", kind="twin")
    install("other", kind="twin")
    assert "twin" not in registry.names()
    with pytest.raises(ConfigError):
        configured(tmp_path, "twin")
    assert CliRunner().invoke(connector, ["list"]).output.count("2 packages bring") == 2


def test_a_check_that_breaks_its_word_is_told_in_words(
    tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("rude", code=GOOD_CONNECTOR + "\nMemoryConnector = type('Rude', (MemoryConnector,), "
            "{'kind': 'rude', 'check': lambda self: 1 / 0})\n")  # fmt: skip
    configured(tmp_path, "rude")
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(tmp_path / "settings.toml"))
    said = CliRunner().invoke(doctor).output
    assert "its check broke off (ZeroDivisionError)" in said
    assert "ours: " in said


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (CONTRACT, ""),
        ("1.999", "upgrade"),
        ("2.0", "upgrade"),
        ("0.9", "must be changed"),
        ("", "no version"),
        ("one", "no version"),
        ("1", "no version"),
        ("1.0.0", "no version"),
        ("1.\u0660", "no version"),
    ],
)
def test_what_a_contracts_version_means(theirs: str, words: str) -> None:
    assert words in mismatch(theirs)
    assert bool(mismatch(theirs)) is bool(words)


def test_an_older_second_number_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CONTRACT", "1.7")
    assert mismatch("1.0") == ""
    assert "upgrade Causeway" in mismatch("1.8")


def test_this_installation_brings_nothing_broken() -> None:
    names = {d.name for d in distributions() for e in d.entry_points if e.group == registry.GROUP}
    assert not names
