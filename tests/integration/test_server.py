"""Through a real web server, byte by byte: what no test client would send."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from causeway.ledger.tables import events
from causeway.wire import signature
from tests.conftest import listening
from tests.contract.bodies import an_event
from tests.gunicorn_factory import MAX_BODY
from tests.world import SECRET, World

SECONDS = 20
BODY = json.dumps({"events": [an_event()]}).encode()


class Server:
    """gunicorn on a Unix socket, spoken to in bytes."""

    def __init__(self, path: Path, log: Path) -> None:
        self._path = path
        self.log = log

    def say(self, *parts: bytes, end: bool = False) -> bytes:
        """The first answer to what is said, headers and body as they come."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(SECONDS)
            line.connect(str(self._path))
            for part in parts:
                line.sendall(part)
            if end:
                line.shutdown(socket.SHUT_WR)
            found = b""
            while block := line.recv(65536):
                found += block
        return found


@pytest.fixture
def web(sqlite_url: str, new_world: Callable[..., World], tmp_path: Path) -> Iterator[Server]:
    new_world(sqlite_url)
    path, log = tmp_path / "web.sock", tmp_path / "web.log"
    command = [sys.executable, "-m", "gunicorn", "--bind", f"unix:{path}", "--workers", "1"]
    command += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "tests.gunicorn_factory:make()"],
            env={**os.environ, "TEST_FOLDER": str(tmp_path), "PYTHONPATH": str(Path.cwd())},
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + SECONDS
        while not listening(path):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield Server(path, log)
    finally:
        process.terminate()
        process.wait(SECONDS)
    assert SECRET.removeprefix("whsec_")[:20] not in log.read_text()
    assert "Traceback" not in log.read_text()


def head(body: bytes, *more: str, without_length: bool = False) -> bytes:
    signed = signature.headers([SECRET], uuid4().hex, datetime.now(UTC), body)
    lines = ["POST /v1/events HTTP/1.1", "Host: x", "Connection: close", "causeway-store: berlin"]
    lines += ["Content-Type: application/json", *(f"{k}: {v}" for k, v in signed.items()), *more]
    if not without_length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunks(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_one_server_answers_what_comes_as_it_must(web: Server, tmp_path: Path) -> None:
    """One process for all of it: that it still answers at the end is part of what is shown."""
    chunked = "Transfer-Encoding: chunked"
    plain = web.say(head(BODY), BODY)
    assert (status(plain), an_event()["id"].encode() in plain) == (202, True)

    in_chunks = web.say(head(BODY, chunked, without_length=True), chunks(BODY, 7))
    assert status(in_chunks) == 202

    large = b" " * (MAX_BODY + 1)
    assert status(web.say(head(large), large)) == 413
    told = web.say(head(large, chunked, without_length=True), chunks(large, 512), end=True)
    assert status(told) == 413

    # It hangs up early: only a body that is whole fits its signature.
    assert status(web.say(head(BODY), BODY[:-5], end=True)) == 401
    assert status(web.say(head(BODY, chunked, without_length=True), b"5\r\n{", end=True)) in {
        0,
        400,
        401,
    }
    shorter = head(BODY, "Content-Length: 10", without_length=True)
    assert status(web.say(shorter, BODY, end=True)) == 401

    both = head(BODY, chunked)
    assert status(web.say(both, chunks(BODY, 7), end=True)) in {202, 400}
    assert status(web.say(head(BODY, "x: a\0b"), BODY, end=True)) == 400
    assert status(web.say(head(BODY, "Content-Length: -1", without_length=True), end=True)) == 400
    assert status(web.say(b"GET /v1/orders/%00 HTTP/1.1\r\nHost: x\r\n\r\n", end=True)) == 401
    assert status(web.say(b"\x16\x03\x01\x02\x00\x01\x00\x01", end=True)) in {0, 400}

    line = b"GET /v1/updates?after=&limit=5"
    signed = signature.headers([SECRET], uuid4().hex, datetime.now(UTC), line)
    lines = [f"{line.decode()} HTTP/1.1", "Host: x", "Connection: close", "causeway-store: berlin"]
    lines += [f"{name}: {value}" for name, value in signed.items()]
    assert status(web.say("\r\n".join(lines).encode() + b"\r\n\r\n")) == 200
    assert status(web.say(head(BODY), BODY)) == 202


def test_what_the_server_kept_is_one_event(web: Server, tmp_path: Path) -> None:
    for _ in range(3):
        assert status(web.say(head(BODY), BODY)) == 202
    world = World(tmp_path, f"sqlite:///{tmp_path}/ledger.sqlite")
    try:
        assert [row.id for row in world.rows(events)] == [an_event()["id"]]
    finally:
        world.close()
