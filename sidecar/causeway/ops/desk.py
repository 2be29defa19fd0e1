"""What the views of the operations pages share: the parts, the templates, the way back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, make_response, redirect, render_template, url_for
from redis import Redis
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from causeway.engine.context import Context
from causeway.engine.hints import Hints
from causeway.ledger import stores
from causeway.ledger.tables import audit
from causeway.ops.sessions import Sessions
from causeway.ops.throttle import Throttle

ACTOR = "ops"
_OWN_PATH = re.compile(r"/ops/[A-Za-z0-9_.~%/-]*(\?[A-Za-z0-9_.~%&=+-]*)?")


@dataclass(frozen=True)
class Desk:
    """One app's operations pages."""

    context: Context
    redis: Redis
    hints: Hints
    sessions: Sessions
    throttle: Throttle

    def zone(self, store: str) -> str:
        return self.context.settings.policy(store).timezone

    def midnights(self, connection: Connection) -> dict[str, datetime]:
        """When today began in each store."""
        now = self.context.now()
        return {
            store.name: now.astimezone(ZoneInfo(self.zone(store.name))).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            for store in stores.every(connection)
        }

    def audit(self, connection: Connection, action: str, subject: str) -> None:
        """Write down who did what, in the transaction in which it is done."""
        row = {"actor": ACTOR, "action": action, "subject": subject[:255]}
        connection.execute(audit.insert().values(at=self.context.now(), **row))


def desk() -> Desk:
    found: Desk = current_app.extensions["causeway_ops"]
    return found


def page(template: str, status: int = 200, **values: Any) -> Response:
    return make_response(render_template(f"ops/{template}", **values), status)


def told(status: int, title: str, sentence: str, remedy: str = "") -> Response:
    """A page that says one thing."""
    return page("told.html", status, title=title, sentence=sentence, remedy=remedy)


def own_path(path: str) -> str:
    """`path` if it leads to one of these pages, else the overview: nobody is sent elsewhere."""
    fits = len(path) < 1000 and _OWN_PATH.fullmatch(path) and "//" not in path
    return path if fits else url_for("ops.overview")


def back_to(path: str) -> AnyResponse:
    return redirect(own_path(path), 303)
