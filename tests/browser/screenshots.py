"""Pictures of the operations pages as a browser shows them, to be looked at by a person.

    python -m tests.browser.screenshots FOLDER

Every page is taken as it is after a busy day: wide, on a narrow phone, and dark. Without Chromium
it says so and does nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from rq import Worker
from werkzeug.serving import WSGIRequestHandler, make_server

from causeway.queueing import queues
from tests.ops_tools import Sidecar, a_busy_day, a_full_shelf, log_in, redis_server, sidecar

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SHOT_SECONDS = 60
DARK = "--blink-settings=preferredColorScheme=0"
PHONE = 360


@dataclass(frozen=True)
class Shot:
    """One picture: of which page, how large in CSS pixels, in the dark or not."""

    name: str
    path: str
    height: int
    width: int = 1280
    dark: bool = False


def shots() -> Iterator[Shot]:
    tall = {
        "overview": ("/ops/", 1500),
        "orders": ("/ops/orders", 950),
        "order": ("/ops/orders/berlin/55", 1250),
        "order-refused": ("/ops/orders/berlin/71", 1350),
        "order-refund": ("/ops/orders/berlin/62", 1250),
        "deliveries": ("/ops/deliveries", 1100),
        "cases": ("/ops/cases", 1500),
        "resolved": ("/ops/cases?state=resolved", 500),
        "stock": ("/ops/stock/?store=berlin&sku=MUG-01", 1500),
        "prices": ("/ops/prices/?store=berlin&sku=MUG-01", 1300),
        "connections": ("/ops/connections", 800),
        "stores": ("/ops/stores", 700),
        "order-unknown": ("/ops/orders/berlin/9001", 500),
        "nothing-found": ("/ops/orders?number=nothing", 500),
        "not-found": ("/ops/nowhere", 500),
        "queues": ("/ops/queues/", 600),
        "queue-jobs": ("/ops/queues/0/view/jobs/orders/failed/8/asc/1", 800),
        "queue-workers": ("/ops/queues/0/view/workers", 500),
    }
    for name, (path, height) in tall.items():
        yield Shot(name, path, height)
        yield Shot(f"{name}-phone", path, height * 2, width=PHONE)
    for name in ("overview", "order-refused", "orders", "stock", "prices", "queues"):
        yield Shot(f"{name}-dark", tall[name][0], tall[name][1], dark=True)


def browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def take(browser_path: str, address: str, shot: Shot, folder: Path) -> Path:
    """Have the browser take one picture. Raises CalledProcessError when it does not."""
    target = folder / f"{shot.name}.png"
    page = address + shot.path
    if shot.width < 500:  # a window cannot be narrower: the page is then shown in a frame
        page = f"{address}/frame?width={shot.width}&height={shot.height}&path={quote(shot.path)}"
    options = [
        *([DARK] if shot.dark else []),
        f"--window-size={max(shot.width, 500)},{shot.height}",
        f"--screenshot={target}",
    ]
    run(browser_path, page, *options)
    return target


def run(browser_path: str, page: str, *options: str) -> str:
    """Load a page, let its scripts run for three seconds, and give what the browser prints."""
    quiet = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
        "--disable-background-networking --disable-component-update --hide-scrollbars "
        "--virtual-time-budget=3000"
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [browser_path, *quiet.split(), f"--user-data-dir={profile}", *options, page],
            check=True,
            capture_output=True,
            text=True,
            timeout=SHOT_SECONDS,
        )
    return done.stdout


def cookie_of(shop: Sidecar) -> str:
    """The cookie of somebody who has just logged in."""
    client = shop.app.test_client()
    log_in(client)
    found = client.get_cookie("causeway_ops", path="/ops")
    assert found is not None
    return f"causeway_ops={found.value}"


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: Any = "-", size: Any = "-") -> None: ...


@contextmanager
def serving(shop: Sidecar, cookie: str) -> Iterator[str]:
    """The app on a free port of this machine, for a browser that is logged in with `cookie`."""
    app = _as_logged_in(shop.app, cookie)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def _as_logged_in(app: Any, cookie: str) -> Callable[..., Iterable[bytes]]:
    """Adds the cookie, and shows pages in a frame, which they themselves forbid."""

    def wrapped(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ["HTTP_COOKIE"] = cookie
        if environ["PATH_INFO"] == "/frame":
            start("200 OK", [("Content-Type", "text/html")])
            return [_frame(environ["QUERY_STRING"])]

        def unframed(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(k, v.replace("frame-ancestors 'none'; ", "")) for k, v in headers]
            return start(status, [h for h in kept if h[0] != "X-Frame-Options"], *rest)

        found: Iterable[bytes] = app(environ, unframed)
        return found

    return wrapped


def _frame(query: str) -> bytes:
    given = {key: values[0] for key, values in parse_qs(query).items()}
    frame = '<iframe src="{path}" width="{width}" height="{height}" style="border:0">'
    return ('<body style="margin:0;background:#888">' + frame.format(**given)).encode()


def a_busy_queue(shop: Sidecar, redis: Any) -> None:
    """A job that waits, one that failed, and a worker."""
    queue = queues.queue(redis, queues.ORDERS)
    queue.enqueue_call("builtins.float", ("no number",), description="A job that fails")
    worker = Worker([queue], connection=redis, serializer="json")
    worker.work(burst=True, logging_level="ERROR")
    queue.enqueue_call("causeway.queueing.jobs.drain", description="All events and deliveries due")
    idle: Any = Worker([queue], connection=redis, serializer="json")
    idle.register_birth()


def main(folder: Path) -> int:
    found = browser()
    if found is None:
        print(f"No pictures: none of {', '.join(BROWSERS)} is installed.")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        redis_server(Path(place)) as redis,
        sidecar(Path(place), redis) as shop,
    ):
        with serving(shop, "") as address:
            take(found, address, Shot("login", "/ops/login", 600), folder)
            take(found, address, Shot("login-phone", "/ops/login", 700, PHONE), folder)
        with serving(shop, cookie_of(shop)) as address:
            take(found, address, Shot("overview-quiet", "/ops/", 900), folder)
            take(found, address, Shot("deliveries-none", "/ops/deliveries", 500), folder)
            take(found, address, Shot("orders-none", "/ops/orders", 500), folder)
            a_busy_day(shop)
            a_full_shelf(shop)
            a_busy_queue(shop, redis)
            for shot in shots():
                print(take(found, address, shot, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")))
