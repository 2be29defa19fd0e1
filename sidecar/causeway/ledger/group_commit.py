"""Many callers, one transaction: what waits together is committed together.

A durable commit costs the same for one event as for a hundred. Threads that want to write hand
their work to one writer, which runs all that has gathered in one transaction and wakes each
caller only after the commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection

from causeway.ledger.engine import Ledger

T = TypeVar("T")
Work = Callable[[Connection], Any]
MOST_AT_ONCE = 64


class GroupCommit:
    """Runs work in shared transactions on SQLite, in one of its own on PostgreSQL."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[Work, Future[Any]]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` and return its result once it is on disk; raise what was raised."""
        if not self._ledger.is_sqlite:
            with self._ledger.write() as connection:
                return work(connection)
        future: Future[T] = Future()
        with self._changed:
            self._start()
            self._waiting.append((work, future))
            self._changed.notify()
        return future.result()

    def _start(self) -> None:
        """Begin at first use: threads do not survive the fork that makes a web process."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._loop, name="group-commit", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                batch = self._waiting[:MOST_AT_ONCE]
                del self._waiting[:MOST_AT_ONCE]
            self._commit(batch)

    def _commit(self, batch: list[tuple[Work, Future[Any]]]) -> None:
        try:
            with self._ledger.write() as connection:
                results = [work(connection) for work, _ in batch]
        except Exception as error:  # noqa: BLE001 - it goes to whose work it was
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            # One of them failed and undid all: each gets a transaction, and an answer, of its own.
            for item in batch:
                self._commit([item])
            return
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
