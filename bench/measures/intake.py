"""Intake of signed orders: verified, written down, on disk, and only then answered with 202."""

from __future__ import annotations

from bench import bare, load, sidecar
from bench.load import Outcome, Plan
from bench.rows import Bar, Limit, Row
from bench.sidecar import Sidecar

CONNECTIONS = 16
SINGLES, BATCHES, BATCH = 5000, 300, 50
WARM_SINGLES, WARM_BATCHES = 500, 20
BESIDE = "web and Redis only, the load client beside them on the same cores"


def singles() -> list[Row]:
    """One order a request: rate and p99."""
    with sidecar.web() as web:
        plan = Plan(web.target, CONNECTIONS, SINGLES, WARM_SINGLES)
        seen = load.run(plan)
        failure = failure_of(web, seen)
        flask = bare.flask_load(web, plan)
    rate, slowest = bare.inserts()
    what = f"bare Flask 202, the same gunicorn options, {CONNECTIONS} connections"
    insert = "bare durable insert of the row, one writer"
    return [
        Row(
            "intake",
            seen.rate,
            "orders/s",
            (Limit(insert, rate), Limit(what, flask.rate)),
            Bar(">=", 600),
            note=_note(seen, f"{SINGLES} requests, {CONNECTIONS} connections, {BESIDE}"),
            failure=failure,
        ),
        Row(
            "intake-p99",
            seen.p99,
            "ms",
            (Limit(f"{insert}, p99", slowest), Limit(f"{what}, p99", flask.p99)),
            Bar("<=", 100),
            failure=failure,
        ),
    ]


def batches() -> list[Row]:
    """Fifty orders a request."""
    with sidecar.web() as web:
        plan = Plan(web.target, CONNECTIONS, BATCHES, WARM_BATCHES, BATCH)
        seen = load.run(plan)
        failure = failure_of(web, seen)
        flask = bare.flask_load(web, plan)
    rate, _ = bare.inserts(BATCH)
    limits = (
        Limit(f"bare durable inserts, {BATCH} rows a transaction, one writer", rate * BATCH),
        Limit("bare Flask 202 reading the same bodies", flask.rate * BATCH),
    )
    note = _note(seen, f"{BATCHES} requests of {BATCH}, {CONNECTIONS} connections, {BESIDE}")
    value = seen.rate * BATCH
    return [Row("intake-batch", value, "events/s", limits, Bar(">=", 5000), note, failure)]


def beside_work() -> list[Row]:
    """The same single orders while workers, pump and sandbox work on them; no bar."""
    with sidecar.whole() as running:
        plan = Plan(running.target, CONNECTIONS, SINGLES // 2, WARM_SINGLES)
        seen = load.run(plan)
        failure = failure_of(running, seen)
    note = _note(seen, "the whole sidecar works on them meanwhile, on the same cores")
    return [
        Row("intake-beside-work", seen.rate, "orders/s", note=note, failure=failure),
        Row("intake-beside-work-p99", seen.p99, "ms", failure=failure),
    ]


def failure_of(running: Sidecar, seen: Outcome) -> str:
    """Why the figures count for nothing: a request that failed, an event lost or kept twice."""
    stands = running.kept()
    if seen.failure or stands != seen.kept:
        counted = f"{seen.kept} events acknowledged, {stands} in the ledger"
        return f"{counted}; {seen.failure}".rstrip("; ")
    return ""


def _note(seen: Outcome, how: str) -> str:
    times = f"p50 {seen.p50:.1f}, p99 {seen.p99:.1f}, longest {seen.longest:.1f} ms"
    proof = f"all {seen.kept} acknowledged stand in the ledger"
    return f"{times}; {how}; {proof}; the client used {seen.client_cpu:.0%} of a core"
