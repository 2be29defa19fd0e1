"""What the workers run. Each job finds in the ledger what there is to do."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Event

from redis.exceptions import RedisError
from rq import get_current_job

from causeway.engine.cataloguing import project_catalog
from causeway.engine.context import Context, new_owner
from causeway.engine.drain import Drain
from causeway.engine.hints import Hints
from causeway.engine.polling import Poller
from causeway.feed.poke import poke_stores
from causeway.ledger import lanes
from causeway.queueing import queues
from causeway.queueing.hints import marker


@dataclass
class _Installed:
    """What the worker process was started with. RQ calls plain functions, so it is kept here."""

    context: Context
    hints: Hints
    pid: int
    stopping: Event = field(default_factory=Event)


_installed: list[_Installed] = []
# How the worker tells the job it runs to come to an end.
STOP_SIGNAL = signal.SIGUSR1


def install(context: Context, hints: Hints) -> None:
    """Hand the jobs what they work with. Called once by the worker before it takes any."""
    _installed[:] = [_Installed(context, hints, os.getpid())]
    # Inherited by the process that RQ forks for a job: it may be told before it has begun.
    signal.signal(STOP_SIGNAL, lambda *_: _installed[0].stopping.set())


def drain() -> None:
    """Work on the events and deliveries due that somebody waits for; hand over after a while."""
    if _drain(lanes.ORDERS):
        _parts().hints.work()


def drain_bulk() -> None:
    """The same for the slow lane."""
    _unmark("bulk")
    if _drain(lanes.BULK):
        _parts().hints.bulk()


def _drain(lane: int) -> bool:
    """Whether there may be more."""
    parts = _parts()
    work = Drain(parts.context, (lane,), parts.stopping)
    more = work.run(queues.DRAIN_SECONDS)
    _describe(f"{work.events_done} events, {work.deliveries_done} deliveries")
    if work.events_done or work.deliveries_done:
        parts.hints.project()
        parts.hints.poke()
    return more


def poll(connection: str) -> None:
    """Read what the connection reports and let the work it makes begin."""
    parts = _parts()
    _unmark(f"poll-{connection}")
    if Poller(parts.context).poll(connection):
        parts.hints.work()
        project_catalog(parts.context)


def project() -> None:
    """Work out the catalogue rows whose figures may have changed."""
    parts = _parts()
    _unmark("project")
    project_catalog(parts.context)


def poke() -> None:
    """Tell the stores that have updates waiting to poll now."""
    parts = _parts()
    _unmark("poke")
    poke_stores(parts.context)


def _parts() -> _Installed:
    """The parts, renewed in the process that RQ forks for a job: nothing open is shared with it."""
    parts = _installed[0]
    if parts.pid != os.getpid():
        parts.context.ledger.reopen()
        fresh = replace(parts.context, owner=new_owner())
        _installed[0] = parts = _Installed(fresh, parts.hints, os.getpid(), parts.stopping)
    return parts


def _describe(text: str) -> None:
    """What the queue page shows of a finished job."""
    job = get_current_job()
    if job is not None:
        job.description = f"Drained {text}"
        job.save()


def _unmark(name: str) -> None:
    job = get_current_job()
    if job is not None:
        with suppress(RedisError):  # it ends by itself
            job.connection.delete(marker(name))
