"""Whether a kept connection to PostgreSQL still lives, asked without a word to the server.

A server that ends a connection, or itself, sends a last message and closes: the socket of an idle
connection then has something to read. One that was idle for long is asked, since a firewall may
have forgotten it without telling either side.
"""

from __future__ import annotations

import select
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

ASKED_AFTER_SECONDS = 30.0
_LEFT = "causeway_left"


def watch(engine: Engine) -> None:
    """Hand out no connection that is known to be dead; one that is empties the pool of its kind."""

    def leaves(_: Any, record: Any) -> None:
        record.info[_LEFT] = time.monotonic()

    failures = engine.dialect.loaded_dbapi.Error

    def is_taken(driver: Any, record: Any, _: Any) -> None:
        idle = time.monotonic() - record.info.get(_LEFT, -ASKED_AFTER_SECONDS)
        if idle < ASKED_AFTER_SECONDS and not _has_something_to_say(driver, failures):
            return
        try:
            engine.dialect.do_ping(driver)
        except failures as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", leaves)
    event.listen(engine, "checkout", is_taken)


def _has_something_to_say(driver: Any, failures: type[Exception]) -> bool:
    try:
        socket = driver.fileno()
    except failures:  # closed on our side already: the ping says so
        return True
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
