"""Whether a long queue is felt: pages of shop and admin with 10,000 rows waiting, and with none."""

from __future__ import annotations

import time

import requests

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
    worst = max(row.value or 0.0 for row in rows)
    return [*rows, Row("shop-pages-worst", worst, "%", (), Bar("<=", 5),
                       "the noise of the machine is in it")]  # fmt: skip


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
    before, after = percentile(empty, 0.5), percentile(full, 0.5)
    pairs = [after - before for before, after in zip(empty, full, strict=True)]
    note = (f"median difference of {len(full)} pairs; p50 {before:.1f} ms with nothing waiting, "
            f"{after:.1f} ms with all")  # fmt: skip
    limit = Limit("differs by chance: half of the spread of the middle half", _noise(empty))
    more = percentile(pairs, 0.5) / before * 100
    return Row(f"shop-page-{name.replace(' ', '-')}", more, "%", (limit,), None, note)


def _noise(sample: list[float]) -> float:
    middle = percentile(sample, 0.75) - percentile(sample, 0.25)
    return middle / 2 / percentile(sample, 0.5) * 100
