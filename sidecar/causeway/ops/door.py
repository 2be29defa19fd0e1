"""The one door to the operations pages: log in, log out, and who may pass."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from causeway.ops import refusals
from causeway.ops.desk import Desk, back_to, desk, own_path, page, told

bp = Blueprint("ops_door", __name__, url_prefix="/ops")
refusals.handle(bp)
BLUEPRINTS = (
    "ops",
    "ops_actions",
    "ops_stock",
    "ops_mappings",
    "ops_replay",
    "ops_door",
    "rq_dashboard",
)
# What may be seen by whom is not logged in.
OPEN = ("ops_door.login", "ops_door.enter", "ops.static")
LONGEST_PASSWORD = 1024


def admit() -> AnyResponse | None:
    """Let the request pass, or answer it here. Other parts of the app are not asked about."""
    if request.blueprint not in BLUEPRINTS or request.endpoint == "ops.static":
        return None
    here = desk()
    if here.sessions.closed:
        return _closed()
    if request.method not in ("GET", "HEAD", "OPTIONS") and request.blueprint != "rq_dashboard":
        csrf: CSRFProtect = current_app.extensions["csrf"]
        csrf.protect()
    if request.endpoint in OPEN or here.sessions.holds():
        return None
    if request.method == "GET" and not request.path.endswith(".json"):
        return redirect(url_for("ops_door.login", next=request.full_path.rstrip("?")), 302)
    return told(401, "You are not logged in", "The session has ended or never began.", "Log in.")


@bp.get("/login")
def login() -> AnyResponse:
    if desk().sessions.holds():
        return back_to(request.args.get("next", ""))
    return page("login.html", next=own_path(request.args.get("next", "")))


@bp.post("/login")
def enter() -> AnyResponse:
    here, address = desk(), request.remote_addr or ""
    wait = here.throttle.take(address)
    if wait:
        return _too_many(wait)
    password, target = request.form.get("password", ""), request.form.get("next", "")
    if not _right(here, password):
        return page("login.html", 401, next=own_path(target), wrong=True)
    here.throttle.forgive(address)
    here.sessions.begin()
    return back_to(target)


@bp.post("/logout")
def leave() -> AnyResponse:
    desk().sessions.end()
    flash("You are logged out.")
    return redirect(url_for("ops_door.login"), 303)


def _right(here: Desk, password: str) -> bool:
    return len(password) <= LONGEST_PASSWORD and here.sessions.right(password)


def _closed() -> Response:
    return told(
        503,
        "The operations pages are closed",
        "No password is set, so nobody can log in.",
        "Set ops.password in the settings file (or CAUSEWAY_OPS__PASSWORD in the environment; at "
        "least 10 characters) and restart.",
    )


def _too_many(wait: int) -> Response:
    answer = told(
        429,
        "Too many wrong passwords",
        f"Logging in is possible again in {wait} seconds.",
        "Whoever has forgotten the password finds it in the settings as ops.password.",
    )
    answer.headers["Retry-After"] = str(wait)
    return answer
