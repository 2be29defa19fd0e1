"""Sandboxes for tests: in this process without sockets, with them, or as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import requests

from causeway.connectors.base import ConnectionSettings
from causeway.sandbox.app import App
from causeway.sandbox.server import SandboxServer, create_app
from causeway.sandbox.wire import Request

TOKEN = "play"
START_SECONDS = 20


def call(app: App, method: str, target: str, body: Any = None, token: str = TOKEN) -> Any:
    """(status, JSON) of one request, answered without a socket."""
    raw = b"" if body is None else orjson.dumps(body)
    reply = app.answer(Request(method, target, token, raw))
    return reply.status, orjson.loads(reply.body)


def an_order_body(**changes: Any) -> dict[str, Any]:
    """29.75 EUR: two mugs with 19 % tax."""
    body = {
        "external_ref": "berlin:1:book",
        "origin": "berlin:1",
        "order_reference": "1",
        "currency": "EUR",
        "customer": {"name": "Erika Mustermann", "email": "erika@example.org"},
        "lines": [
            {
                "sku": "MUG-01",
                "name": "Mug",
                "quantity": "2",
                "net": "25.00",
                "taxes": [{"code": "DE-19", "amount": "4.75"}],
            }
        ],
        "taxes": [{"code": "DE-19", "percent": "19", "amount": "4.75"}],
        "total": "29.75",
    }
    return {**body, **changes}


def a_request_body(**changes: Any) -> dict[str, Any]:
    """The same two mugs, to be sent to Berlin."""
    body = {
        "external_ref": "berlin:1:request:1",
        "origin": "berlin:1",
        "order_reference": "1",
        "recipient": {"name": "Erika Mustermann", "city": "Berlin", "country": "DE"},
        "lines": [{"sku": "MUG-01", "name": "Mug", "quantity": "2"}],
    }
    return {**body, **changes}


@contextmanager
def serving(data: Path, **options: Any) -> Iterator[SandboxServer]:
    """A sandbox on a socket of this process."""
    server = SandboxServer(create_app(data, TOKEN, **options))
    server.start()
    try:
        yield server
    finally:
        server.stop()


class SandboxProcess:
    """A sandbox as a process of its own, on a free port."""

    def __init__(self, data: Path, *options: str) -> None:
        command = [sys.executable, "-m", "causeway.sandbox", "--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--data", str(data), *options],
            env={**os.environ, "SANDBOX_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("sandbox ready at http://127.0.0.1:"), line
        self.address = line.split()[-1]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that must be a success."""
        answer = requests.request(
            method,
            self.address + path,
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=START_SECONDS,
        )
        answer.raise_for_status()
        return answer.json()

    def connection(self, kind: str, **changes: Any) -> ConnectionSettings:
        values = {"timeout_seconds": 10.0, "token": TOKEN, **changes}
        return ConnectionSettings(kind, kind, self.address, ("erp",), **values)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it by its id; its exit code."""
        self._process.send_signal(with_signal)
        code = self._process.wait(START_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code
