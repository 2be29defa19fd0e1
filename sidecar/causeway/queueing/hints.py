"""Hints as RQ jobs. One that waits already is enough: it will find all there is to do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

from causeway.queueing import queues

log = logging.getLogger("causeway.queueing")
# After Redis failed to answer, intake does not wait for it again that soon.
REST_SECONDS = 2.0


class RqHints:
    """Enqueues a job on a lane where none waits. Redis away means silence, not an error."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._resting_until = 0.0

    def work(self) -> None:
        self._hint(
            queues.ORDERS, "causeway.queueing.jobs.drain", (), "All events and deliveries due"
        )

    def bulk(self) -> None:
        self._put(
            queues.BULK,
            "causeway.queueing.jobs.drain_bulk",
            (),
            "All events and deliveries due in the slow lane",
            "bulk",
        )

    def poll(self, connection: str) -> None:
        self._put(
            queues.BULK,
            "causeway.queueing.jobs.poll",
            (connection,),
            f"What {connection} has to report",
            f"poll-{connection}",
        )

    def project(self) -> None:
        self._put(
            queues.BULK, "causeway.queueing.jobs.project", (), "Changed catalogue rows", "project"
        )

    def poke(self) -> None:
        self._put(queues.BULK, "causeway.queueing.jobs.poke", (), "Stores with news", "poke")

    def _hint(self, lane: str, job: str, args: tuple[str, ...], description: str) -> None:
        def put() -> None:
            queue = queues.queue(self._redis, lane)
            if self._redis.llen(queue.key) == 0:
                queue.enqueue_call(
                    job,
                    args,
                    description=description,
                    result_ttl=queues.RESULT_SECONDS,
                    failure_ttl=queues.FAILURE_SECONDS,
                )

        self._guarded(put)

    def _put(self, lane: str, job: str, args: tuple[str, ...], description: str, name: str) -> None:
        """Once in the lane: its job takes the marker away, or it ends by itself."""

        def put() -> None:
            if self._redis.set(marker(name), 1, nx=True, ex=queues.JOB_SECONDS):
                queues.queue(self._redis, lane).enqueue_call(
                    job,
                    args,
                    description=description,
                    result_ttl=queues.RESULT_SECONDS,
                    failure_ttl=queues.FAILURE_SECONDS,
                )

        self._guarded(put)

    def _guarded(self, put: Callable[[], None]) -> None:
        if time.monotonic() < self._resting_until:
            return
        try:
            put()
        except RedisError as error:
            self._resting_until = time.monotonic() + REST_SECONDS
            log.warning(
                "Redis does not answer (%s); the ledger keeps the work", type(error).__name__
            )


def marker(name: str) -> str:
    return f"causeway:hint:{name}"
