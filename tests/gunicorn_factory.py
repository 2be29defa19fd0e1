"""The app as a web process runs it, for tests that need a real server in front of it."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from causeway.app import create_app
from causeway.bootstrap import build
from causeway.engine.hints import NullHints
from causeway.settings import IntakeSettings, Settings

MAX_BODY = 4096


def make() -> Flask:
    """Called by gunicorn. The ledger must have its schema and store already."""
    folder = Path(os.environ["TEST_FOLDER"])
    settings = Settings(
        data_dir=folder,
        ledger_url=f"sqlite:///{folder}/ledger.sqlite",
        redis_url=f"unix://{folder}/nobody.sock",
        intake=IntakeSettings(max_body_bytes=MAX_BODY),
    )
    return create_app(build(settings, hints=NullHints()))
