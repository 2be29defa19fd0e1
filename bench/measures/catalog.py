"""Stock for 200,000 SKUs through the whole sidecar: taken, worked out, read, asked for.

Each part can be measured alone: it then fills a sidecar of its own first.
"""

from __future__ import annotations

import gzip
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import orjson

from bench import bare, load, sidecar
from bench.load import Plan
from bench.office import DURABLE
from bench.place import folder
from bench.processes import family
from bench.rows import Bar, Limit, Row
from bench.sidecar import Sidecar
from bench.stats import percentile
from causeway.ledger.stores import new_secret
from causeway.queueing.worker import BULK_NICENESS
from causeway.wire import signature
from tests import postgres_server

SKUS = int(os.environ.get("BENCH_SKUS", "200000"))
PAGE = 5000
CONNECTIONS, ORDERS, WARM, ROUNDS = 4, 1500, 100, 3
POLLS, CARTS, CHANGES = 300, 500, 15
LONGEST_SECONDS = 200.0


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


@dataclass
class Place:
    """A running sidecar, its shop, and a second connection, `till`, that pushes its stock."""

    running: Sidecar
    shop: Line
    source: Line
    spent: Path
    """Where the web process writes the status of each answer and the microseconds it took."""
    taken: float = 0.0
    worked: float = 0.0

    def fill(self) -> None:
        """Every SKU for the first time: seconds until it was taken, and until the feed has it."""
        self.taken = _timed(lambda: _snapshot(self.source, 1))
        print(f"  {SKUS} levels taken in {self.taken:.1f} s", file=sys.stderr, flush=True)
        self.worked = _timed(lambda: _until(lambda: _rows(self.shop) >= SKUS))
        _until(lambda: _settled(self.shop))


@contextmanager
def _place(kind: str = "sqlite") -> Iterator[Place]:
    secret = new_secret()
    till = {
        "CAUSEWAY_CONNECTIONS__TILL__KIND": "sandbox_erp",
        "CAUSEWAY_CONNECTIONS__TILL__URL": "http://127.0.0.1:9",
        "CAUSEWAY_CONNECTIONS__TILL__ROLES": "erp",
        "CAUSEWAY_CONNECTIONS__TILL__TOKEN": "a-token-that-opens-nothing",
        "CAUSEWAY_CONNECTIONS__TILL__WEBHOOK_SECRET": secret,
        "CAUSEWAY_CONNECTIONS__TILL__POLL_SECONDS": "86400",
    }
    with ExitStack() as stack:
        spent = stack.enter_context(folder()) / "spent.log"
        form = "--access-logformat=%(s)s-%(D)s"
        till["GUNICORN_CMD_ARGS"] = f"--access-logfile={spent} {form}"
        if kind == "postgresql":
            server = stack.enter_context(postgres_server.running(DURABLE))
            till["CAUSEWAY_LEDGER__URL"] = server.url(server.new_database())
        running = stack.enter_context(sidecar.whole(**till))
        target = running.target
        shop = Line(target.port, target.secret, target.store)
        yield Place(running, shop, Line(target.port, secret), spent)


def measure(kind: str = "sqlite") -> list[Row]:
    """All parts but intake beside it in one sidecar, filled once."""
    parts = (_snapshot_rows, _read_rows, _poll_rows, _visible_rows, _cart_rows)
    with _place(kind) as place:
        place.fill()
        return [row for part in parts for row in _said(part(place))]


def _said(rows: list[Row]) -> list[Row]:
    """Each figure as soon as it is known: who ends a long run early has those before."""
    for row in rows:
        print(f"  {row.name}: {row.value:.2f} {row.unit}", file=sys.stderr, flush=True)
    return rows


def on_postgres() -> list[Row]:
    """The same with the ledger in PostgreSQL."""
    return [Row(f"{r.name}-postgresql", r.value, r.unit, r.limits, r.bar, r.note, r.failure)
            for r in measure("postgresql")]  # fmt: skip


def _alone(part: Callable[[Place], list[Row]]) -> Callable[[], list[Row]]:
    def measured() -> list[Row]:
        with _place() as place:
            place.fill()
            return _said(part(place))

    return measured


def beside() -> list[Row]:
    """Intake before there is any stock, and while a whole snapshot is taken and worked out."""
    with _place() as place:
        before = _rounds(place.running, lambda done: done >= ROUNDS)
        place.fill()
        return _beside_rows(place, before)


def _snapshot_rows(place: Place) -> list[Row]:
    rate, _ = bare.inserts(PAGE)
    limit = Limit(f"bare durable inserts of an order's size, {PAGE} rows a transaction",
                  SKUS / (rate * PAGE))  # fmt: skip
    note = f"{SKUS} rows pushed in pages of {PAGE}: taken after {place.taken:.1f} s, the last one"
    note += f" in the feed {place.worked:.1f} s later; the figure is both"
    whole = place.taken + place.worked
    return [Row("catalog-snapshot", whole, "s", (limit,), Bar("<=", 60), note)]


def _read_rows(place: Place) -> list[Row]:
    found: dict[str, Any] = {}
    seconds = _timed(lambda: found.update(_read_all(place.shop)))
    failure = "" if len(found) == SKUS else f"{len(found)} of {SKUS} rows were read"
    pages = _timed(lambda: _encode(found))
    limit = Limit("the same rows through orjson and gzip alone", pages)
    most = max(_peak(pid) for pid in _web(place.running))
    with bare.flask(bare.web_options(place.running.pid)) as (_, pid, _):
        floor = max(_peak(each) for each in family(pid))
    note = f"pages of {PAGE}, gzip, each answer's rows read and counted by the client"
    took_all = "peak of the web process since it began; it took the whole snapshot too"
    bare_web = (Limit("bare Flask under the same gunicorn options", floor),)
    return [
        Row("catalog-read", seconds, "s", (limit,), Bar("<=", 20), note, failure),
        Row("catalog-read-memory", most, "MB", bare_web, Bar("<=", 150), took_all),
    ]


def _encode(found: dict[str, Any]) -> int:
    rows = list(found.values())
    pages = (rows[start : start + PAGE] for start in range(0, len(rows), PAGE))
    return sum(len(gzip.compress(orjson.dumps(page), 5)) for page in pages)


def _poll_rows(place: Place) -> list[Row]:
    shop = place.shop
    last = _last(shop)
    path = f"/v1/catalog?after={last}&limit={PAGE}&applied={last}"  # as the plugin asks
    etag = shop.send("GET", path)[2]["ETag"]
    statuses: set[int] = set()
    times: list[float] = [
        _timed(lambda: statuses.add(shop.send("GET", path, **{"If-None-Match": etag})[0])) * 1000
        for _ in range(POLLS)
    ]
    with bare.flask(bare.web_options(place.running.pid)) as (target, _, _):
        line = Line(target.port, new_secret())
        line.send("GET", "/")
        floor = [_timed(lambda: line.send("GET", "/")) * 1000 for _ in range(POLLS)]
    failure = "" if statuses == {304} else f"answered {sorted(statuses)}"
    middle, bottom = percentile(times, 0.5), percentile(floor, 0.5)
    said = [line.split("-") for line in place.spent.read_text().split()]
    spent = [int(micros) / 1000 for status, micros in said if status == "304"][-POLLS:]
    if len(spent) != POLLS:
        raise RuntimeError(f"gunicorn noted {len(spent)} of {POLLS} polls; {failure}")
    limit = Limit("bare Flask as its client sees it, the same signature", bottom)
    note = f"median of {POLLS}, by gunicorn's own clock; {middle:.1f} ms as the client sees it, "
    note += f"{middle - bottom:.1f} above bare Flask"
    return [Row("catalog-poll", median(spent), "ms", (limit,), Bar("<=", 2), note, failure)]


def _visible_rows(place: Place) -> list[Row]:
    shop, source = place.shop, place.source
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
    limit = Limit("a process forked and ended, which RQ does for each job", _fork_seconds())
    return [Row("catalog-visible", max(times), "s", (limit,), Bar("<=", 1), note)]


def _fork_seconds() -> float:
    def fork() -> None:
        pid = os.fork()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)

    return median(_timed(fork) for _ in range(20))


def _cart_rows(place: Place) -> list[Row]:
    shop = place.shop
    cart = {"lines": [{"sku": _sku(n * 97), "quantity": "1"} for n in range(20)]}
    times = []
    for _ in range(CARTS):
        began = time.monotonic()
        status, body, _ = shop.send("POST", "/v1/availability", cart)
        times.append((time.monotonic() - began) * 1000)
        assert status == 200, body
    with bare.flask(bare.web_options(place.running.pid)) as (target, _, _):
        line = Line(target.port, new_secret())
        floor = [_timed(lambda: line.send("POST", "/", cart)) * 1000 for _ in range(CARTS)]
    limit = Limit("bare Flask, the same client and body", percentile(floor, 0.99))
    note = f"20 lines, {CARTS} carts one after the other, p50 {percentile(times, 0.5):.1f} ms"
    return [Row("availability-p99", percentile(times, 0.99), "ms", (limit,), Bar("<=", 30), note)]


def _beside_rows(place: Place, before: list[float]) -> list[Row]:
    """A whole snapshot of new figures is pushed, and worked out, while orders come in."""
    pushing = threading.Thread(target=_snapshot, args=(place.source, 2))
    pushing.start()
    during = _rounds(
        place.running,
        lambda done: done >= ROUNDS and not pushing.is_alive() and _rows(place.shop, 2) >= 2 * SKUS,
    )
    pushing.join()
    with _busy_core():
        hogged = _rounds(place.running, lambda done: done >= ROUNDS)
    limits = (
        Limit("the same load before, without a snapshot", median(before)),
        Limit(
            "the same load beside a process of the workers' priority that only counts",
            median(hogged),
        ),
    )
    note = f"p99 of {ORDERS} orders over {CONNECTIONS} connections, all workers on them; median of"
    note += f" {len(during)} rounds from the first page until the last row was in the feed, "
    note += f"worst {max(during):.0f} ms; before {_listed(before)}"
    bar = Bar("<=", median(before) * 1.25)
    return [Row("intake-p99-beside-snapshot", median(during), "ms", limits, bar, note)]


def _listed(times: list[float]) -> str:
    return ", ".join(f"{each:.0f}" for each in times)


@contextmanager
def _busy_core() -> Iterator[None]:
    count = f"import os; os.nice({BULK_NICENESS})\nwhile True: pass"
    child = subprocess.Popen([sys.executable, "-c", count])
    try:
        yield
    finally:
        child.kill()
        child.wait()


def _rounds(running: Sidecar, enough: Callable[[int], bool]) -> list[float]:
    """The p99 of each round of orders."""
    found: list[float] = []
    end = time.monotonic() + LONGEST_SECONDS
    while not enough(len(found)) and time.monotonic() < end:
        found.append(load.run(Plan(running.target, CONNECTIONS, ORDERS, WARM)).p99)
        print(f"  p99 {found[-1]:.0f} ms", file=sys.stderr, flush=True)
    return found


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


def _rows(shop: Line, times: int = 1) -> int:
    """The number of the last row, once each SKU was given one so many times; 0 before."""
    return _last(shop, max(times * SKUS - 1, 0))


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
        time.sleep(0.2)


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


PARTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "catalog-snapshot": ("a snapshot until all of it stands in the feed", _alone(_snapshot_rows)),
    "catalog-read": ("the whole feed read by a client, and memory", _alone(_read_rows)),
    "catalog-poll": ("a poll with nothing new", _alone(_poll_rows)),
    "catalog-visible": ("from a source's push to the feed", _alone(_visible_rows)),
    "availability": ("a cart of 20 lines from the ledger", _alone(_cart_rows)),
    "catalog-beside": ("intake while a snapshot is taken", beside),
    "catalog-postgresql": ("all of these with the ledger in PostgreSQL", on_postgres),
}
