"""Joins the operators' pages to the app, all behind one login."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from redis import Redis

from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.feed import steps
from causeway.ops import (
    actions,
    door,
    headers,
    labels,
    mappings,
    pages,
    prices,
    probes,
    queue_page,
    replay_pages,
    show,
    stock,
)
from causeway.ops.desk import Desk
from causeway.ops.sessions import Sessions
from causeway.ops.throttle import Throttle

_STATIC = Path(__file__).parent / "static"


def register(app: Flask, context: Context, redis: Redis, hints: Hints) -> None:
    """Probes for machines; pages for people at /ops/, and the queue page at /ops/queues/."""
    app.extensions["redis"] = redis
    app.extensions["causeway_hints"] = hints
    app.register_blueprint(probes.bp)
    here = Desk(context, redis, hints, Sessions(context.settings.ops, context.now), Throttle())
    app.extensions["causeway_ops"] = here
    here.sessions.configure(app)
    _protect(app)
    _templates(app, here)
    app.before_request(door.admit)
    # The pages come before the queue page: their templates for it then stand before its own.
    own = (stock.bp, prices.bp, mappings.bp, replay_pages.bp, pages.bp, actions.bp, door.bp)
    for part in own:
        app.register_blueprint(part)
    queue_page.mount(app, redis)
    app.add_url_rule("/", "ops_root", lambda: redirect(url_for("ops.overview")))
    app.after_request(_finish)


def _protect(app: Flask) -> None:
    """`door.admit` asks for the token on these pages alone: what shops send is signed instead.

    Our pages send no referrer, so its absence over TLS is no sign of anything.
    """
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    CSRFProtect(app)


def _templates(app: Flask, here: Desk) -> None:
    app.jinja_env.filters.update(
        plain=show.plain,
        label=show.label,
        tone=show.tone,
        amount=show.amount,
        quantity=show.quantity,
        span=show.span,
        took=show.took,
        when=show.clock(here.zone),
    )
    version = hashlib.sha256(
        b"".join(p.read_bytes() for p in sorted(_STATIC.iterdir()))
    ).hexdigest()
    app.jinja_env.globals.update(
        money=show.money,
        fulfilment=show.fulfilment,
        words={
            "outcomes": show.OUTCOMES,
            "step": steps.heading,
            "about": steps.about,
            "operations": show.OPERATIONS,
            "cases": show.CASES,
        },
        style_version=version[:12],
        logged_in=here.sessions.holds,
        now=here.context.now,
        nonce=lambda: g.nonce,
    )


def _finish(answer: Response) -> Response:
    if request.blueprint == "rq_dashboard":
        if request.endpoint == "rq_dashboard.static":
            return headers.guard(answer, cache="private, max-age=3600")
        policy = headers.queue_policy(g.nonce) if "nonce" in g else headers.POLICY
        return headers.guard(queue_page.redact(answer), policy)
    if request.endpoint == "ops.static":
        return headers.guard(answer, cache="public, max-age=86400")
    if request.endpoint == "ops.label" and answer.status_code == 200:
        return headers.guard(answer, labels.POLICY)
    if request.blueprint in door.BLUEPRINTS:
        return headers.guard(answer)
    return answer
