"""A proxy on this machine that misbehaves, for conformance: it stands between a connector and a
real system and cuts, delays, doubles and lies, as networks and the machines in them do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Literal

import requests

Fault = Literal[
    "cut_before",  # nothing reaches the system
    "cut_after",  # it does its work, nobody hears of it
    "cut_half",  # half of its answer comes
    "delay",  # its answer comes late
    "twice",  # it gets the request twice; the second answer comes
    "lie_502",  # it does its work, a gateway says it did not answer
    "lie_page",  # a login page of somebody else's answers, with 200
]
Plan = Callable[[int, str, str], Fault | None]
"""What befalls request number N (from 0) with this method and path."""

FAULTS: tuple[Fault, ...] = ("cut_before", "cut_after", "cut_half", "delay", "twice", "lie_502",
                             "lie_page")  # fmt: skip
DELAY_SECONDS = 0.2
_OWN = frozenset({"connection", "keep-alive", "transfer-encoding", "content-encoding",
                  "content-length", "host", "date", "server"})  # fmt: skip


def never(number: int, method: str, path: str) -> Fault | None:
    """A plan without faults."""
    return None


def at(wanted: int, fault: Fault) -> Plan:
    """A plan with this fault at one request."""

    def plan(number: int, method: str, path: str) -> Fault | None:
        return fault if number == wanted else None

    return plan


class FaultyProxy:
    """Stands before `target`; `plan` may be changed while it runs. `happened` counts faults."""

    def __init__(self, target: str, plan: Plan = never) -> None:
        self.target = target.rstrip("/")
        self.plan = plan
        self.happened: list[Fault] = []
        self._numbers = count()
        self._sessions = threading.local()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def restart_count(self) -> None:
        """The next request is number 0 again."""
        self._numbers = count()

    def fault(self, method: str, path: str) -> Fault | None:
        fault = self.plan(next(self._numbers), method, path)
        if fault:
            self.happened.append(fault)
        return fault

    def forward(self, method: str, path: str, headers: Any, body: bytes) -> requests.Response:
        session = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
            session.trust_env = False
        sent = {name: value for name, value in headers.items() if name.lower() not in _OWN}
        answer: requests.Response = session.request(
            method, self.target + path, headers=sent, data=body, allow_redirects=False, timeout=60
        )
        return answer


@contextmanager
def faulty(target: str, plan: Plan = never) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(target, plan)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def _handler(proxy: FaultyProxy) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.fault(self.command, self.path)
            if fault == "lie_page":
                self._answer(200, {"Content-Type": "text/html"}, b"<html>Please sign in</html>")
            elif fault == "cut_before":
                self.close_connection = True
            else:
                self._passed_on(fault, body)

        def _passed_on(self, fault: Fault | None, body: bytes) -> None:
            for _ in range(2 if fault == "twice" else 1):
                found = proxy.forward(self.command, self.path, self.headers, body)
            if fault == "delay":
                time.sleep(DELAY_SECONDS)
            if fault == "cut_after":
                self.close_connection = True
            elif fault == "lie_502":
                self._answer(502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
            else:
                headers = {k: v for k, v in found.headers.items() if k.lower() not in _OWN}
                self._answer(found.status_code, headers, found.content, half=fault == "cut_half")

        def _answer(
            self, status: int, headers: dict[str, str], body: bytes, *, half: bool = False
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + half))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if half else body)
            if half:
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Nothing: what passes here may be personal."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815

    return Handler
