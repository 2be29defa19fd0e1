"""create_app(): the Flask factory. Blueprints, and what every answer has in common."""

from __future__ import annotations

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from causeway.bootstrap import Causeway
from causeway.feed import stock_views as stock_feed
from causeway.feed import views as feed
from causeway.intake import manifest, native, pushed, webhooks
from causeway.intake import views as intake
from causeway.ledger import trouble
from causeway.ledger.trouble import LedgerBusyError
from causeway.ops import blueprints as ops
from causeway.wire import gate, openapi
from causeway.wire.problems import Problem, ProblemError
from causeway.wire.replay import RedisGuard


def create_app(parts: Causeway) -> Flask:
    """The web process's application over the parts that `bootstrap.build` made."""
    settings = parts.settings
    app = Flask("causeway", static_folder=None, template_folder=None)
    if hops := settings.server.trusted_proxies:
        proxied = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = settings.intake.max_body_bytes
    guard = RedisGuard(parts.redis, 2 * settings.intake.tolerance_seconds)
    gate.install(app, gate.Gate(parts.context, guard))
    app.extensions["causeway_context"] = parts.context
    app.extensions["causeway_hints"] = parts.hints
    app.extensions["causeway_intake"] = intake.Intake(parts.context, parts.hints)
    app.register_blueprint(intake.bp)
    app.register_blueprint(manifest.bp)
    app.register_blueprint(native.bp)
    app.register_blueprint(feed.bp)
    app.register_blueprint(stock_feed.bp)
    app.register_blueprint(pushed.bp)
    app.register_blueprint(webhooks.bp)
    app.register_blueprint(openapi.bp)
    ops.register(app, parts.context, parts.redis, parts.hints)
    app.register_error_handler(ProblemError, lambda error: error.problem.response())
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_finish)
    return app


def _unexpected(error: Exception) -> Response:
    """Every other failure, as a problem; nothing of its text goes out."""
    if isinstance(error, RequestEntityTooLarge):
        return gate.too_large(request.max_content_length).response()
    if isinstance(error, HTTPException):
        answer = _http_problem(error).response()
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.allow.update(sorted(error.valid_methods))
        return answer
    current_app.extensions["causeway_context"].report(error)
    if isinstance(error, SQLAlchemyError | LedgerBusyError):
        return intake.not_ready(trouble.of(error).sentence).response()
    return Problem(
        "internal", "This is not your fault.", "Try again; the operator's log tells more."
    ).response()


def _http_problem(error: HTTPException) -> Problem:
    kind = {404: "not-found", 405: "method-not-allowed", 403: "forbidden"}.get(
        error.code or 500, "bad-request"
    )
    remedy = "The addresses are listed in /v1/openapi.json."
    return Problem(kind, f"{request.method} {request.path[:200]}: {error.name}.", remedy)


def _finish(answer: Response) -> Response:
    if request.path.startswith("/v1/"):
        answer = feed.compress(answer)
        answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    return answer
