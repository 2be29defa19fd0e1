"""Faults must really happen at the socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from causeway.sandbox.server import SandboxServer
from tests.sandbox_tools import TOKEN, an_order_body, serving

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
ORDERS = {"path": "/erp/orders", "method": "POST"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    with serving(tmp_path) as server:
        yield server


def ask(server: SandboxServer, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, server.address + path, json=body, headers=HEADERS, timeout=10)


def fault(server: SandboxServer, **fields: Any) -> dict[str, Any]:
    answer = ask(server, "POST", "/sandbox/faults", {**ORDERS, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def book(server: SandboxServer) -> requests.Response:
    return ask(server, "POST", "/erp/orders", an_order_body())


def orders(server: SandboxServer) -> int:
    return int(ask(server, "GET", "/sandbox/books").json()["orders"])


def last_logged(server: SandboxServer) -> tuple[str, int, str]:
    rows = ask(server, "GET", "/sandbox/log?limit=1000").json()["log"]
    row = [row for row in rows if row["path"] == "/erp/orders"][-1]
    return row["fault"], row["status"], row["external_ref"]


def test_drop_after_does_the_work_and_says_nothing(server: SandboxServer) -> None:
    fault(server, kind="drop_after")
    with pytest.raises(requests.ConnectionError, match="without response"):
        book(server)
    assert orders(server) == 1
    assert last_logged(server) == ("drop_after", 201, "berlin:1:book")
    assert book(server).status_code == 409


def test_drop_before_does_nothing_and_says_nothing(server: SandboxServer) -> None:
    fault(server, kind="drop_before")
    with pytest.raises(requests.ConnectionError, match="without response"):
        book(server)
    assert orders(server) == 0
    assert last_logged(server) == ("drop_before", 0, "berlin:1:book")
    assert book(server).status_code == 201


@pytest.mark.parametrize("wait", [7, "7", "Fri, 20 Nov 2026 16:30:00 GMT"])
def test_a_status_is_answered_with_retry_after_and_nothing_is_done(
    server: SandboxServer, wait: Any
) -> None:
    fault(server, kind="status", status=429, retry_after=wait)
    answer = book(server)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(wait))
    assert orders(server) == 0


def test_a_status_may_come_after_the_work(server: SandboxServer) -> None:
    fault(server, kind="status_after", status=500)
    assert book(server).status_code == 500
    assert orders(server) == 1


def test_garbage_is_a_page_with_status_200_and_nothing_is_done(server: SandboxServer) -> None:
    fault(server, kind="garbage")
    answer = book(server)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert orders(server) == 0


def test_a_delay_lets_the_caller_give_up_and_does_the_work(server: SandboxServer) -> None:
    fault(server, kind="delay", seconds=0.5)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            server.address + "/erp/orders", json=an_order_body(), headers=HEADERS, timeout=0.1
        )
    until = time.monotonic() + 10
    while not orders(server) and time.monotonic() < until:
        time.sleep(0.02)
    assert orders(server) == 1


def test_an_answer_may_come_byte_by_byte_and_whole(server: SandboxServer) -> None:
    fault(server, kind="trickle", seconds=0.2)
    answer = book(server)
    assert answer.status_code == 201
    assert answer.json()["external_ref"] == "berlin:1:book"
    assert last_logged(server) == ("trickle", 201, "berlin:1:book")


def test_a_truncated_answer_breaks_off_after_the_work(server: SandboxServer) -> None:
    fault(server, kind="truncated")
    with pytest.raises(requests.RequestException):
        book(server)
    assert orders(server) == 1


def test_who_hangs_does_nothing_and_never_answers(server: SandboxServer) -> None:
    fault(server, kind="hang", seconds=0.1)
    with pytest.raises(requests.ConnectionError, match="without response"):
        book(server)
    assert orders(server) == 0


def test_a_redirect_does_nothing(server: SandboxServer) -> None:
    fault(server, kind="redirect")
    answer = requests.post(
        server.address + "/erp/orders", json=an_order_body(), headers=HEADERS, timeout=10,
        allow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 302
    assert answer.headers["Location"]
    assert orders(server) == 0


def test_an_error_may_hide_in_an_answer_of_200(server: SandboxServer) -> None:
    fault(server, kind="error_body")
    answer = book(server)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "fault"
    assert orders(server) == 0


def test_a_forgetful_sandbox_makes_a_second_document_and_says_so(tmp_path: Path) -> None:
    with serving(tmp_path / "forgetful", forgetful=True) as server:
        assert [book(server).status_code for _ in range(2)] == [201, 201]
        assert orders(server) == 2
        assert ask(server, "GET", "/sandbox/books").json()["created_twice"] == ["berlin:1:book"]


def test_a_fault_strikes_as_often_as_asked(server: SandboxServer) -> None:
    fault(server, kind="status", status=503, times=3)
    assert [book(server).status_code for _ in range(5)] == [503, 503, 503, 201, 409]
    [spent] = ask(server, "GET", "/sandbox/faults").json()["faults"]
    assert spent["struck"] == 3


def test_a_fault_strikes_only_where_and_how_it_was_asked_for(server: SandboxServer) -> None:
    fault(server, kind="status", status=500, path="/wms/*", method="*", times=None)
    assert book(server).status_code == 201
    assert ask(server, "GET", "/wms/shipments").status_code == 500
    assert ask(server, "GET", "/wms/requests").status_code == 500
    assert ask(server, "GET", "/sandbox/health").status_code == 200


def test_a_fault_of_no_probability_never_strikes(server: SandboxServer) -> None:
    fault(server, kind="drop_before", probability=0.0)
    assert book(server).status_code == 201


def test_faults_can_be_removed_one_by_one_and_all(server: SandboxServer) -> None:
    numbers = [fault(server, kind="drop_before", times=None)["id"] for _ in range(3)]
    path = f"/sandbox/faults/{numbers[0]}"
    assert ask(server, "DELETE", path).json() == {"removed": 1}
    assert ask(server, "DELETE", path).status_code == 404
    assert ask(server, "DELETE", "/sandbox/faults").json() == {"removed": 2}
    assert book(server).status_code == 201


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "fire"}, "kind"),
        ({}, "kind"),
        ({"kind": "status"}, "status"),
        ({"kind": "status", "status": 200}, "status"),
        ({"kind": "delay", "seconds": 601}, "seconds"),
        ({"kind": "delay", "seconds": -1}, "seconds"),
        ({"kind": "garbage", "times": 0}, "times"),
        ({"kind": "garbage", "probability": 1.5}, "probability"),
        ({"kind": "garbage", "method": "BREW"}, "method"),
        ({"kind": "garbage", "path": ""}, "path"),
        ({"kind": "status", "status": 429, "retry_after": "1\r\nX: y"}, "retry_after"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(
    server: SandboxServer, fields: dict[str, Any], field: str
) -> None:
    answer = ask(server, "POST", "/sandbox/faults", {**ORDERS, **fields})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
