"""Whether a long queue is felt: pages of shop and admin with 10,000 rows waiting, and with none."""

from __future__ import annotations

import time

import requests

from bench.paired import difference
from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from tests.shop.shop import Shop

ROUNDS, WARM_UP = 30, 2
WAITING = 10_000
FIRST = 900_000_000
PAGES = {
    "front page": "/",
    "product": "/?p={product}",
    "orders": "/wp-admin/admin.php?page=wc-orders",
    "dashboard": "/wp-admin/index.php",
}
_FILL = (
    "INSERT INTO wp_causeway_outbox (entity, entity_id, seq, available_at, marked_at, updated_at)"
    f" SELECT 'order', {FIRST} + seq, 1, 1, UNIX_TIMESTAMP(), UNIX_TIMESTAMP()"
    f" FROM seq_1_to_{WAITING}"
)
_EMPTY = f"DELETE FROM wp_causeway_outbox WHERE entity_id > {FIRST}"


def measure(shop: Shop) -> list[Row]:
    """Each page by turns with and without the rows; the one that suffers most has the bar."""
    shop.admin.page("/wp-admin/index.php")  # logs in
    times: dict[tuple[str, bool], list[float]] = {}
    for number in range(-WARM_UP, ROUNDS):
        for full in (False, True) if number % 2 else (True, False):
            _set(shop, full)
            for name, path in PAGES.items():
                taken = _page(shop, path)
                if number >= 0:
                    times.setdefault((name, full), []).append(taken)
    _set(shop, full=False)
    rows = [_row(name, times[name, False], times[name, True]) for name in PAGES]
    worst = max(rows, key=lambda row: row.value or 0.0)
    return [*rows, Row("shop-pages-worst", worst.value, "%", worst.limits, Bar("<=", 5),
                       f"{worst.name}, the noise of the machine included")]  # fmt: skip


def _set(shop: Shop, full: bool) -> None:
    shop.sql(_EMPTY)
    if full:
        made = shop.sql(_FILL)
        if made != WAITING:
            raise RuntimeError(f"{made} rows instead of {WAITING}")


def _page(shop: Shop, path: str) -> float:
    """Milliseconds."""
    url = shop.url + path.format(product=shop.product("POT-02")["id"])
    http = shop.admin.http if "/wp-admin/" in path else requests
    began = time.perf_counter()
    answer = http.get(url, timeout=60)
    taken = (time.perf_counter() - began) * 1000
    if not answer.ok or "wp-login.php?redirect" in answer.url:
        raise RuntimeError(f"{path} was answered with {answer.status_code}")
    return taken


def _row(name: str, empty: list[float], full: list[float]) -> Row:
    before, found = percentile(empty, 0.5), difference(full, empty)
    note = f"{found.text('ms')}; p50 {before:.1f} ms with nothing waiting"
    limit = Limit("half of the interval that is 95 % sure", found.margin / before * 100)
    more = found.median / before * 100
    return Row(f"shop-page-{name.replace(' ', '-')}", more, "%", (limit,), None, note)
