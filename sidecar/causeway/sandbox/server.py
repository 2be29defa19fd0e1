"""The sandbox on a socket: HTTP/1.1 with keep-alive, one thread for each connection.

Built on the standard library's HTTP server, because faults must happen at the socket and because
werkzeug's development server closes the connection after every answer.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import TextIO

from causeway.sandbox import shipping
from causeway.sandbox.app import App
from causeway.sandbox.books import Books
from causeway.sandbox.clock import Clock, stamp
from causeway.sandbox.context import Sandbox
from causeway.sandbox.faults import Faults
from causeway.sandbox.wire import MAX_BODY, Refusal, Reply, Request

IDLE_SECONDS = 300
DRAIN_BYTES = 16 * MAX_BODY
TICK_SECONDS = 0.25
POLL_SECONDS = 0.1  # how soon a stop is noticed
STOP_SECONDS = 5.0


def create_app(
    data: Path,
    token: str,
    *,
    ship_after: float = 2.0,
    accept_after: float = 0.5,
    strict_items: bool = False,
    forgetful: bool = False,
) -> App:
    """A sandbox over the books in `data`, made and stocked if there are none.

    Raises RuntimeError or OSError when the books cannot be used.
    """
    books = Books(data, stamp(time.time()), unique=not forgetful)
    return App(
        Sandbox(
            books, Clock(books), Faults(), token, accept_after, ship_after, strict_items, forgetful
        )
    )


class SandboxServer(ThreadingHTTPServer):
    """Serves an App. Raises OSError when host and port cannot be had."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: App, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Connection)
        self.app = app
        self.address = f"http://{host}:{self.server_address[1]}"
        app.sandbox.address = self.address
        self._busy = 0
        self._idle = threading.Condition()
        self._stopping = threading.Event()
        self._loops = [
            threading.Thread(target=self._accept, name="sandbox-accept", daemon=True),
            threading.Thread(target=self._tick, name="sandbox-tick", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._loops:
            thread.start()

    def stop(self) -> None:
        """Take no more connections, let what is under way finish, close the books."""
        self.shutdown()
        self._stopping.set()
        self.server_close()
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, STOP_SECONDS)
        self._loops[1].join(STOP_SECONDS)
        self.app.sandbox.books.close()

    def answer(self, request: Request) -> Reply:
        """The app's answer, counted as under way until it is known; none once we are stopping."""
        with self._idle:
            if self._stopping.is_set():
                return Reply(0, cut=True)
            self._busy += 1
        try:
            return self.app.answer(request)
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none of our errors."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        # HTTPServer would ask the resolver for our own name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def _accept(self) -> None:
        self.serve_forever(poll_interval=POLL_SECONDS)

    def _tick(self) -> None:
        """Parcels leave although nobody asks."""
        while not self._stopping.wait(TICK_SECONDS):
            shipping.settle(self.app.sandbox)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: SandboxServer

    def serve(self) -> None:
        request = self._read()
        if request is not None:
            self._send(self.server.answer(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def _read(self) -> Request | None:
        """The request read whole; None when the client went away in the middle of it."""
        body, refusal = b"", self._refusal()
        if refusal is None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True
                return None
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        return Request(self.command, self.path, token, body, refusal)

    def _refusal(self) -> Refusal | None:
        """Why the body is not read; the connection cannot be used after it."""
        text = self.headers.get("Content-Length", "0")
        refusal: Refusal | None = None
        if "Transfer-Encoding" in self.headers:
            refusal = Refusal(411, "length", "send the body with a Content-Length")
        elif not (text.isascii() and text.isdigit() and len(text) < 16):
            refusal = Refusal(400, "length", "Content-Length is not a number")
        elif int(text) > MAX_BODY:
            refusal = Refusal(413, "too_large", f"a body may have {MAX_BODY} bytes at most")
            # Read some of it, so that a client still sending sees the answer.
            self._drain(min(int(text), DRAIN_BYTES))
        if refusal:
            self.close_connection = True
        return refusal

    def _drain(self, left: int) -> None:
        while left > 0:
            chunk = self.rfile.read(min(left, 65536))
            if not chunk:
                return
            left -= len(chunk)

    def _send(self, reply: Reply) -> None:
        """Head and body in one write, or no byte at all."""
        if reply.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        lines = [
            f"HTTP/1.1 {reply.status} {_phrase(reply.status)}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        self._write(head if self.command == "HEAD" else head + reply.body, reply)

    def _write(self, answer: bytes, reply: Reply) -> None:
        if reply.halved:
            self.close_connection = True
            self.wfile.write(answer[: -max(len(reply.body) // 2, 1)])
        elif reply.pace:
            for position in range(len(answer)):
                self.wfile.write(answer[position : position + 1])
                time.sleep(reply.pace / len(answer))
        else:
            self.wfile.write(answer)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong before any of our code runs."""
        self.close_connection = True
        self._send(Reply.refused(Refusal(code, "bad_request", message or _phrase(code))))

    def log_message(self, format: str, *args: object) -> None:
        """The log is in the books."""


def run(
    data: Path,
    token: str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ship_after: float = 2.0,
    accept_after: float = 0.5,
    strict_items: bool = False,
    forgetful: bool = False,
    out: TextIO | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Prints `sandbox ready at http://HOST:PORT` when it is.

    To be called from the main thread. Raises RuntimeError or OSError when books or port cannot be
    had.
    """
    app = create_app(
        data,
        token,
        ship_after=ship_after,
        accept_after=accept_after,
        strict_items=strict_items,
        forgetful=forgetful,
    )
    server = SandboxServer(app, host, port)
    asked = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.start()
    print(f"sandbox ready at {server.address}", file=out or sys.stdout, flush=True)
    asked.wait()
    server.stop()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
