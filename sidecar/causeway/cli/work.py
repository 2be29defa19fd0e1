"""causeway worker and causeway pump: those who do the work."""

from __future__ import annotations

import signal

import click

from causeway.cli.common import build, set_up_logging
from causeway.queueing.queues import LANES


@click.command()
@click.argument("lanes", nargs=-1, type=click.Choice(LANES))
def worker(lanes: tuple[str, ...]) -> None:
    """Take jobs of the lanes, all of them if none is named.

    \b
    causeway worker orders
    """
    from causeway.queueing import worker as rq_worker
    from causeway.queueing.redis import connect_worker

    set_up_logging()
    parts = build()
    redis = connect_worker(parts.settings.redis_url)
    rq_worker.run(parts.context, parts.hints, redis, lanes or LANES)


@click.command()
def pump() -> None:
    """Look into the ledger every second and hint at what is due.

    \b
    causeway pump
    """
    from causeway.queueing.pump import Pump

    set_up_logging()
    parts = build()
    machine = Pump(parts.context, parts.hints)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: machine.stopping.set())
    machine.run()
