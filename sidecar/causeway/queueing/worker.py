"""A worker: takes jobs of its lanes, each in a process of its own that RQ forks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from causeway.connectors import registry
from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.queueing import jobs, queues

# RQ's own defaults find a dead worker after many minutes (delivery is the ledger's task anyway).
TTL_SECONDS = 30
MONITOR_SECONDS = 5
MAINTENANCE_SECONDS = 15
# A worker of the slow lane alone lets intake and orders go first where the processor is short.
BULK_NICENESS = 10


class _Worker(Worker):
    """RQ waits for the job under way when it is asked to stop; this one tells the job as well."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, jobs.STOP_SIGNAL)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def run(context: Context, hints: Hints, redis: Redis, lanes: Sequence[str]) -> None:
    """Take jobs until asked to stop (SIGTERM: after the one under way)."""
    for settings in context.settings.connections:
        registry.load(settings.kind)  # once here, not in every forked job
    jobs.install(context, hints)
    if list(lanes) == [queues.BULK]:
        os.nice(BULK_NICENESS)
    worker = _Worker(
        [queues.queue(redis, lane) for lane in lanes],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=TTL_SECONDS,
        job_monitoring_interval=MONITOR_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")
