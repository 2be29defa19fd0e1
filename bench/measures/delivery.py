"""Deliveries from the ledger to an ERP: rate, a backlog beside fresh orders, what faults cost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from redis import Redis

from bench import bare_delivery
from bench.office import KINDS, Office, office, wait_for
from bench.processes import family
from bench.rows import Bar, Limit, Row
from tests.postgres_server import CannotStart

SLOW_SECONDS, CONCURRENCY = 0.2, 16
SLOW_ORDERS, FAST_ORDERS = 1200, 2000
BACKLOG, BACKLOG_RATE = 10_000, 100
PATIENCE = 300.0


def rates() -> list[Row]:
    """To an ERP that takes 200 ms, and to one that answers at once, on both ledgers."""
    return [row for kind in KINDS for row in _on(kind, _slow) + _on(kind, _fast)]


def _on(kind: str, measure: Callable[[str], Row]) -> list[Row]:
    try:
        return [measure(kind)]
    except CannotStart as problem:
        return [Row(f"delivery-{kind}", None, "", failure=str(problem))]


def _slow(kind: str) -> Row:
    with office(kind, CONCURRENCY) as place:
        _wait_planned(place, SLOW_ORDERS)
        place.delay(SLOW_SECONDS)
        value = _drained(place, SLOW_ORDERS)
        failure = place.booked_once(SLOW_ORDERS)
    most = CONCURRENCY / SLOW_SECONDS
    limit = Limit(f"{CONCURRENCY} calls at once of {SLOW_SECONDS * 1000:.0f} ms each", most)
    note = f"{SLOW_ORDERS} orders, one worker; between the first and last tenth"
    return Row(f"delivery-200ms-{kind}", value, "deliveries/s", (limit,), Bar(">=", 0.85 * most),
               note, failure)  # fmt: skip


def _fast(kind: str) -> Row:
    with office(kind, CONCURRENCY) as place:
        _wait_planned(place, FAST_ORDERS)
        value = _drained(place, FAST_ORDERS)
        failure = place.booked_once(FAST_ORDERS)
        bare = bare_delivery.rate(place, FAST_ORDERS // 2)
    limit = Limit("bare loop, the same three transactions, 16 threads", bare)
    bar = Bar(">=", 250) if kind == "postgresql" else None
    note = f"{FAST_ORDERS} orders, one worker, the sandbox on the same cores"
    return Row(f"delivery-at-once-{kind}", value, "deliveries/s", (limit,), bar, note, failure)


def _wait_planned(place: Office, count: int) -> None:
    """Have the events worked on, the deliveries waiting for a connection that is paused."""
    place.pause()
    place.plan(1, count)
    with place.pump(), place.worker():
        wait_for(lambda: place.planned() >= count, PATIENCE)


def _drained(place: Office, count: int) -> float:
    """Deliveries a second, the start and the end left out."""
    with place.pump(), place.worker():
        place.resume()
        wait_for(lambda: place.done() >= count, PATIENCE)
    times = place.done_at()
    low, high = count // 10, count * 9 // 10
    return (high - low) / (times[high] - times[low]).total_seconds()


def backlog() -> list[Row]:
    """Ten thousand orders wait after an outage; another store's fresh ones do not wait for them."""
    with office("sqlite", CONCURRENCY, CAUSEWAY_CONNECTIONS__ERP__RATE=str(BACKLOG_RATE)) as place:
        _wait_planned(place, BACKLOG)
        fresh: list[float] = []
        with place.pump(), place.worker():
            place.resume()
            wait_for(lambda: place.done() >= BACKLOG // 50, PATIENCE)
            for number in range(1, 6):
                place.plan(number, 1, store="fresh")
                fresh.append(wait_for(lambda n=number: place.done("fresh") >= n, 60, 0.02))
            until = place.done() + 1500
            wait_for(lambda: place.done() >= until, PATIENCE)
        times = place.done_at()
    value = 1000 / (times[-100] - times[-1100]).total_seconds()
    limit = Limit("the connection's rate in the settings", float(BACKLOG_RATE))
    note = f"{BACKLOG} waiting, measured over 1,000 of them"
    return [
        Row("backlog-rate", value, "deliveries/s", (limit,), Bar(">=", 0.85 * BACKLOG_RATE), note),
        Row("backlog-fresh-order", max(fresh), "s", (), Bar("<=", 2.0), "longest of 5"),
    ]


def recovery() -> list[Row]:
    """A worker is killed while it calls; Redis loses all it knows."""
    with office("sqlite", 4) as place:
        place.delay(3.0)
        place.plan(1, 1)
        with place.pump(), place.worker() as pid:
            wait_for(lambda: _sending(place) > 0, 60, 0.02)
            killed = time.monotonic()
            for member in reversed(family(pid)):
                os.kill(member, signal.SIGKILL)
            with place.worker():
                wait_for(lambda: place.done() >= 1, 120)
                after_kill = time.monotonic() - killed
                redis = Redis.from_url(place.settings.redis_url)
                place.control("DELETE", "/sandbox/faults")
                place.plan(2, 1)
                redis.flushall()
                after_flush = wait_for(lambda: place.done() >= 2, 60)
        failure = place.booked_once(2)
    return [
        Row("recovery-worker-killed", after_kill, "s", (), Bar("<=", 90.0),
            "the call itself takes 3 s", failure),
        Row("recovery-redis-emptied", after_flush, "s", (), Bar("<=", 30.0), "", failure),
    ]  # fmt: skip


def _sending(place: Office) -> int:
    return int(place.control("GET", "/sandbox/faults")["faults"][0]["struck"])
