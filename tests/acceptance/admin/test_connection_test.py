"""The test of the connection names what is wrong."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from causeway.wire import pairing
from tests.acceptance.admin.pages import OTHER_SECRET, pair, press, text
from tests.shop.process import free_port
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar


def test_the_test_says_that_all_is_well(shop: Shop) -> None:
    found = shop.rest("POST", "/causeway/v1/admin/test")
    assert found["ok"]
    assert "both signatures are right" in found["html"]
    assert "both signatures are right" in text(press(shop, "test"))


def test_the_test_names_a_sidecar_that_is_not_there(shop: Shop) -> None:
    assert "Nothing answers at the sidecar" in said_of(shop, f"http://127.0.0.1:{free_port()}")


def test_the_test_names_a_host_nobody_knows(shop: Shop) -> None:
    with answering_instead(shop, "cURL error 6: Could not resolve host: nowhere.invalid"):
        assert "host name is not known" in said_of(shop, "https://nowhere.invalid")


def test_the_test_names_a_certificate(shop: Shop) -> None:
    with server(lambda _: (200, "text/plain", b"")) as url:  # speaks no TLS at all
        assert "certificate is not accepted" in said_of(shop, url.replace("http:", "https:"))


def test_the_test_names_a_page_of_a_firewall(shop: Shop) -> None:
    with server(lambda _: (403, "text/html", b"<h1>Are you human?</h1>")) as url:
        assert "A web page answered instead" in said_of(shop, url)
    with server(lambda _: (200, "text/html", b"<h1>Log in</h1>")) as url:
        assert "A web page answered instead" in said_of(shop, url)


def test_the_test_names_clocks_that_differ_with_both_times(shop: Shop) -> None:
    problem = {
        "type": "urn:causeway:problem:timestamp-skew",
        "detail": "The message was signed at 2026-01-01T10:00:00, it is 2026-01-01T11:00:00 here.",
        "remedy": "Set the clock.",
    }
    with server(lambda _: (401, "application/problem+json", json.dumps(problem).encode())) as url:
        said = said_of(shop, url)
    assert "more than five minutes apart" in said
    assert "2026-01-01T11:00:00" in said
    assert re.search(r"This server’s clock: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", said)


def test_the_test_names_a_wrong_secret_and_an_unknown_store(shop: Shop, beside: Sidecar) -> None:
    known = pairing.decode(beside.code)
    assert "does not accept this shop’s signature" in said_of(shop, known.url, secret=OTHER_SECRET)
    said = said_of(shop, known.url, store="nobody", secret=known.secret)
    assert "does not know this store" in said


def test_the_test_names_an_older_sidecar(shop: Shop) -> None:
    problem = {"type": "urn:causeway:problem:not-found", "detail": "There is nothing here."}
    with server(lambda _: (404, "application/problem+json", json.dumps(problem).encode())) as url:
        assert "older one’s" in said_of(shop, url)


def test_the_test_gives_up_after_a_few_seconds(shop: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = said_of(shop, f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert "did not answer in time" in said


def test_a_hostile_answer_is_escaped(shop: Shop) -> None:
    problem = {"type": "urn:causeway:problem:invalid", "detail": "<script>alert(1)</script>"}
    with server(lambda _: (422, "application/problem+json", json.dumps(problem).encode())) as url:
        pair(shop, url)
        answer = shop.rest("POST", "/causeway/v1/admin/test")["html"]
    assert "<script>" not in answer
    assert "&lt;script&gt;" in answer


def said_of(shop: Shop, url: str, *, store: str = "shop", secret: str = OTHER_SECRET) -> str:
    """What the test says about a pairing that is wrong."""
    pair(shop, url, store=store, secret=secret)
    found = shop.rest("POST", "/causeway/v1/admin/test")
    assert not found["ok"]
    return text(found["html"])


@contextmanager
def answering_instead(shop: Shop, error: str) -> Iterator[None]:
    """The test shop lets nothing out, not even a question to DNS: WordPress's own words for it."""
    plugin = shop.place.www / "wp-content" / "mu-plugins" / "instead.php"
    plugin.write_text(
        "<?php add_filter( 'pre_http_request', function () {"
        f"return new WP_Error( 'http_request_failed', '{error}' ); }}, 2000 );"
    )
    plugin.chmod(0o644)
    try:
        yield
    finally:
        plugin.unlink()


@contextmanager
def server(answer: Callable[[str], tuple[int, str, bytes]]) -> Iterator[str]:
    """Somebody else's server: path → status, content type, body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answer(self.path)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()
