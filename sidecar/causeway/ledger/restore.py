"""Putting a backup back: what the others did since is adopted, not done again.

A restored ledger has forgotten what happened after its backup; the shops and the systems behind
have not. So everything that was not done then is looked up before it is sent, and so is whatever
is planned later for an order that is older than the restore. The shops' next manifests bring back
the events that are lacking, and the connections' feeds are read again from where they stood.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from causeway.errors import CausewayError
from causeway.ledger import backup, marks, migrations, stores
from causeway.ledger.deliveries import PlannedDelivery
from causeway.ledger.engine import Ledger, users_path
from causeway.ledger.sql import insert_new
from causeway.ledger.states import DeliveryState
from causeway.ledger.tables import catalog, counters, cursors, deliveries, events, updates

# The feeds' numbers leap over all that may have been given out since the backup.
LEAP = 1_000_000_000
# How far a shop's clock may be before ours when it dates an order.
MARGIN = timedelta(hours=1)
SIDE_FILES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    """`taken_at` is when the backup was made; `doubtful` deliveries are looked up first."""

    taken_at: datetime | None
    schema: str
    rows: dict[str, int]
    doubtful: int
    kept: tuple[Path, ...]


def restore(url: str, path: Path, now: datetime, *, replace: bool) -> Restored:
    """Make the backup at `path` the ledger at `url`. One that is there is moved aside, not removed.

    Raises CausewayError where processes use the ledger, where there is one and `replace` is not
    given, and where the backup is not sound; the ledger is then as it was.
    """
    if not path.is_file():
        raise CausewayError(f"there is no backup {path}")
    ledger = Ledger(url)
    try:
        if ledger.is_sqlite:
            return _restore_file(ledger, path, now, replace=replace)
        return _restore_server(ledger, path, now, replace=replace)
    except (OSError, SQLAlchemyError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise CausewayError(f"the backup could not be restored ({why})") from error
    finally:
        ledger.close()


def _restore_file(ledger: Ledger, path: Path, now: datetime, *, replace: bool) -> Restored:
    target = ledger.path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(target):
        there = target.exists() and target.stat().st_size > 0
        if there and not replace:
            raise CausewayError(f"{target} is there; to put it aside and restore, add --replace")
        fresh = target.with_name(f"{target.name}.restoring")
        _remove(fresh)
        try:
            found = _prepare(path, fresh, now)
            kept = _put_aside(target, now)
            fresh.rename(target)
        finally:
            _remove(fresh)
    return Restored(found.taken_at, found.schema, found.rows, found.doubtful, kept)


def _prepare(path: Path, fresh: Path, now: datetime) -> Restored:
    """The backup, checked, migrated and marked, beside where it is to stand."""
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    shutil.copyfile(path, fresh)
    copy = Ledger(f"sqlite:///{fresh}")
    try:
        found = backup.look(copy, fresh)
        if found.problem:
            raise CausewayError(f"the backup is damaged: {found.problem}")
        _check_schema(copy)
        migrations.upgrade(copy)
        with copy.write() as connection:
            taken, doubtful = mark(connection, now)
        backup._one_file(copy)
    except SQLAlchemyError as error:
        raise CausewayError(f"{path} is no ledger, or a damaged one") from error
    finally:
        backup._leave(copy)
    return Restored(taken, migrations.newest(), found.rows, doubtful, ())


def _check_schema(ledger: Ledger) -> None:
    standing = migrations.standing(ledger)
    if standing == "missing":
        raise CausewayError("the backup is no ledger: it has no schema")
    if standing == "newer":
        raise CausewayError("the backup is of a newer version of Causeway; restore it with that")


def _restore_server(ledger: Ledger, path: Path, now: datetime, *, replace: bool) -> Restored:
    """With pg_restore, in one transaction; what is there goes only with `replace`."""
    program = shutil.which("pg_restore")
    if program is None:
        raise CausewayError("pg_restore is not installed here; install postgresql-client")
    with ledger.read() as connection:
        others = connection.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'causeway' AND pid <> pg_backend_pid()"
            )
        )
    if others:
        raise CausewayError("processes of Causeway use this ledger; stop them first")
    there = bool(migrations.current(ledger))
    if there and not replace:
        raise CausewayError("the database holds a ledger; to replace it, add --replace")
    ledger.close()
    clean = ["--clean", "--if-exists"] if there else []
    name = ledger.url.database or ""
    backup.run_tool(
        [program, "--single-transaction", "--no-owner", *clean, f"--dbname={name}", str(path)],
        ledger,
    )
    _check_schema(ledger)
    migrations.upgrade(ledger)
    with ledger.write() as connection:
        taken, doubtful = mark(connection, now)
        rows = backup.counted(connection)
    return Restored(taken, migrations.newest(), rows, doubtful, ())


def mark(connection: Connection, now: datetime) -> tuple[datetime | None, int]:
    """Tell the ledger that it is a restored one. When its backup was made, and what is doubtful."""
    before = marks.get(connection, marks.BACKUP)
    taken = before.at if before else None
    marks.put(connection, marks.RESTORED, taken.isoformat() if taken else "", now)
    doubtful = connection.execute(
        update(deliveries)
        .where(deliveries.c.state.in_((DeliveryState.WAITING.value, DeliveryState.SENDING.value)))
        .values(
            state=DeliveryState.UNKNOWN.value,
            lease_owner=None,
            lease_until=None,
            fence=deliveries.c.fence + 1,
        )
    ).rowcount
    connection.execute(
        update(events)
        .where(events.c.lease_until.is_not(None))
        .values(lease_owner=None, lease_until=None, fence=events.c.fence + 1)
    )
    _leap(connection, now)
    return taken, doubtful


def _leap(connection: Connection, now: datetime) -> None:
    """Readers' cursors stand beyond this ledger's numbers: begin past them, and tell all again.

    Updates carry keys that shops apply once; catalogue rows are figures, told again as they are.
    """
    shops = stores.every(connection)
    names = [f"{feed}:{shop.name}" for feed in ("updates", "catalog") for shop in shops]
    insert_new(connection, counters, [{"name": name, "value": 0} for name in names])
    connection.execute(update(counters).values(value=counters.c.value + LEAP))
    connection.execute(update(catalog).values(seq=catalog.c.seq + LEAP))
    for shop in shops:
        # The shop knows the key; with it the feed's end lies past all that the shop acknowledged.
        newest = select(func.max(updates.c.seq)).where(updates.c.store == shop.name)
        connection.execute(
            update(updates)
            .where(updates.c.store == shop.name, updates.c.seq == newest.scalar_subquery())
            .values(seq=updates.c.seq + LEAP)
        )
    poked = cursors.c.name.like("store:%:poked")
    connection.execute(update(cursors).where(poked).values(value="0"))
    # A shop compares from where it is told that all has arrived; one never told, from its start.
    rows = [
        {"name": f"store:{s.name}:complete", "value": s.created_at.isoformat(), "moved_at": now}
        for s in shops
    ]
    insert_new(connection, cursors, rows)


def doubt(connection: Connection, planned: Sequence[tuple[PlannedDelivery, datetime]]) -> None:
    """After a restore, what is planned for an order of before it may have been done already.

    With each delivery comes when its order was created.
    """
    if not planned:
        return
    mark = marks.get(connection, marks.RESTORED)
    if mark is None:
        return
    for item, created_at in planned:
        if created_at > mark.at + MARGIN:
            continue
        connection.execute(
            update(deliveries)
            .where(deliveries.c.connection == item.connection, deliveries.c.key == item.key)
            .where(deliveries.c.state == DeliveryState.WAITING.value, deliveries.c.fence == 0)
            .values(state=DeliveryState.UNKNOWN.value)
        )


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """No process uses the ledger, and none can begin to while this lasts."""
    file = os.open(users_path(target), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        raise CausewayError("processes of Causeway use this ledger; stop them first") from error
    try:
        yield
    finally:
        os.close(file)


def _put_aside(target: Path, now: datetime) -> tuple[Path, ...]:
    """The ledger that was, with its log, under a name that says when."""
    kept = []
    for end in SIDE_FILES:
        old = target.with_name(target.name + end)
        if old.exists():
            aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}{end}")
            old.rename(aside)
            kept.append(aside)
    return tuple(kept)


def _remove(fresh: Path) -> None:
    for end in (*SIDE_FILES, ".gate", ".users"):
        fresh.with_name(fresh.name + end).unlink(missing_ok=True)
