"""The schema: as the code means it, from nothing and from itself, whoever comes first."""

# ruff: noqa: PT012 - what is raised is raised inside a transaction
from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from causeway.catalog import marks
from causeway.ledger import cases, migrations, stores
from causeway.ledger.engine import Ledger
from causeway.ledger.stores import Store
from causeway.ledger.tables import metadata
from tests.postgres_server import PostgresServer

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.sqlite"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(server.new_database())


@pytest.fixture
def ledger(empty_url: str) -> Iterator[Ledger]:
    found = Ledger(empty_url)
    yield found
    found.close()


def test_from_nothing_to_the_newest(ledger: Ledger) -> None:
    assert migrations.current(ledger) == ""
    migrations.upgrade(ledger)
    assert migrations.current(ledger) == migrations.newest() != ""


def test_migrations_make_what_the_tables_say(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrading_again_changes_nothing_and_loses_nothing(ledger: Ledger) -> None:
    migrations.upgrade(ledger)
    with ledger.write() as connection:
        store = Store("berlin", "https://x.example", "EUR", NOW)
        stores.add(connection, store, stores.new_secret())
    migrations.upgrade(ledger)
    with ledger.read() as connection:
        assert stores.every(connection) == [store]


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    def start(_: int) -> str:
        ledger = Ledger(empty_url)
        migrations.upgrade(ledger)
        found = migrations.current(ledger)
        ledger.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(start, range(4))) == {migrations.newest()}


def test_a_migration_that_fails_leaves_the_old_schema(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken halfway")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("alembic.op.create_index", broken)
        migrations.upgrade(ledger)
    assert migrations.current(ledger) == ""
    migrations.upgrade(ledger)
    assert migrations.current(ledger) == migrations.newest()


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_sqlite_keeps_a_write_ahead_log_and_syncs_fully(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/deep/er/ledger.sqlite")
    with ledger.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
    ledger.close()


DIE_HALFWAY = """
import os, signal, sys
from alembic import op
from causeway.ledger import migrations
from causeway.ledger.engine import Ledger

name, left = sys.argv[2], [int(sys.argv[3])]
real = getattr(op, name)

def dying(*args, **kwargs):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(*args, **kwargs)

setattr(op, name, dying)
migrations.upgrade(Ledger(sys.argv[1]))
"""


def tables_of(ledger: Ledger) -> set[str]:
    with ledger.read() as connection:
        return set(inspect(connection).get_table_names())


@pytest.mark.parametrize(
    ("operation", "after"), [("create_table", 3), ("create_index", 9), ("add_column", 1)]
)
def test_a_migration_killed_in_the_middle_is_run_again(
    empty_url: str, ledger: Ledger, operation: str, after: int
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", DIE_HALFWAY, empty_url, operation, str(after)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert tables_of(ledger) == set(), "all of it is one transaction"
    migrations.upgrade(ledger)
    assert tables_of(ledger) >= set(metadata.tables)
    assert migrations.standing(ledger) == "same"


def migrate_to(ledger: Ledger, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with ledger.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_a_sale_that_is_on_when_its_last_day_comes_to_be_told_is_worked_out_anew(
    ledger: Ledger,
) -> None:
    migrate_to(ledger, "0009")
    with ledger.write() as connection:
        for number, (store, sku, state) in enumerate(
            [("a", "MUG", "on"), ("b", "MUG", "on"), ("a", "CUP", "off")]
        ):
            connection.execute(
                text(
                    "INSERT INTO catalog (store, sku, seq, sale_state, changed_at)"
                    " VALUES (:store, :sku, :seq, :state, '2026-11-20 00:00:00')"
                ),
                {"store": store, "sku": sku, "seq": number, "state": state},
            )
    migrations.upgrade(ledger)
    with ledger.read() as connection:
        assert marks.count(connection) == 1
        assert marks.oldest(connection, 10) == ["MUG"]


def test_a_ledger_of_the_first_schema_is_migrated_with_what_is_in_it(ledger: Ledger) -> None:
    migrate_to(ledger, "0001")
    with ledger.write() as connection:
        connection.execute(
            text(
                "INSERT INTO cases (key, kind, state, title, detail, remedy, opened_at)"
                " VALUES ('k', 'held', 'open', 't', '', '', '2026-11-20 00:00:00')"
            )
        )
    assert migrations.standing(ledger) == "older"
    migrations.upgrade(ledger)
    with ledger.read() as connection:
        assert [case.resolution for case in cases.find_open(connection)] == [""]


def test_old_code_writes_on_beside_the_new_schema(ledger: Ledger) -> None:
    """What the new version added has defaults: the last version's statements still fit."""
    migrations.upgrade(ledger)
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    first = next(r for r in script.walk_revisions() if r.down_revision is None)
    assert first.revision == "0001"
    with ledger.write() as connection:
        for statement in (
            (
                "INSERT INTO orders (store, order_id, number, version, phase, financial,"
                " fulfilment, total, currency, state, received_at, changed_at) VALUES"
                " ('b', '1', '1', 1, 'booked', 'paid', 'open', '1', 'EUR', '{}',"
                " '2026-11-20 00:00:00', '2026-11-20 00:00:00')"
            ),
            (
                "INSERT INTO cases (key, kind, state, title, opened_at)"
                " VALUES ('k', 'held', 'open', 't', '2026-11-20 00:00:00')"
            ),
            (
                "INSERT INTO dirty_skus (sku, marked_at) VALUES"
                " ('MUG-01', '2026-11-20 00:00:00') ON CONFLICT (sku) DO NOTHING"
            ),
        ):
            connection.execute(text(statement))
    with ledger.write() as connection:
        marks.take_over(connection)
        assert marks.oldest(connection, 10) == ["MUG-01"], "its marks are worked on too"
        assert not marks.any_of_before(connection)


def test_old_code_meets_a_newer_ledger_says_so_and_works_on(
    ledger: Ledger, empty_url: str, tmp_path: Path
) -> None:
    migrations.upgrade(ledger)
    with ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrations.upgrade(ledger)
    assert (migrations.current(ledger), migrations.standing(ledger)) == ("9999", "newer")
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CAUSEWAY_")},
        "CAUSEWAY_LEDGER__URL": empty_url,
        "CAUSEWAY_DATA_DIR": str(tmp_path),
    }

    def causeway(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "causeway.cli", *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    found = causeway("case", "list")
    assert (found.returncode, found.stdout) == (0, "No case is open.\n")
    assert "newer than this version" in found.stderr
    assert "newer than this version" in causeway("ledger", "status").stdout
    assert causeway("ledger", "migrate").returncode == 0
