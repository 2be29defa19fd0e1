"""Opening the ledger: SQLite or PostgreSQL behind the same two doors, `read` and `write`."""

from __future__ import annotations

import fcntl
import os
import sqlite3 as stdlib_sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from causeway.ledger import liveness, trouble
from causeway.ledger.trouble import LedgerBusyError

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:  # no wheel for this platform
    sqlite3 = stdlib_sqlite3

# Before this release a reader could break the WAL: https://www.sqlite.org/changes.html (3.51.3)
SAFE_SQLITE = (3, 51, 3)
BUSY_SECONDS = 30.0
CONNECT_SECONDS = 5
CHECKPOINT_PAGES = 4000
# Read in place instead of copied: with a million orders each costs 17 % more without it.
MAPPED_BYTES = 2**31 - 65536


class Ledger:
    """The ledger of one process. Connections are opened when needed and kept.

    A process that forks calls `reopen` in the child: a connection has one owner.
    """

    def __init__(self, url: str) -> None:
        self.url: URL = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._writer = self._engine.execution_options(causeway_write=True)
        # A transaction of PostgreSQL's is two more questions to the server than its statements.
        alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._alone = self._engine if self.is_sqlite else alone
        self._hurried: dict[float, Engine] = {}
        self._gate = _WriteGate(self.path) if self.is_sqlite else None
        self._presence = _Presence(self.path) if self.is_sqlite else None
        if self._presence is not None:
            event.listen(self._engine, "connect", self._presence.enter)

    @property
    def path(self) -> Path:
        """SQLite's file; meaningless for a server."""
        return Path(self.url.database or "")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing written through it is kept."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """For one statement that reads. Of several each sees what is committed by then."""
        with self._alone.connect() as connection:
            yield connection

    @contextmanager
    def write(self, patience: float | None = None) -> Iterator[Connection]:
        """One transaction: committed, and on disk, when the block ends; undone if it raises.

        Waits its turn for as long as it takes, or `patience` seconds: then LedgerBusyError.
        """
        if patience is None:
            with self._turn(None), self._writer.begin() as connection:
                yield connection
            return
        hurried = self._hurried.get(patience)
        if hurried is None:
            hurried = self._writer.execution_options(causeway_patience=patience)
            self._hurried[patience] = hurried
        try:
            with self._turn(patience), hurried.begin() as connection:
                yield connection
        except OperationalError as error:
            if trouble.of(error).kind == "busy":
                raise LedgerBusyError("the ledger is locked") from error
            raise

    def _turn(self, patience: float | None) -> AbstractContextManager[None]:
        return nullcontext() if self._gate is None else self._gate.held(patience)

    def map_at_most(self, size: int) -> None:
        """For a process that must stay small: what is mapped counts as its memory once it is read.

        Every page of a catalogue that is read once through would stay. Other pages are copied.
        """
        if self.is_sqlite:
            self._engine.dispose()

            def limit(connection: Any, _: Any) -> None:
                connection.execute(f"PRAGMA mmap_size={size}")

            event.listen(self._engine, "connect", limit)

    def reopen(self) -> None:
        """Forget connections inherited from a parent process, without closing the parent's."""
        self._engine.dispose(close=False)
        if self._gate is not None:
            self._gate = _WriteGate(self.path)

    def close(self) -> None:
        self._engine.dispose()
        if self._presence is not None:
            self._presence.leave()

    @property
    def engine(self) -> Engine:
        return self._writer

    def checkpoint(self) -> None:
        """Move what the write-ahead log holds into the file. For one process only, the pump."""
        if self.is_sqlite:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def version(self) -> str:
        if self.is_sqlite:
            return f"SQLite {sqlite3.sqlite_version}"
        with self.read() as connection:
            return f"PostgreSQL {connection.scalar(text('SHOW server_version'))}"

    def caution(self) -> str | None:
        """What a person should know about the database that runs, or None."""
        if self.is_sqlite and sqlite3.sqlite_version_info < SAFE_SQLITE:
            return (
                f"SQLite {sqlite3.sqlite_version} can lose a commit under several writers (fixed in"
                " 3.51.3); install the pysqlite3 wheel or use PostgreSQL"
            )
        return None


def _postgres_engine(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "causeway"},
    )
    event.listen(engine, "begin", _begin_postgres)
    liveness.watch(engine)
    return engine


def _sqlite_engine(url: URL) -> Engine:
    if not url.database:
        raise ValueError("a SQLite ledger needs a file: sqlite:///path/ledger.sqlite")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        module=sqlite3,
        pool_size=10,
        max_overflow=40,
        hide_parameters=True,  # an error's text must not tell what an order says
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """WAL with a full sync: what is committed survives the power cut, not only the process.

    https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    safe = sqlite3.sqlite_version_info >= SAFE_SQLITE
    connection.isolation_level = None  # SQLAlchemy begins and commits, not the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={CHECKPOINT_PAGES if safe else 0}",
        "temp_store=MEMORY",
        "cache_size=-8000",
        f"mmap_size={MAPPED_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("causeway_write"):
        connection.exec_driver_sql("BEGIN")
        return
    wait = round(1000 * options.get("causeway_patience", BUSY_SECONDS))
    if connection.info.get("causeway_wait", 1000 * BUSY_SECONDS) != wait:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={wait}")
        connection.info["causeway_wait"] = wait
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    patience = connection.get_execution_options().get("causeway_patience")
    if patience is not None:
        wait = round(1000 * patience)
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = {wait}; SET LOCAL statement_timeout = {wait}"
        )


class _WriteGate:
    """Lets one writer in at a time, over threads and processes, in the kernel's own queue.

    SQLite's busy handler sleeps and tries again, which costs writers up to a second under load;
    a lock on a file beside the database wakes the next one at once and is freed when its holder
    dies, however it dies.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".gate")
        self._threads = threading.Lock()

    @contextmanager
    def held(self, patience: float | None) -> Iterator[None]:
        """The gate, once it is ours; LedgerBusyError when that takes longer than `patience`."""
        end = None if patience is None else time.monotonic() + patience
        if not self._threads.acquire(timeout=-1 if patience is None else patience):
            raise LedgerBusyError("the ledger is locked")
        try:
            file = self._lock() if end is None else self._lock_before(end)
            try:
                yield
            finally:
                os.close(file)
        finally:
            self._threads.release()

    def _lock(self, how: int = fcntl.LOCK_EX) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, how)
        except BaseException:
            os.close(file)
            raise
        return file

    def _lock_before(self, end: float) -> int:
        """The kernel knows no lock with a time limit: a thread waits, and is left alone after it.

        One that was left alone gives the lock back as soon as it has it.
        """
        with suppress(BlockingIOError):
            return self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
        mutex, arrived = threading.Lock(), threading.Event()
        files: list[int] = []
        given_up: list[bool] = []

        def wait() -> None:
            file = self._lock()
            with mutex:
                if given_up:
                    os.close(file)
                    return
                files.append(file)
            arrived.set()

        threading.Thread(target=wait, daemon=True).start()
        arrived.wait(max(end - time.monotonic(), 0.0))
        with mutex:
            if files:
                return files[0]
            given_up.append(True)
        raise LedgerBusyError("the ledger is locked")


class _Presence:
    """Tells that this process uses the ledger, so that nobody puts another file in its place.

    A shared lock on a file beside the database, for as long as the process lives.
    """

    def __init__(self, database: Path) -> None:
        self._path = users_path(database)
        self._file = -1

    def enter(self, *_: object) -> None:
        if self._file >= 0:
            return
        # A ledger that can only be read can still be read.
        with suppress(OSError):
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_SH)
            self._file = file

    def leave(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def users_path(database: Path) -> Path:
    """The file on which every process that uses the SQLite ledger holds a shared lock."""
    return database.with_name(database.name + ".users")


def lock_rows_of(connection: Connection, names: Sequence[str]) -> None:
    """As `lock_row_of`, for several; all callers give them in the same order."""
    if connection.dialect.name == "postgresql" and names:
        connection.execute(
            text(
                "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
                " FROM unnest(CAST(:names AS text[])) AS name"
            ),
            {"names": list(names)},
        )


def bare_sqlite(path: Path) -> Any:
    """A connection of the driver itself, prepared for nothing; for making copies."""
    return sqlite3.connect(path)


def lock_row_of(connection: Connection, name: str) -> None:
    """Hold `name` until this transaction ends, so that no other one works on the same thing.

    SQLite has a single writer already; PostgreSQL takes an advisory lock on the name's hash.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
