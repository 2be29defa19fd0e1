"""Whether it lives, whether it can keep what it is sent, and how it is in words."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError

from causeway.engine import checks
from causeway.engine.checks import Finding, Status, worst
from causeway.engine.context import Context

__all__ = ["Finding", "Status", "ready", "summary", "worst"]


def ready(context: Context, redis: Redis) -> list[Finding]:
    """What intake needs to promise anything. Only `fail` means not ready; Redis is no must."""
    return [*checks.keeping(context), _redis(redis)]


def summary(context: Context, redis: Redis) -> list[Finding]:
    """All of `ready`, and how the work goes."""
    return ready(context, redis) + checks.working(context)


def _redis(redis: Redis) -> Finding:
    try:
        redis.ping()
    except RedisError:
        return Finding("redis", "warn", "Redis does not answer; work waits in the ledger.")
    return Finding("redis", "pass", "Redis answers.")
