"""The schema: as the code means it, from nothing and from itself, whoever comes first."""

# ruff: noqa: PT012 - what is raised is raised inside a transaction
from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from causeway.ledger import migrations, stores
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
