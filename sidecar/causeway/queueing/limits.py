"""The limits of a connection, kept in Redis for all workers together.

One script does each step whole (`limits.lua`), by Redis' own clock. While Redis is away each
process goes on by what it has seen itself, with half of everything; it comes back by itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from causeway.engine import limits
from causeway.engine.limits import Bounds, Grant, Settlement, Standing
from causeway.engine.local_limits import LocalLimits

log = logging.getLogger("causeway.limits")
SCRIPT = Path(__file__).with_name("limits.lua").read_text(encoding="utf-8")
# After Redis failed to answer, it is not asked again that soon.
REST_SECONDS = 2.0
_RULES = (
    limits.SLOT_SECONDS,
    limits.FAILURES_IN_A_ROW,
    limits.WINDOW_SECONDS,
    limits.WINDOW_CALLS,
    limits.WINDOW_SHARE,
    limits.FIRST_OPEN_SECONDS,
    limits.LONGEST_OPEN_SECONDS,
    limits.LONGEST_HOLD_SECONDS,
)
_ANY = Bounds(1)


class RedisLimits:
    """`clock` replaces Redis' own in tests."""

    def __init__(self, redis: Redis, clock: Callable[[], float] | None = None) -> None:
        self._script = redis.register_script(SCRIPT)
        self._clock = clock
        self._local = LocalLimits(clock or time.time)
        self._local_slots: set[str] = set()
        self._lock = threading.Lock()
        self._resting_until = 0.0

    def take(
        self, name: str, bounds: Bounds, ids: Sequence[str], settled: Sequence[Settlement] = ()
    ) -> Grant:
        self._settle_here(name, bounds, settled)
        answer = self._ask("take", name, bounds, [len(settled), *_parts(settled), *ids])
        if answer is None:
            grant = self._local.take(name, bounds.careful(), ids)
            with self._lock:
                self._local_slots.update(grant.slots)
            return grant
        why, rest = answer[0].decode(), float(answer[1])
        return Grant((), why, rest) if why else Grant(tuple(ids[: int(rest)]))

    def settle(self, name: str, bounds: Bounds, settled: Sequence[Settlement]) -> None:
        self._settle_here(name, bounds, settled)
        self._ask("settle", name, bounds, _parts(settled))

    def renew(self, name: str, slots: Sequence[str]) -> None:
        """Into Redis also those that were taken while it was away: their calls go on."""
        with self._lock:
            local = [slot for slot in slots if slot in self._local_slots]
        self._local.renew(name, local)
        self._ask("renew", name, _ANY, slots)

    def standing(self, name: str) -> Standing:
        answer = self._ask("standing", name, _ANY, ())
        if answer is None:
            return self._local.standing(name)
        until, held, under_way, now = (float(part) for part in answer[1:])
        holds = held if held > now else None
        if not answer[0]:
            return Standing("closed", None, None, holds, int(under_way))
        circuit: limits.Circuit = "open" if until > now else "half_open"
        return Standing(circuit, float(answer[0]), until, holds, int(under_way))

    def _settle_here(self, name: str, bounds: Bounds, settled: Sequence[Settlement]) -> None:
        """The process's own view is kept up as well: it is what is left when Redis goes away."""
        self._local.settle(name, bounds.careful(), settled)
        with self._lock:
            self._local_slots.difference_update(item.slot for item in settled)

    def _ask(self, what: str, name: str, bounds: Bounds, parts: Sequence[Any]) -> Any:
        """The script's answer; None where Redis does not give one."""
        if time.monotonic() < self._resting_until:
            return None
        now = self._clock() if self._clock else ""
        keys = [f"causeway:limits:{name}", f"causeway:slots:{name}"]
        numbers = (bounds.concurrency, bounds.rate, bounds.burst)
        try:
            return self._script(keys=keys, args=[what, now, *_RULES, *numbers, *parts])
        except RedisError as error:
            self._resting_until = time.monotonic() + REST_SECONDS
            log.warning(
                "Redis does not answer (%s); this process keeps its limits by itself",
                type(error).__name__,
            )
            return None


def _parts(settled: Sequence[Settlement]) -> list[Any]:
    return [part for item in settled for part in (item.slot, item.result, item.hold)]
