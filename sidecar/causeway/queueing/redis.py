"""The connection to Redis, with patience measured in fractions of a second."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0


def connect(url: str) -> Redis:
    """For web processes and the pump, who go on without Redis when it does not answer."""
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def connect_worker(url: str) -> Redis:
    """For workers, who wait for jobs for minutes on one connection."""
    return Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS)
