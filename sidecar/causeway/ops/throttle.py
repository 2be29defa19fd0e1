"""Slows down who guesses at a password."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0
MOST_PER_ADDRESS = 10
MOST_OVERALL = 60


class Throttle:
    """Counts the failed guesses of the last minute, for each address and for all together.

    In memory, so for this process alone. The limit for all bounds what is kept: an address that
    guessed is remembered for a minute, and there are never more than sixty of them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._guesses: deque[tuple[float, str]] = deque()

    def take(self, address: str) -> int:
        """Note a guess before it is judged; 0 when it may be judged, else the seconds to wait."""
        with self._lock:
            now = self._clock()
            while self._guesses and self._guesses[0][0] <= now - WINDOW_SECONDS:
                self._guesses.popleft()
            own = [at for at, whose in self._guesses if whose == address]
            if len(own) >= MOST_PER_ADDRESS:
                return _wait(own[0], now)
            if len(self._guesses) >= MOST_OVERALL:
                return _wait(self._guesses[0][0], now)
            self._guesses.append((now, address))
            return 0

    def forgive(self, address: str) -> None:
        """The guess was right: what went before from this address no longer counts."""
        with self._lock:
            kept = [guess for guess in self._guesses if guess[1] != address]
            self._guesses = deque(kept)


def _wait(since: float, now: float) -> int:
    return max(1, math.ceil(since + WINDOW_SECONDS - now))
