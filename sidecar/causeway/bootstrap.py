"""The one place where everything is put together: web, worker, pump, CLI and tests call it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from redis import Redis

from causeway.connectors import registry
from causeway.connectors.base import Connector
from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.ledger.engine import Ledger
from causeway.queueing.hints import RqHints
from causeway.queueing.limits import RedisLimits
from causeway.queueing.redis import connect
from causeway.settings import Settings

log = logging.getLogger("causeway")


@dataclass(frozen=True)
class Causeway:
    """One process's parts."""

    settings: Settings
    ledger: Ledger
    context: Context
    redis: Redis
    hints: Hints


def build(settings: Settings, hints: Hints | None = None) -> Causeway:
    """Put the parts together. Opens nothing yet: connections are made when first used."""
    ledger = Ledger(settings.ledger_url)
    redis = connect(settings.redis_url)
    context = Context(
        settings,
        ledger,
        _connectors(settings),
        report=_reporter(settings),
        limits=RedisLimits(redis),
    )
    return Causeway(settings, ledger, context, redis, hints or RqHints(redis))


def _connectors(settings: Settings) -> Callable[[str], Connector]:
    @cache
    def connector(name: str) -> Connector:
        return registry.build(settings.connection(name))

    return connector


def _reporter(settings: Settings) -> Callable[[BaseException], None]:
    """To the log, and to Sentry when a DSN is set; without the values of variables."""
    if not settings.sentry_dsn:
        return _to_log
    import sentry_sdk  # only where it is used: it is large

    sentry_sdk.init(
        settings.sentry_dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
    )

    def to_both(error: BaseException) -> None:
        _to_log(error)
        sentry_sdk.capture_exception(error)

    return to_both


def _to_log(error: BaseException) -> None:
    """The kind of error and where it came from; its text may hold what nobody should read."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in reversed(frames[-4:]))
    log.error("unexpected %s at %s", type(error).__name__, where or "an unknown place")
