"""A copy of the ledger while everything works on, and the proof that it is one.

The copy holds the shops' secrets and customers' data: it is readable by its owner only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from causeway.errors import CausewayError
from causeway.ledger import marks, migrations
from causeway.ledger.engine import Ledger, bare_sqlite
from causeway.ledger.tables import metadata

DUMP_SECONDS = 6 * 3600
# Of 4 KiB: a step takes a small part of a second.
STEP_PAGES = 2048


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was looked at: `rows` in all tables, `problem` empty when it is sound."""

    path: Path
    schema: str
    size: int
    rows: dict[str, int]
    problem: str = ""


def make(ledger: Ledger, path: Path, now: datetime) -> Backup:
    """Copy the ledger to `path`, which must not exist, and check the copy. Writers work on.

    Raises CausewayError, and leaves nothing behind, when that cannot be done.
    """
    if path.exists():
        raise CausewayError(f"{path} is there already; a backup is never written over")
    part = path.with_name(path.name + ".part")
    try:
        if not ledger.is_sqlite:  # the dump then says when it was made
            with ledger.write() as connection:
                marks.put(connection, marks.BACKUP, str(path.absolute()), now)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        part.chmod(0o600)
        made = _copy(ledger, part, now) if ledger.is_sqlite else _dump(ledger, part)
        _sync(part)
        part.rename(path)
        _sync(path.parent)
    except (OSError, SQLAlchemyError) as error:
        raise CausewayError(f"the backup could not be made ({_why(error)})") from error
    finally:
        for left in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)
    with ledger.write() as connection:
        marks.put(connection, marks.BACKUP, str(path.absolute()), now)
    return Backup(path, made.schema, path.stat().st_size, made.rows)


def _copy(ledger: Ledger, part: Path, now: datetime) -> Backup:
    """SQLite's own copy inside one read transaction: no writer waits for it.

    What is counted before the copy is counted in the copy; both see the same moment.
    """
    with ledger.read() as source:
        before = counted(source)
        raw: Any = source.connection.driver_connection
        _copy_pages(raw, part)
    target = Ledger(f"sqlite:///{part}")
    try:
        with target.write() as connection:
            marks.put(connection, marks.BACKUP, "this copy", now)
            before["marks"] = counted(connection)["marks"]
        found = look(target, part)
        _one_file(target)
    finally:
        _leave(target)
    if found.problem or found.rows != before:
        raise CausewayError(f"the copy is not what was copied: {found.problem or 'rows differ'}")
    return found


def _copy_pages(source: Any, part: Path) -> None:
    """The source's transaction stays open, so all steps see one moment.

    Each step goes to the disk before the next: a disk that has to take everything at once at the
    end keeps the ledger's own commits waiting for seconds.
    """
    copy = bare_sqlite(part)
    file = os.open(part, os.O_RDWR)
    try:
        # Nothing is lost by it: a copy that does not come to its end is thrown away.
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        source.backup(copy, pages=STEP_PAGES, progress=lambda *_: os.fsync(file), sleep=0.0)
    finally:
        os.close(file)
        copy.close()


def look(ledger: Ledger, path: Path) -> Backup:
    """What a SQLite copy holds, and what is wrong with it."""
    with ledger.read() as connection:
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        if said != "ok":
            return Backup(path, "", path.stat().st_size, {}, f"SQLite says: {str(said)[:200]}")
        rows = counted(connection)
    return Backup(path, migrations.current(ledger), path.stat().st_size, rows)


def counted(connection: Connection) -> dict[str, int]:
    """Rows by table."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in metadata.sorted_tables
    }


def _one_file(ledger: Ledger) -> None:
    """Everything into the file itself: nobody copies a log beside it."""
    with ledger.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.rollback()
        raw.execute("PRAGMA journal_mode=DELETE")


def _leave(ledger: Ledger) -> None:
    ledger.close()
    for end in (".gate", ".users"):
        ledger.path.with_name(ledger.path.name + end).unlink(missing_ok=True)


def _dump(ledger: Ledger, part: Path) -> Backup:
    """PostgreSQL's own dump in its custom format, and a look at its list of contents."""
    program, lister = shutil.which("pg_dump"), shutil.which("pg_restore")
    if program is None or lister is None:
        raise CausewayError(
            "a PostgreSQL ledger is backed up with pg_dump, which is not installed here; install "
            "the package postgresql-client, or run it where the server is"
        )
    run_tool([program, "--format=custom", f"--file={part}", "--no-owner"], ledger)
    listed = run_tool([lister, "--list", str(part)], None)
    missing = [t.name for t in metadata.sorted_tables if f" {t.name} " not in listed]
    if missing:
        raise CausewayError(f"the dump lacks the tables {', '.join(missing)}")
    return Backup(part, migrations.current(ledger), part.stat().st_size, {})


def run_tool(command: list[str], ledger: Ledger | None) -> str:
    """One of PostgreSQL's programs; where it connects to goes through the environment alone.

    Raises CausewayError with its last words, which name no password.
    """
    environ = {**os.environ, **(_pg_environ(ledger) if ledger else {})}
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=DUMP_SECONDS, check=False
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CausewayError(f"{Path(command[0]).name} failed: {words[0][:300]}")
    return done.stdout


def _pg_environ(ledger: Ledger) -> dict[str, str]:
    url = ledger.url
    host = url.host or url.query.get("host")
    port = url.port or url.query.get("port")
    found = {
        "PGHOST": host,
        "PGPORT": port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems do not sync folders
            os.fsync(file)
    finally:
        os.close(file)


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
