"""Many callers, one transaction: what waits together is committed together.

A durable commit costs the same for one event as for a hundred. Whoever comes first commits for all
who have come meanwhile; they find their answers when it is their turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from sqlalchemy import Connection

from causeway.ledger.engine import Ledger
from causeway.ledger.trouble import LedgerBusyError

I = TypeVar("I")  # noqa: E741 - what is to be kept
R = TypeVar("R")
MOST_AT_ONCE = 64


@dataclass(slots=True)
class _Entry(Generic[I, R]):
    """One caller's item, and what became of it: a result or an error."""

    item: I
    result: R | None = None
    error: BaseException | None = None
    done: bool = False


class GroupCommit(Generic[I, R]):
    """Keeps items with `keep(connection, items)`, which answers one result for each.

    On SQLite callers share transactions; PostgreSQL lets each have its own, side by side. Has no
    thread of its own, so a process may fork before it is used.
    """

    def __init__(
        self,
        ledger: Ledger,
        keep: Callable[[Connection, Sequence[I]], Sequence[R]],
        patience: float | None = None,
    ) -> None:
        self._ledger = ledger
        self._patience = patience
        self._keep = keep
        self._waiting: list[_Entry[I, R]] = []
        self._list = threading.Lock()
        self._turn = threading.Lock()

    def run(self, item: I) -> tuple[R, bool]:
        """The item's result once it is on disk, and whether this caller committed it.

        Raises what keeping or committing it raised; another caller's failure is not its own.
        """
        entry: _Entry[I, R] = _Entry(item)
        if not self._ledger.is_sqlite:
            self._commit([entry])
            return self._answer(entry), True
        with self._list:
            self._waiting.append(entry)
        with self._turn:
            mine = not entry.done
            while not entry.done:  # more may stand before it than fit into one transaction
                with self._list:
                    batch = self._waiting[:MOST_AT_ONCE]
                    del self._waiting[:MOST_AT_ONCE]
                self._commit(batch)
        return self._answer(entry), mine

    def _commit(self, batch: list[_Entry[I, R]]) -> None:
        try:
            with self._ledger.write(self._patience) as connection:
                results = self._keep(connection, [entry.item for entry in batch])
        except LedgerBusyError as error:
            self._fail_all(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - it goes to whose item it was
            if len(batch) > 1:
                # One of them failed and undid all: each gets a transaction of its own.
                for entry in batch:
                    self._commit([entry])
                return
            batch[0].error, batch[0].done = error, True
            return
        for entry, result in zip(batch, results, strict=True):
            entry.result, entry.done = result, True

    def _fail_all(self, batch: list[_Entry[I, R]], error: BaseException) -> None:
        """Nobody got in for as long as anybody may wait: who came meanwhile need not wait too."""
        with self._list:
            batch = batch + self._waiting if self._ledger.is_sqlite else batch
            if self._ledger.is_sqlite:
                self._waiting.clear()
        for entry in batch:
            entry.error, entry.done = error, True

    @staticmethod
    def _answer(entry: _Entry[I, R]) -> R:
        if entry.error is not None:
            raise entry.error
        return cast(R, entry.result)
