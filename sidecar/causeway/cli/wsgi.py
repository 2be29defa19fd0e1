"""What gunicorn loads in each of its workers."""

from __future__ import annotations

from flask import Flask

from causeway.app import create_app
from causeway.cli.common import build, set_up_logging


def make() -> Flask:
    set_up_logging()
    return create_app(build())
