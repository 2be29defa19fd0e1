"""The limits of one process, in its own memory: for tests, and while Redis is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from causeway.engine import limits
from causeway.engine.limits import Bounds, Grant, Settlement, Standing


@dataclass(slots=True)
class _State:
    """What is known of one connection. Times are seconds of the clock in use."""

    slots: dict[str, float] = field(default_factory=dict)
    in_a_row: int = 0
    window_at: float = 0.0
    calls: int = 0
    failures: int = 0
    open_since: float | None = None
    open_until: float = 0.0
    probes_failed: int = 0
    probe: str = ""
    hold_until: float = 0.0
    tokens: float | None = None
    tokens_at: float = 0.0


class LocalLimits:
    """Keeps to the same rules as the script in Redis (`queueing/limits.lua`)."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._lock = threading.Lock()

    def take(
        self, name: str, bounds: Bounds, ids: Sequence[str], settled: Sequence[Settlement] = ()
    ) -> Grant:
        if settled:
            self.settle(name, bounds, settled)
        with self._lock:
            now, state = self._clock(), self._states.setdefault(name, _State())
            _mend_clock(state, now)
            if state.hold_until > now:
                return Grant((), "held", state.hold_until - now)
            wanted = len(ids)
            if state.open_since is not None:
                if state.open_until > now:
                    return Grant((), "open", state.open_until - now)
                if state.probe in state.slots:
                    return Grant((), "open", 1.0)
                wanted = min(wanted, 1)
            room = bounds.concurrency - len(state.slots)
            if room < 1:
                return Grant((), "busy", 0.0)
            count = min(wanted, room)
            if bounds.rate > 0:
                count = min(count, _refill(state, bounds, now))
                if count < 1:
                    return Grant((), "rate", (1 - (state.tokens or 0.0)) / bounds.rate)
                state.tokens = (state.tokens or 0.0) - count
            given = tuple(ids[:count])
            state.slots.update(dict.fromkeys(given, now + limits.SLOT_SECONDS))
            if state.open_since is not None and given:
                state.probe = given[0]
            return Grant(given)

    def settle(self, name: str, bounds: Bounds, settled: Sequence[Settlement]) -> None:
        with self._lock:
            now, state = self._clock(), self._states.setdefault(name, _State())
            for item in settled:
                state.slots.pop(item.slot, None)
                if item.hold > 0:
                    state.hold_until = max(state.hold_until, now + limits.bounded_hold(item.hold))
                if item.result == "unused":
                    if state.tokens is not None:
                        state.tokens = min(state.tokens + 1, float(bounds.burst))
                    if state.probe == item.slot:
                        state.probe = ""
                elif state.open_since is None:
                    _count(state, now, failed=item.result == "failed")
                elif item.slot == state.probe:
                    _end_probe(state, now, failed=item.result == "failed")

    def renew(self, name: str, slots: Sequence[str]) -> None:
        with self._lock:
            until = self._clock() + limits.SLOT_SECONDS
            self._states.setdefault(name, _State()).slots.update(dict.fromkeys(slots, until))

    def standing(self, name: str) -> Standing:
        with self._lock:
            now, state = self._clock(), self._states.get(name, _State())
            _mend_clock(state, now)
            held = state.hold_until if state.hold_until > now else None
            if state.open_since is None:
                return Standing("closed", None, None, held, len(state.slots), shared=False)
            circuit: limits.Circuit = "open" if state.open_until > now else "half_open"
            return Standing(
                circuit, state.open_since, state.open_until, held, len(state.slots), shared=False
            )


def _mend_clock(state: _State, now: float) -> None:
    """Forget slots that lapsed; a clock that was set back holds nobody up for longer."""
    state.slots = {slot: until for slot, until in state.slots.items() if until > now}
    state.hold_until = min(state.hold_until, now + limits.LONGEST_HOLD_SECONDS)
    state.open_until = min(state.open_until, now + limits.LONGEST_OPEN_SECONDS)


def _refill(state: _State, bounds: Bounds, now: float) -> int:
    """The whole tokens there are now."""
    had = bounds.burst if state.tokens is None else state.tokens
    passed = max(now - state.tokens_at, 0.0)
    state.tokens = min(had + passed * bounds.rate, float(bounds.burst))
    state.tokens_at = now
    return int(state.tokens + 1e-9)


def _count(state: _State, now: float, *, failed: bool) -> None:
    if not 0 <= now - state.window_at < limits.WINDOW_SECONDS:
        state.window_at, state.calls, state.failures = now, 0, 0
    state.calls += 1
    state.failures += failed
    state.in_a_row = state.in_a_row + 1 if failed else 0
    share = state.calls >= limits.WINDOW_CALLS and (
        state.failures >= limits.WINDOW_SHARE * state.calls
    )
    if failed and (share or state.in_a_row >= limits.FAILURES_IN_A_ROW):
        state.open_since, state.probes_failed, state.probe = now, 0, ""
        state.open_until = now + limits.FIRST_OPEN_SECONDS


def _end_probe(state: _State, now: float, *, failed: bool) -> None:
    state.probe = ""
    if failed:
        state.probes_failed = min(state.probes_failed + 1, 30)
        wait = limits.FIRST_OPEN_SECONDS * 2**state.probes_failed
        state.open_until = now + min(wait, limits.LONGEST_OPEN_SECONDS)
        return
    state.open_since, state.open_until, state.probes_failed = None, 0.0, 0
    state.in_a_row, state.calls, state.failures, state.window_at = 0, 0, 0, now
