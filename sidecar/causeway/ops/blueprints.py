"""Joins the operators' pages to the app, all behind one login."""

from __future__ import annotations

from flask import Flask
from redis import Redis

from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.ops import probes


def register(app: Flask, context: Context, redis: Redis, hints: Hints) -> None:
    app.extensions["redis"] = redis
    app.extensions["causeway_hints"] = hints
    app.register_blueprint(probes.bp)
