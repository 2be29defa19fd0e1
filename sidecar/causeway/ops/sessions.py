"""Who is logged in: one password, and a signed cookie that says when it was given."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from causeway.settings import OpsSettings

LIFETIME = timedelta(hours=12)
COOKIE = "causeway_ops"
PAGES = "/ops"
_ID, _UNTIL = "id", "until"


class _ForPeople(SecureCookieSessionInterface):
    """Sessions at the pages alone: a machine brings no cookie, and need not wait for the look."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if request.path.startswith(PAGES) else None


class Sessions:
    """The login of this process.

    The cookie is signed with `ops.session_key` and the password together: a new password ends every
    session. Without a session key one is made up for the process: sessions then end with it, and
    are not known to another process. A session lasts twelve hours however much it is used.
    """

    def __init__(self, settings: OpsSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {}

    @property
    def closed(self) -> bool:
        """Without a password nobody gets in."""
        return not self._settings.password

    def configure(self, app: Flask) -> None:
        key = (self._settings.session_key or secrets.token_hex(32)).encode()
        app.session_interface = _ForPeople()
        app.secret_key = hmac.digest(key, self._settings.password.encode(), "sha256")
        app.config.update(
            SESSION_COOKIE_NAME=COOKIE,
            SESSION_COOKIE_PATH=PAGES,
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self._settings.secure_cookies,
            SESSION_REFRESH_EACH_REQUEST=False,
            PERMANENT_SESSION_LIFETIME=LIFETIME,
        )

    def right(self, password: str) -> bool:
        """Whether this is the password; takes as long for a near miss as for a far one."""
        given, wanted = password.encode("utf-8", "replace"), self._settings.password.encode()
        return not self.closed and hmac.compare_digest(given, wanted)

    def begin(self) -> None:
        """A session of its own, whatever the browser came with."""
        session.clear()
        session.permanent = True
        session[_ID] = secrets.token_hex(16)
        session[_UNTIL] = (self._now() + LIFETIME).timestamp()

    def holds(self) -> bool:
        """Whether the request comes from somebody who is logged in."""
        until, name = session.get(_UNTIL), session.get(_ID)
        if self.closed or not isinstance(until, float) or not isinstance(name, str):
            return False
        return self._now().timestamp() < until and name not in self._ended

    def end(self) -> None:
        """Log out. This process accepts the cookie no more, even from who kept a copy."""
        now = self._now().timestamp()
        with self._lock:
            self._ended = {name: until for name, until in self._ended.items() if until > now}
            if self.holds():
                self._ended[session[_ID]] = session[_UNTIL]
        session.clear()
