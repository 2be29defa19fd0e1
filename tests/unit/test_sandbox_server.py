"""The sandbox as it is met on a socket."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from causeway.sandbox.server import SandboxServer
from causeway.sandbox.wire import MAX_BODY
from tests.sandbox_tools import TOKEN, SandboxProcess, a_request_body, an_order_body, serving

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    with serving(tmp_path) as server:
        yield server


def post(server: SandboxServer, path: str, body: Any) -> requests.Response:
    return requests.post(server.address + path, json=body, headers=HEADERS, timeout=10)


def get(server: SandboxServer, path: str) -> Any:
    return requests.get(server.address + path, headers=HEADERS, timeout=10).json()


def raw(server: SandboxServer, data: bytes) -> bytes:
    """All bytes that come back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.server_address[1]), 10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", f"Basic {TOKEN}", "Bearer ß"])
def test_without_the_token_nothing_is_done(server: SandboxServer, header: str | None) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    for path in ("/erp/orders", "/wms/requests", "/sandbox/faults"):
        answer = requests.post(
            server.address + path, json=an_order_body(), headers=headers, timeout=10
        )
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert get(server, "/sandbox/books")["orders"] == 0


def test_health_needs_no_token(server: SandboxServer) -> None:
    answer = requests.get(server.address + "/sandbox/health", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_one_connection_serves_many_requests(server: SandboxServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.connect()
    first = connection.sock
    for number in range(3):
        body = orjson.dumps(an_order_body(external_ref=f"o{number}"))
        connection.request("POST", "/erp/orders", body, HEADERS)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201
    assert connection.sock is first
    connection.close()


def test_a_body_that_is_too_large_is_refused_and_the_refusal_arrives(server: SandboxServer) -> None:
    answer = requests.post(
        server.address + "/erp/orders", data=b"x" * (MAX_BODY + 1), headers=HEADERS, timeout=10
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"external_ref": "\\ud800"}', b"\xff"])
def test_a_body_that_is_no_json_object_is_a_bad_request(server: SandboxServer, body: bytes) -> None:
    answer = requests.post(server.address + "/erp/orders", data=body, headers=HEADERS, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_json")


def test_half_a_body_does_nothing(server: SandboxServer) -> None:
    body = orjson.dumps(an_order_body())
    head = f"POST /erp/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
    head += f"Content-Length: {len(body) + 1}\r\n\r\n"
    assert raw(server, head.encode() + body) == b""
    assert get(server, "/sandbox/books")["orders"] == 0


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /erp/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        ("POST /erp/orders HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST /erp/orders HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n", 400),
        ("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("DELETE /erp/orders HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("BREW /erp/orders HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("nonsense\r\n\r\n", 400),
    ],
)
def test_what_is_not_understood_gets_a_json_error(
    server: SandboxServer, head: str, status: int
) -> None:
    answer = raw(server, head.encode())
    top, _, body = answer.partition(b"\r\n\r\n")
    assert top.startswith(f"HTTP/1.1 {status} ".encode())
    assert orjson.loads(body)["error"]["message"]


def test_the_same_reference_from_many_threads_makes_one_order(server: SandboxServer) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: post(server, "/erp/orders", an_order_body()), range(48)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 47
    assert get(server, "/sandbox/books")["orders"] == 1


def test_every_request_is_in_the_log(server: SandboxServer) -> None:
    post(server, "/erp/orders", an_order_body())
    post(server, "/erp/orders", an_order_body())
    get(server, "/erp/orders?external_ref=berlin:1:book")
    get(server, "/nothing")
    rows = get(server, "/sandbox/log")["log"]
    assert [(row["method"], row["path"], row["external_ref"], row["status"]) for row in rows] == [
        ("POST", "/erp/orders", "berlin:1:book", 201),
        ("POST", "/erp/orders", "berlin:1:book", 409),
        ("GET", "/erp/orders", "berlin:1:book", 200),
        ("GET", "/nothing", "", 404),
    ]
    assert all(row["duration_ms"] >= 0 and row["time"].endswith("Z") for row in rows)


def test_the_page_shows_orders_escaped_and_without_personal_data(server: SandboxServer) -> None:
    post(server, "/erp/orders", an_order_body(order_reference="<script>alert(1)</script>"))
    post(server, "/wms/requests", a_request_body())
    answer = requests.get(server.address + "/sandbox/", timeout=10)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<script>" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "SO-1001" in answer.text
    assert "WR-1001" in answer.text
    assert "Erika" not in answer.text


def test_a_process_ends_cleanly_on_sigterm_and_keeps_its_books(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path)
    process.ask("POST", "/erp/orders", an_order_body())
    assert process.stop() == 0
    process = SandboxProcess(tmp_path)
    assert process.ask("GET", "/sandbox/books")["orders"] == 1
    process.stop()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path)
    for number in range(20):
        process.ask("POST", "/erp/orders", an_order_body(external_ref=f"o{number}"))
    process.stop(signal.SIGKILL)
    process = SandboxProcess(tmp_path)
    books = process.ask("GET", "/sandbox/books")
    assert (books["orders"], books["created_twice"]) == (20, [])
    process.stop()
