"""One at a time under each key, within this process; between processes the ledger sees to it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager


class SingleFlight:
    """Locks by key, kept only while somebody holds or wants them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def alone_with(self, keys: Iterable[str]) -> Iterator[None]:
        """Under all of these keys, taken in one order always: no two wait for each other."""
        with ExitStack() as held:
            for key in sorted(set(keys)):
                held.enter_context(self.alone(key))
            yield

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        with self._guard:
            lock, wanted = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = (lock, wanted + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, wanted = self._locks[key]
                if wanted == 1:
                    del self._locks[key]
                else:
                    self._locks[key] = (lock, wanted - 1)
