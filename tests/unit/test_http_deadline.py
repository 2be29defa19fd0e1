"""An answer that drips byte by byte ends at the connection's timeout, whatever part of it drips."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from causeway.connectors.http import MAX_RETRY_AFTER, HttpClient
from causeway.engine.limits import LONGEST_HOLD_SECONDS
from causeway.engine.retry import LONGEST
from causeway.errors import RetryableError, UnknownOutcome

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
WHOLE = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"id": "SO1"}'
Serve = Callable[[socket.socket, threading.Event], None]


@contextmanager
def server(serve: Serve) -> Iterator[str]:
    """Answers each connection with `serve`, which ends when the event is set."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def run() -> None:
            while not over.is_set():
                with suppress(OSError):
                    connected, _ = listening.accept()
                    with connected:
                        connected.settimeout(5)
                        connected.recv(65536)
                        serve(connected, over)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def drip(text: bytes) -> Serve:
    """One byte now and then, each well within the timeout, without end."""

    def serve(connected: socket.socket, over: threading.Event) -> None:
        connected.sendall(text)
        while not over.wait(0.02):
            connected.sendall(b"x")

    return serve


@pytest.mark.parametrize("text", [b"HTTP/1.1 200 ", HEAD[:-2] + b"X-Long: ", HEAD])
def test_a_write_whose_answer_drips_is_of_unknown_outcome(text: bytes) -> None:
    with server(drip(text)) as url, pytest.raises(UnknownOutcome, match="in time"):
        HttpClient(url, timeout_seconds=0.4).request("POST", "/orders", data=b"{}")


def test_a_line_that_ends_is_told_apart_from_an_answer_that_is_late() -> None:
    with server(lambda *_: None) as url, pytest.raises(UnknownOutcome, match="connection ended"):
        HttpClient(url, timeout_seconds=20).request("POST", "/orders", data=b"{}")


def test_a_read_whose_answer_drips_may_be_tried_again() -> None:
    with server(drip(HEAD)) as url, pytest.raises(RetryableError, match="in time"):
        HttpClient(url, timeout_seconds=0.4).request("GET", "/orders")


def test_a_whole_answer_in_pieces_is_an_answer() -> None:
    def serve(connected: socket.socket, over: threading.Event) -> None:
        for start in range(0, len(WHOLE), 5):
            connected.sendall(WHOLE[start : start + 5])
            over.wait(0.005)

    with server(serve) as url:
        answer = HttpClient(url, timeout_seconds=20).request("POST", "/orders", data=b"{}")
        assert answer.json() == {"id": "SO1"}


def test_the_longest_wish_to_wait_is_the_same_everywhere() -> None:
    assert LONGEST == MAX_RETRY_AFTER == LONGEST_HOLD_SECONDS
