"""Whether it lives, whether it can keep what it is sent, and how it is in words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from causeway.engine.context import Context
from causeway.ledger import cases, connections, deliveries, migrations
from causeway.ledger.sql import upsert
from causeway.ledger.tables import heartbeats
from causeway.ops.show import span

Status = Literal["pass", "warn", "fail"]
PUMP_SILENT = timedelta(seconds=30)
OLD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: how it is, in one sentence."""

    name: str
    status: Status
    output: str


def ready(context: Context, redis: Redis) -> list[Finding]:
    """What intake needs to promise anything. Only `fail` means not ready; Redis is no must."""
    return [
        _guarded("ledger", lambda: _ledger(context)),
        _guarded("schema", lambda: _schema(context)),
        _guarded("disk", lambda: _disk(context)),
        _redis(redis),
    ]


def summary(context: Context, redis: Redis) -> list[Finding]:
    """All of `ready`, and how the work goes."""
    now = context.now()
    more = [
        _guarded("pump", lambda: _pump(context, now)),
        _guarded("deliveries", lambda: _deliveries(context, now)),
        _guarded("connections", lambda: _connections(context)),
        _guarded("cases", lambda: _cases(context)),
    ]
    return ready(context, redis) + more


def worst(findings: list[Finding]) -> Status:
    order: list[Status] = ["pass", "warn", "fail"]
    return max((f.status for f in findings), key=order.index)


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except (SQLAlchemyError, OSError) as error:
        return Finding(name, "fail", f"It cannot be used ({type(error).__name__}).")


def _ledger(context: Context) -> Finding:
    """Writable means: something was written just now."""
    with context.ledger.write() as connection:
        upsert(connection, heartbeats, [{"name": "ready", "at": context.now()}], ("name",))
    caution = context.ledger.caution()
    version = context.ledger.version()
    return Finding("ledger", "warn" if caution else "pass", caution or f"{version}, writable.")


def _schema(context: Context) -> Finding:
    current, newest = migrations.current(context.ledger), migrations.newest()
    if current == newest:
        return Finding("schema", "pass", f"The schema is {current}, as this version needs it.")
    return Finding("schema", "fail", f"The schema is {current or 'missing'}, not {newest}.")


def _disk(context: Context) -> Finding:
    free = shutil.disk_usage(context.settings.data_dir).free
    least = context.settings.min_free_bytes
    text = f"{free // 2**20:,} MiB are free."
    return Finding("disk", "pass" if free >= least else "fail", text)


def _redis(redis: Redis) -> Finding:
    try:
        redis.ping()
    except RedisError:
        return Finding("redis", "warn", "Redis does not answer; work waits in the ledger.")
    return Finding("redis", "pass", "Redis answers.")


def _pump(context: Context, now: datetime) -> Finding:
    with context.ledger.read() as connection:
        at = connection.scalar(select(heartbeats.c.at).where(heartbeats.c.name == "pump"))
    if at is None:
        return Finding("pump", "warn", "The pump has never run.")
    silent = now - at
    text = f"The pump was last heard of {span(silent)} ago."
    return Finding("pump", "warn" if silent > PUMP_SILENT else "pass", text)


def _deliveries(context: Context, now: datetime) -> Finding:
    with context.ledger.read() as connection:
        oldest = min(deliveries.oldest(connection).values(), default=None)
    if oldest is None:
        return Finding("deliveries", "pass", "Everything has been delivered.")
    text = f"The oldest undelivered waits for {span(now - oldest)}."
    return Finding("deliveries", "warn" if now - oldest > OLD else "pass", text)


def _connections(context: Context) -> Finding:
    with context.ledger.read() as connection:
        rows = connections.every(connection)
    paused = sorted(row.name for row in rows.values() if row.paused_at)
    silent = sorted(row.name for row in rows.values() if row.poll_problem)
    if paused:
        return Finding("connections", "warn", f"Paused: {', '.join(paused)}.")
    if silent:
        return Finding("connections", "warn", f"Cannot be read: {', '.join(silent)}.")
    return Finding("connections", "pass", "No connection is paused.")


def _cases(context: Context) -> Finding:
    with context.ledger.read() as connection:
        count = sum(cases.count_open(connection).values())
    text = {0: "No case is open.", 1: "One case is open."}.get(count, f"{count} cases are open.")
    return Finding("cases", "warn" if count else "pass", text)
