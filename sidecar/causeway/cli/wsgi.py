"""What gunicorn loads in each of its workers."""

from __future__ import annotations

import threading
import time

from flask import Flask

from causeway.app import create_app
from causeway.cli.common import build, set_up_logging
from causeway.engine.context import Context
from causeway.engine.watch import WATCH_SECONDS, Watch


def make() -> Flask:
    set_up_logging()
    parts = build()
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
