"""How it stands: one finding for each thing that can go wrong, in a sentence.

`/readyz`, `/healthz`, the metrics, `causeway doctor` and the alerts all say what is found here.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from causeway.connectors.base import Check, Connector
from causeway.engine.context import Context
from causeway.engine.limits import in_words
from causeway.errors import CausewayError
from causeway.ledger import cases, connections, migrations, trouble
from causeway.ledger.sql import upsert
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import connections as connection_table
from causeway.ledger.tables import deliveries, heartbeats, is_unfinished
from causeway.told import span

Status = Literal["pass", "warn", "fail"]
PUMP_SILENT = timedelta(seconds=30)
OLD = timedelta(minutes=5)
# So long nothing got through to a connection: somebody must look, whatever the reason.
STUCK = timedelta(minutes=30)
CLOCK_OFF = timedelta(seconds=60)
JUMP_SECONDS = 30.0
REMEMBERED_SECONDS = 600.0
PATIENCE_SECONDS = 3.0
# A disk with less than so many times what intake needs is called nearly full.
NEARLY_FULL = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: how it is, in one sentence. `alert`: somebody must be told without asking."""

    name: str
    status: Status
    output: str
    alert: bool = False


def keeping(context: Context) -> list[Finding]:
    """Whether what comes can be kept. Only `fail` means that intake refuses."""
    return [
        guarded("ledger", lambda: ledger(context)),
        guarded("schema", lambda: schema(context)),
        guarded("disk", lambda: disk(context)),
    ]


def working(context: Context) -> list[Finding]:
    """Whether what was kept is worked on."""
    now = context.now()
    return [
        guarded("pump", lambda: pump(context, now)),
        guarded("clock", lambda: clock(context, now)),
        guarded("deliveries", lambda: undelivered(context, now)),
        guarded("connections", lambda: paused(context)),
        guarded("circuits", lambda: circuits(context)),
        guarded("cases", lambda: open_cases(context)),
    ]


def guarded(name: str, check: Callable[[], Finding]) -> Finding:
    """The finding, or why there is none."""
    try:
        return check()
    except (SQLAlchemyError, OSError, CausewayError) as error:
        return Finding(name, "fail", trouble.of(error).sentence, alert=True)


def ledger(context: Context) -> Finding:
    """Writable means: something was written just now."""
    with context.ledger.write(PATIENCE_SECONDS) as connection:
        upsert(connection, heartbeats, [{"name": "ready", "at": context.now()}], ("name",))
    caution = context.ledger.caution()
    version = context.ledger.version()
    return Finding("ledger", "warn" if caution else "pass", caution or f"{version}, writable.")


def schema(context: Context) -> Finding:
    current, newest = migrations.current(context.ledger), migrations.newest()
    standing = migrations.standing(context.ledger)
    if standing == "same":
        return Finding("schema", "pass", f"The schema is {current}, as this version needs it.")
    if standing == "newer":
        text = f"The schema is {current}, newer than this version ({newest}); upgrade this process."
        return Finding("schema", "warn", text)
    text = f"The schema is {current or 'missing'}, not {newest}; run: causeway ledger migrate."
    return Finding("schema", "fail", text, alert=True)


def disk(context: Context) -> Finding:
    """The disk of the ledger; that of the data folder where the ledger is elsewhere."""
    free, least = free_bytes(context), context.settings.min_free_bytes
    text = f"{free // 2**20:,} MiB are free."
    if free < least:
        text = f"{text} Intake refuses below {least // 2**20:,} MiB."
        return Finding("disk", "fail", text, alert=True)
    if free < NEARLY_FULL * least:
        return Finding("disk", "warn", f"The disk is nearly full: {text}", alert=True)
    return Finding("disk", "pass", text)


def free_bytes(context: Context) -> int:
    folder = context.settings.data_dir
    if context.ledger.is_sqlite:
        folder = context.ledger.path.parent
    return shutil.disk_usage(Path(folder)).free


def pump(context: Context, now: datetime) -> Finding:
    with context.ledger.read() as connection:
        at = connection.scalar(select(heartbeats.c.at).where(heartbeats.c.name == "pump"))
    if at is None:
        return Finding("pump", "warn", "The pump has never run.")
    silent = now - at
    text = f"The pump was last heard of {span(silent)} ago."
    if silent > PUMP_SILENT:
        return Finding("pump", "warn", f"{text} Retries and polls wait for it.", alert=True)
    return Finding("pump", "pass", text)


@dataclass
class Clock:
    """Compares the clock on the wall with the one that only counts on; keeps the last jump."""

    wall: float | None = None
    steady: float = 0.0
    jumped: float = 0.0
    at: float = field(default=-1e9)

    def look(self, wall: float, steady: float) -> float:
        """Seconds by which the clock jumped lately, 0.0 if it did not."""
        if self.wall is not None:
            gap = (wall - self.wall) - (steady - self.steady)
            if abs(gap) > JUMP_SECONDS:
                self.jumped, self.at = gap, steady
        self.wall, self.steady = wall, steady
        return self.jumped if steady - self.at < REMEMBERED_SECONDS else 0.0


_clock = Clock()


def clock(context: Context, now: datetime) -> Finding:
    """Whether the clock jumped, or stands before what the ledger has written already."""
    jumped = _clock.look(time.time(), time.monotonic())
    with context.ledger.read() as connection:
        newest = connection.scalar(select(func.max(heartbeats.c.at)))
    if newest is not None and newest - now > CLOCK_OFF:
        text = f"The clock is {span(newest - now)} behind what was written before; retries wait."
        return Finding("clock", "warn", text, alert=True)
    if jumped:
        way = "forward" if jumped > 0 else "back"
        text = f"The clock jumped {span(timedelta(seconds=abs(jumped)))} {way} a short while ago."
        return Finding("clock", "warn", text, alert=True)
    return Finding("clock", "pass", "The clock runs evenly.")


def undelivered(context: Context, now: datetime) -> Finding:
    """What waits at connections in use; parked deliveries and paused connections have cases."""
    with context.ledger.read() as connection:
        ages = {name: now - at for name, at in oldest_waiting(connection).items()}
    if not ages:
        return Finding("deliveries", "pass", "Everything has been delivered.")
    name, age = max(ages.items(), key=lambda item: item[1])
    text = f"The oldest undelivered waits for {span(age)}."
    if age > STUCK:
        return Finding("deliveries", "warn", f"{text} It is for {name}.", alert=True)
    return Finding("deliveries", "warn" if age > OLD else "pass", text)


def oldest_waiting(connection: Connection) -> dict[str, datetime]:
    """Since when each connection in use has the oldest delivery that goes on by itself."""
    at_rest = select(connection_table.c.name).where(connection_table.c.paused_at.is_not(None))
    query = (
        select(deliveries.c.connection, func.min(deliveries.c.created_at))
        .where(
            is_unfinished(deliveries),
            deliveries.c.state != DeliveryState.PARKED.value,
            deliveries.c.connection.not_in(at_rest),
        )
        .group_by(deliveries.c.connection)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def paused(context: Context) -> Finding:
    with context.ledger.read() as connection:
        rows = connections.every(connection)
    names = sorted(row.name for row in rows.values() if row.paused_at)
    silent = sorted(row.name for row in rows.values() if row.poll_problem)
    if names:
        return Finding("connections", "warn", f"Paused: {', '.join(names)}.")
    if silent:
        return Finding("connections", "warn", f"Cannot be read: {', '.join(silent)}.")
    return Finding("connections", "pass", "No connection is paused.")


def circuits(context: Context) -> Finding:
    """Connections that are left alone because they do not answer, or asked for it."""
    named = context.settings.connections
    found = {item.name: in_words(context.limits.standing(item.name)) for item in named}
    told = [f"{name} {words}." for name, words in found.items() if words]
    text = " ".join(told) or "No connection is left alone because it does not answer."
    return Finding("circuits", "warn" if told else "pass", text)


def open_cases(context: Context) -> Finding:
    with context.ledger.read() as connection:
        count = sum(cases.count_open(connection).values())
    text = {0: "No case is open.", 1: "One case is open."}.get(count, f"{count} cases are open.")
    return Finding("cases", "warn" if count else "pass", text)


def checked(connector: Connector) -> Check:
    """The connector's own check; in words, too, where somebody else's code breaks over it."""
    try:
        return connector.check()
    except Exception as error:  # noqa: BLE001 - it has promised to raise nothing
        why = f"its check broke off ({type(error).__name__}), which is a fault of the connector"
        return Check(False, f"The connector {connector.kind} cannot say how it is", (why,))


def worst(findings: Sequence[Finding]) -> Status:
    order: list[Status] = ["pass", "warn", "fail"]
    return max((f.status for f in findings), key=order.index)
