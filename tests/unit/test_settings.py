"""Settings: one place, every problem at once, secrets never shown."""

# ruff: noqa: E501, PT017 - tables are read line by line; an error may come or may not
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.errors import ConfigError
from causeway.policy import StorePolicy
from causeway.settings import Settings, load
from tests.conftest import json_like

FILE = """
data_dir = "/var/lib/causeway"

[server]
port = 8081

[ops]
password = "correct horse battery"

[stores.berlin]
timezone = "Europe/Berlin"
rounding_minor_units = 1
warehouses = ["MAIN"]
statuses = { "b2b-approved" = "book" }

[connections.erp]
kind = "sandbox_erp"
url = "http://127.0.0.1:9000"
token = "token-in-the-file"
roles = ["erp"]
"""


def from_text(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "causeway.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ or {})


def problems_of(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        from_text(folder, text, environ)
    return caught.value.problems


def test_nothing_at_all_is_enough() -> None:
    settings = load(environ={"HOME": "/root"})
    assert settings.server.url == "http://127.0.0.1:8080"
    assert settings.ledger_url.startswith("sqlite:///")
    assert settings.redis_url.startswith("unix://")
    assert settings.connections == ()


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = from_text(tmp_path, FILE)
    assert settings.server.port == 8081
    assert settings.ledger_url == "sqlite:////var/lib/causeway/ledger.sqlite"
    assert settings.policy("berlin").intent("b2b-approved") == "book"
    assert settings.policy("berlin").warehouses == ("MAIN",)
    assert settings.policy("paris") == StorePolicy()
    assert [c.name for c in settings.connections_for("berlin", "erp")] == ["erp"]


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environ = {
        "CAUSEWAY_SERVER__PORT": "9999",
        "CAUSEWAY_CONNECTIONS__ERP__TOKEN": "from-the-environment",
        "CAUSEWAY_CONNECTIONS__ERP__STORES": "berlin,paris",
        "PATH": "/bin",
    }
    settings = from_text(tmp_path, FILE, environ)
    assert settings.server.port == 9999
    assert settings.connection("erp").token == "from-the-environment"
    assert settings.connection("erp").stores == ("berlin", "paris")
    assert settings.connection("erp").url == "http://127.0.0.1:9000"


def test_a_name_that_ends_in_file_names_one_with_the_value(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("from-a-file\n", encoding="utf-8")
    environ = {"CAUSEWAY_CONNECTIONS__ERP__TOKEN_FILE": str(secret)}
    assert from_text(tmp_path, FILE, environ).connection("erp").token == "from-a-file"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_secret_file_that_cannot_be_read_is_a_problem(
    tmp_path: Path, content: bytes | None
) -> None:
    secret = tmp_path / "token"
    if content is not None:
        secret.write_bytes(content)
    environ = {"CAUSEWAY_OPS__PASSWORD_FILE": str(secret)}
    (problem,) = problems_of(tmp_path, "", environ)
    assert problem.startswith("CAUSEWAY_OPS__PASSWORD_FILE: ")
    assert "cannot be read" in problem


def test_every_problem_is_told_at_once_by_its_full_name(tmp_path: Path) -> None:
    text = """
        colour = "red"
        [server]
        port = 0
        public_url = "ftp://x"
        [ledger]
        url = "mysql://x"
        [redis]
        url = "http://x"
        [ops]
        password = "short"
        [stores.berlin]
        timezone = "Europe/Atlantis"
        statuses = { paid = "ship" }
        [connections.Erp]
        kind = "sandbox_erp"
        url = "http://127.0.0.1:9000"
        roles = ["erp"]
        [connections.wms]
        kind = "no_such_kind"
        url = "http://user:password@host"
        roles = ["boss"]
    """
    found = problems_of(tmp_path, text, {"CAUSEWAY_INTAKE__MAX_BATCH_EVENTS": "many"})
    names = {problem.split(": ")[0] for problem in found}
    assert names == {
        "colour",
        "server.port",
        "server.public_url",
        "ledger.url",
        "redis.url",
        "ops.password",
        "stores.berlin.timezone",
        "stores.berlin.statuses.paid",
        "connections.Erp.name",
        "connections.wms.kind",
        "connections.wms.url",
        "connections.wms.roles.0",
        "intake.max_batch_events",
    }


def test_several_processes_need_postgresql(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "[server]\nprocesses = 4\n")
    assert "SQLite" in problem
    text = '[server]\nprocesses = 4\n[ledger]\nurl = "postgresql:///causeway"\n'
    assert from_text(tmp_path, text).server.processes == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[server\n", "is not TOML"),
        ("connections = 5\n", "is not a table"),
        ("[connections]\nerp = 5\n", "connections.erp"),
        ("server = 5\n", "server"),
        ("stores = []\n", "stores"),
        ("[stores]\nberlin = 5\n", "stores.berlin"),
        ("[connections.erp]\n", "connections.erp.kind"),
    ],
)
def test_what_has_the_wrong_shape_is_a_problem_not_a_crash(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert any(expected in problem for problem in problems_of(tmp_path, text))


def test_options_of_a_kind_are_named_where_they_stand(tmp_path: Path) -> None:
    text = FILE + "\n[connections.erp.options]\ncolour = 1\n"
    assert problems_of(tmp_path, text)[0].startswith("connections.erp.options.colour: ")


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nobody.toml", {})


def test_one_name_cannot_be_a_value_and_a_table(tmp_path: Path) -> None:
    environ = {"CAUSEWAY_SERVER": "x", "CAUSEWAY_SERVER__PORT": "8081"}
    assert any("CAUSEWAY_SERVER" in p or "server" in p for p in problems_of(tmp_path, "", environ))


def test_secrets_are_in_no_text_of_the_settings(tmp_path: Path) -> None:
    environ = {
        "CAUSEWAY_OPS__PASSWORD": "p4ssword-of-ops",
        "CAUSEWAY_OPS__SESSION_KEY": "s3ssion" * 8,
        "CAUSEWAY_SENTRY__DSN": "https://s3cret@sentry.example/1",
        "CAUSEWAY_CONNECTIONS__ERP__TOKEN": "t0ken-of-erp",
    }
    text = repr(from_text(tmp_path, FILE, environ))
    assert not [secret for secret in environ.values() if secret in text]


def test_secrets_are_in_no_problem(tmp_path: Path) -> None:
    environ = {
        "CAUSEWAY_OPS__PASSWORD": "sh0rt",
        "CAUSEWAY_OPS__SESSION_KEY": "sh0rt-too",
        "CAUSEWAY_CONNECTIONS__ERP__TOKEN": "t0ken-of-erp",
        "CAUSEWAY_CONNECTIONS__ERP__KIND": "nothing",
    }
    text = " ".join(problems_of(tmp_path, FILE, environ))
    assert not [secret for name, secret in environ.items() if "KIND" not in name and secret in text]


TABLES = ["server", "ledger", "redis", "stores", "connections", "ops", "intake", "sentry"]


@given(st.dictionaries(st.sampled_from(TABLES), json_like()))
def test_any_shape_is_settings_or_problems(found: dict[str, Any]) -> None:
    with patch("causeway.settings._read_file", return_value=found):
        try:
            load(Path("any.toml"), {})
        except ConfigError as error:
            assert error.problems
            assert all(": " in problem for problem in error.problems)


@given(st.dictionaries(
    st.from_regex(r"CAUSEWAY_(SERVER|OPS|CONNECTIONS|STORES)(__[A-Z]{1,4}){0,3}(_FILE)?", fullmatch=True),
    st.text(alphabet="ab0/", max_size=6), max_size=5,
))  # fmt: skip
def test_any_environment_is_settings_or_problems(environ: dict[str, str]) -> None:
    try:
        load(environ=environ)
    except ConfigError as error:
        assert error.problems


def test_a_role_that_a_kind_cannot_play_is_named_with_those_it_can(tmp_path: Path) -> None:
    path = tmp_path / "causeway.toml"
    path.write_text(
        '[connections.erp]\nkind = "sandbox_erp"\nurl = "http://127.0.0.1:1"\nroles = ["fulfilment"]\n'
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.problems == [
        "connections.erp.roles: fulfilment is nothing a sandbox_erp can be; it can be: erp, finance"
    ]
