"""What gunicorn loads in each of its workers."""

from __future__ import annotations

import threading
import time

from flask import Flask

from causeway.app import create_app
from causeway.cli.common import build, set_up_logging
from causeway.engine.context import Context
from causeway.engine.watch import WATCH_SECONDS, Watch

# A whole catalogue that is read once through is not kept in memory for it.
WEB_MAPPED_BYTES = 8 * 1024 * 1024


def make() -> Flask:
    set_up_logging()
    parts = build()
    parts.ledger.map_at_most(WEB_MAPPED_BYTES)
    # The pump watches too, but a pump that is gone cannot say so.
    threading.Thread(target=_watch, args=(parts.context,), daemon=True, name="watch").start()
    return create_app(parts)


def _watch(context: Context) -> None:
    watch = Watch(context)
    while True:
        time.sleep(WATCH_SECONDS)
        try:
            watch.look()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may see more
            context.report(error)
