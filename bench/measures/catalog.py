"""Stock for 200,000 SKUs through the whole sidecar: taken, worked out, read, asked for."""

from __future__ import annotations

import gzip
import http.client
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from bench import bare, load, sidecar
from bench.load import Plan
from bench.processes import family
from bench.rows import Bar, Limit, Row
from bench.sidecar import Sidecar
from bench.stats import percentile
from causeway.ledger.stores import new_secret
from causeway.wire import signature

SKUS = int(os.environ.get("BENCH_SKUS", "200000"))
PAGE = 5000
CONNECTIONS, ORDERS, WARM = 4, 1500, 100
POLLS, CARTS, CHANGES = 300, 500, 15
LONGEST_SECONDS = 600.0


@dataclass
class Line:
    """A kept connection that signs for the store, or for the till where `store` is empty."""

    port: int
    secret: str
    store: str = ""
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(self, method: str, path: str, body: Any = None, **more: str) -> tuple[int, bytes, Any]:
        """A server may close a line that was quiet for long: then once more on a fresh one."""
        try:
            return self._send(method, path, body, more)
        except (ConnectionError, http.client.HTTPException):
            self.line.close()
            return self._send(method, path, body, more)

    def _send(
        self, method: str, path: str, body: Any, more: dict[str, str]
    ) -> tuple[int, bytes, Any]:
        raw = orjson.dumps(body) if body is not None else b""
        signed = raw or f"{method} {path}".encode()
        headers = signature.headers([self.secret], uuid4().hex, datetime.now(UTC), signed)
        if self.store:
            headers[signature.STORE_HEADER] = self.store
        if raw:
            headers["Content-Type"] = "application/json"
        self.line.request(method, path, raw or None, {**headers, **more})
        answer = self.line.getresponse()
        return answer.status, answer.read(), answer.headers


def measure() -> list[Row]:
    """One sidecar with a second connection, `till`, that pushes its stock."""
    secret = new_secret()
    till = {
        "CAUSEWAY_CONNECTIONS__TILL__KIND": "sandbox_erp",
        "CAUSEWAY_CONNECTIONS__TILL__URL": "http://127.0.0.1:9",
        "CAUSEWAY_CONNECTIONS__TILL__ROLES": "erp",
        "CAUSEWAY_CONNECTIONS__TILL__TOKEN": "a-token-that-opens-nothing",
        "CAUSEWAY_CONNECTIONS__TILL__WEBHOOK_SECRET": secret,
        "CAUSEWAY_CONNECTIONS__TILL__POLL_SECONDS": "86400",
    }
    with sidecar.whole(**till) as running:
        target = running.target
        shop = Line(target.port, target.secret, target.store)
        source = Line(target.port, secret)
        before = _intake(running)
        taken = _timed(lambda: _snapshot(source, 1))
        worked = _timed(lambda: _until(lambda: _rows(shop) >= SKUS))
        _until(lambda: _settled(shop))
        return [
            *_snapshot_rows(taken, worked),
            *_read_rows(shop, running),
            *_poll_rows(shop, running),
            *_visible_rows(shop, source),
            *_cart_rows(shop),
            *_beside_rows(running, source, before),
        ]


def _snapshot_rows(taken: float, worked: float) -> list[Row]:
    rate, _ = bare.inserts(PAGE)
    limit = Limit(f"bare durable inserts of an order's size, {PAGE} rows a transaction",
                  SKUS / (rate * PAGE))  # fmt: skip
    note = f"{SKUS} rows pushed in pages of {PAGE}; in the feed {worked:.1f} s after the last"
    return [Row("catalog-snapshot", taken, "s", (limit,), Bar("<=", 60), note)]


def _read_rows(shop: Line, running: Sidecar) -> list[Row]:
    found: dict[str, Any] = {}
    seconds = _timed(lambda: found.update(_read_all(shop)))
    failure = "" if len(found) == SKUS else f"{len(found)} of {SKUS} rows were read"
    pages = _timed(lambda: [_encode(found) for _ in range(1)])
    limit = Limit("the same rows through orjson and gzip alone", pages)
    most = max(_peak(pid) for pid in _web(running))
    note = f"pages of {PAGE}, gzip, each answer's rows read and counted by the client"
    return [
        Row("catalog-read", seconds, "s", (limit,), Bar("<=", 20), note, failure),
        Row("catalog-read-memory", most, "MB", (), Bar("<=", 150), "peak of the web worker so far"),
    ]


def _encode(found: dict[str, Any]) -> int:
    rows = list(found.values())
    pages = (rows[start : start + PAGE] for start in range(0, len(rows), PAGE))
    return sum(len(gzip.compress(orjson.dumps(page), 5)) for page in pages)


def _poll_rows(shop: Line, running: Sidecar) -> list[Row]:
    path = f"/v1/catalog?after={_last(shop)}"
    etag = shop.send("GET", path)[2]["ETag"]
    statuses: set[int] = set()
    times: list[float] = [
        _timed(lambda: statuses.add(shop.send("GET", path, **{"If-None-Match": etag})[0])) * 1000
        for _ in range(POLLS)
    ]
    with bare.flask(bare.web_options(running.pid)) as (target, _, _):
        line = Line(target.port, new_secret())
        line.send("GET", "/")
        floor = [_timed(lambda: line.send("GET", "/")) * 1000 for _ in range(POLLS)]
    failure = "" if statuses == {304} else f"answered {sorted(statuses)}"
    middle, bottom = percentile(times, 0.5), percentile(floor, 0.5)
    limit = Limit("bare Flask, the same client and signature", bottom)
    note = f"median of {POLLS} as the client sees it; {middle - bottom:.1f} ms above bare Flask"
    return [Row("catalog-poll", middle, "ms", (limit,), Bar("<=", 2), note, failure)]


def _visible_rows(shop: Line, source: Line) -> list[Row]:
    times, after = [], _last(shop)
    for number in range(CHANGES):
        body = {"levels": [_level(number, 1000 + number)]}
        began = time.monotonic()
        assert source.send("POST", "/v1/connections/till/stock", body)[0] == 202
        while not (found := _last(shop, after)):
            if time.monotonic() - began > LONGEST_SECONDS:
                raise RuntimeError("a pushed change never came")
            time.sleep(0.005)
        after = found
        times.append(time.monotonic() - began)
    note = f"median {percentile(times, 0.5):.2f} s; the worst of {CHANGES} pushes counts"
    return [Row("catalog-visible", max(times), "s", (), Bar("<=", 1), note)]


def _cart_rows(shop: Line) -> list[Row]:
    cart = {"lines": [{"sku": _sku(n * 97), "quantity": "1"} for n in range(20)]}
    times = []
    for _ in range(CARTS):
        began = time.monotonic()
        status, body, _ = shop.send("POST", "/v1/availability", cart)
        times.append((time.monotonic() - began) * 1000)
        assert status == 200, body
    note = f"20 lines, {CARTS} carts one after the other, p50 {percentile(times, 0.5):.1f} ms"
    return [Row("availability-p99", percentile(times, 0.99), "ms", (), Bar("<=", 30), note)]


def _beside_rows(running: Sidecar, source: Line, before: float) -> list[Row]:
    pushing = threading.Thread(target=_snapshot, args=(source, 2))
    pushing.start()
    during = _intake(running)
    pushing.join()
    limit = Limit("the same load before, without a snapshot", before)
    note = f"{CONNECTIONS} connections, {ORDERS} orders, all workers on them"
    bar = Bar("<=", before * 1.25)
    return [Row("intake-p99-beside-snapshot", during, "ms", (limit,), bar, note)]


def _intake(running: Sidecar) -> float:
    return load.run(Plan(running.target, CONNECTIONS, ORDERS, WARM)).p99


def _snapshot(source: Line, offset: int) -> None:
    for start in range(0, SKUS, PAGE):
        body = {"levels": [_level(n, n % 50 + offset) for n in range(start, start + PAGE)]}
        status, answer, _ = source.send("POST", "/v1/connections/till/stock", body)
        if status != 202:
            raise RuntimeError(f"a page of the snapshot was answered {status}: {answer[:200]!r}")


def _level(number: int, on_hand: int) -> dict[str, str]:
    now = datetime.now(UTC).isoformat()
    return {"sku": _sku(number), "warehouse": "SHOP", "on_hand": str(on_hand), "as_of": now}


def _sku(number: int) -> str:
    return f"BENCH-{number:07}"


def _read_all(shop: Line) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cursor, more = "0", True
    while more:
        path = f"/v1/catalog?after={cursor}&limit={PAGE}"
        _, body, _ = shop.send("GET", path, **{"Accept-Encoding": "gzip"})
        page = orjson.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        found.update((r["sku"], r) for r in page["rows"] if r["sku"].startswith("BENCH-"))
        cursor, more = page["cursor"], page["more"]
    return found


def _rows(shop: Line) -> int:
    """The number of the last row; in the first run each SKU is given one."""
    return _last(shop, max(SKUS - 1, 0))


def _settled(shop: Line) -> bool:
    """Whether nothing was added for two seconds."""
    before = _last(shop, SKUS - 1)
    time.sleep(2)
    return _last(shop, SKUS - 1) == before


def _last(shop: Line, after: int = 0) -> int:
    """The number of the last row past `after`; 0 when there is none."""
    cursor, more, seen = after, True, 0
    while more:
        _, body, _ = shop.send("GET", f"/v1/catalog?after={cursor}&limit={PAGE}")
        page = orjson.loads(body)
        cursor, more = int(page["cursor"]), page["more"]
        seen = cursor if page["rows"] else seen
    return seen


def _until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError("the catalogue did not come to be")
        time.sleep(0.01)


def _timed(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _web(running: Sidecar) -> list[int]:
    """The processes of gunicorn; `causeway serve` becomes them."""
    found = []
    for pid in family(running.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        if b"gunicorn" in words or b" serve" in words:
            found.append(pid)
    return found


def _peak(pid: int) -> float:
    """The most it ever had resident, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
