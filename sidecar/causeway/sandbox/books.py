"""The books: one SQLite file, one connection, one writer at a time.

A change is committed before it is answered, so it survives the death of this process. With
`synchronous=NORMAL` the last moments may be lost when the machine itself loses power, which is
good enough for a toy and would not be for a ledger.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from causeway.sandbox.reading import plain
from causeway.sandbox.seed import ITEMS, WAREHOUSE
from causeway.sandbox.wire import Refusal

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS items (sku TEXT PRIMARY KEY, name TEXT NOT NULL,
  stocked INTEGER NOT NULL, learned INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stock (sku TEXT NOT NULL, warehouse TEXT NOT NULL,
  on_hand TEXT NOT NULL, reserved TEXT NOT NULL, changed_at TEXT NOT NULL,
  change INTEGER NOT NULL UNIQUE, PRIMARY KEY (sku, warehouse)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS prices (sku TEXT PRIMARY KEY, currency TEXT NOT NULL,
  regular TEXT NOT NULL, sale TEXT, includes_tax INTEGER NOT NULL, changed_at TEXT NOT NULL,
  change INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS customers (ref TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY AUTOINCREMENT,
  external_ref TEXT NOT NULL, origin TEXT NOT NULL, status TEXT NOT NULL,
  currency TEXT NOT NULL, total TEXT NOT NULL, created_at TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS orders_origin ON orders (origin);
CREATE TABLE IF NOT EXISTS reservations (order_id INTEGER NOT NULL, sku TEXT NOT NULL,
  warehouse TEXT NOT NULL, quantity TEXT NOT NULL, PRIMARY KEY (order_id, sku)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS credits (id INTEGER PRIMARY KEY AUTOINCREMENT,
  external_ref TEXT NOT NULL, order_id INTEGER NOT NULL, currency TEXT NOT NULL,
  total TEXT NOT NULL, created_at TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS credits_order ON credits (order_id);
CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY AUTOINCREMENT,
  external_ref TEXT NOT NULL, origin TEXT NOT NULL, status TEXT NOT NULL,
  due_at REAL, ship_at REAL NOT NULL, created_at TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS shipments (id INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id INTEGER NOT NULL, tracking_number TEXT NOT NULL UNIQUE,
  shipped_at TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS shipments_request ON shipments (request_id);
CREATE TABLE IF NOT EXISTS answers (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decisions (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS receipts (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refunds (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS returns (id INTEGER PRIMARY KEY AUTOINCREMENT,
  external_ref TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journals (id INTEGER PRIMARY KEY AUTOINCREMENT,
  external_ref TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, external_ref TEXT NOT NULL, status INTEGER NOT NULL,
  duration_ms REAL NOT NULL, fault TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_created ON log (path, external_ref) WHERE status = 201;
"""


class Books:
    """Everything the sandbox knows, in `folder`/sandbox.sqlite.

    With `unique` no two documents of a kind may have one external reference. Raises RuntimeError
    when another process keeps its books there.
    """

    def __init__(self, folder: Path, opened_at: str, *, unique: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            folder / "sandbox.sqlite", timeout=1, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        try:
            self._open(opened_at, unique)
        except sqlite3.OperationalError as error:
            self._db.close()
            raise RuntimeError(f"the books in {folder} cannot be used: {error}") from error

    def _open(self, opened_at: str, unique: bool) -> None:
        # One owner of the file: two sandboxes over one set of books would be nobody's truth.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}{_references(unique)}COMMIT;")
        with self.writing() as db:
            if db.execute("SELECT 1 FROM meta WHERE key = 'id'").fetchone() is None:
                _seed(db, opened_at)
            self.id = str(db.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()[0])

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; committed when the block ends."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._db

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def position(self, cursor: str, newest: int) -> int:
        """The number a cursor stands for. Raises Refusal for one that is not of these books."""
        if not cursor:
            return 0
        books, _, number = cursor.partition(".")
        if books != self.id or not number.isascii() or not number.isdigit() or len(number) > 15:
            raise Refusal(400, "unknown_cursor", "not a cursor of these books", "after")
        if int(number) > newest:
            raise Refusal(400, "unknown_cursor", "these books do not reach that far", "after")
        return int(number)

    def cursor(self, number: int) -> str:
        """Where to go on. It names the books, so that other books do not go on from it."""
        return f"{self.id}.{number}"


def next_change(db: sqlite3.Connection) -> int:
    """The number of the next change to stock or prices; rises by one each time."""
    sql = "UPDATE meta SET value = value + 1 WHERE key = 'change' RETURNING value"
    return int(db.execute(sql).fetchone()[0])


def _references(unique: bool) -> str:
    """The indexes of external references: unique ones, unless these books forget what they have."""
    kind, other = ("UNIQUE ", "seen") if unique else ("", "unique")
    return "".join(
        f"DROP INDEX IF EXISTS {table}_{other};"
        f"CREATE {kind}INDEX IF NOT EXISTS {table}_{'unique' if unique else 'seen'}"
        f" ON {table} (external_ref);"
        for table in ("orders", "credits", "requests")
    )


def _seed(db: sqlite3.Connection, at: str) -> None:
    db.execute("INSERT INTO meta VALUES ('id', ?)", (secrets.token_hex(4),))
    db.execute("INSERT INTO meta VALUES ('change', 0), ('clock_offset', 0.0)")
    for sku, name, price, on_hand in ITEMS:
        db.execute("INSERT INTO items VALUES (?, ?, ?, 0)", (sku, name, on_hand is not None))
        regular = plain(Decimal(price))
        row = (sku, "EUR", regular, None, 0, at, next_change(db))
        db.execute("INSERT INTO prices VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        if on_hand is not None:
            level = (sku, WAREHOUSE, str(on_hand), "0", at, next_change(db))
            db.execute("INSERT INTO stock VALUES (?, ?, ?, ?, ?, ?)", level)
