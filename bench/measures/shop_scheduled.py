"""From a customer's click to booked in the sandbox ERP where nothing is sent after the response.

The shop's server cannot end a response early, so the scheduler alone sends: once a minute somebody
calls wp-cron.php, as a system's cron does for a shop, and Action Scheduler does what is due.
"""

from __future__ import annotations

import random
import threading
import time

import requests

from bench.measures.shop_booked import booked_after
from bench.rows import Bar, Row
from bench.stats import percentile
from causeway.demo.shop import Shop as SignedShop
from causeway.wire import pairing
from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar

MINUTE = 60.0
MINUTES = 3
ORDERS = 24
LONGEST_SECONDS = 200.0
CRON_SECONDS = 120


def measure(shop: Shop, sidecar: Sidecar) -> list[Row]:
    """Orders at times left to chance, spread evenly over some minutes of cron."""
    signed = SignedShop(pairing.decode(sidecar.code))
    shop.value(f"{SERVICES}->scheduler()->ensure(); return true;")
    _cron(shop)  # the first run has a new shop's other work to do
    times: list[float] = []
    failures: list[str] = []
    over = threading.Event()
    clock = threading.Thread(target=_each_minute, args=(shop, over), daemon=True)
    clock.start()
    buyers = [threading.Thread(target=_buy, args=(shop, signed, after, times, failures))
              for after in _moments()]  # fmt: skip
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    over.set()
    clock.join()
    taken = times or [0.0]
    note = (f"{len(times)} orders over {MINUTES} minutes, wp-cron.php called each minute; p50 "
            f"{percentile(taken, 0.5):.1f}, longest {max(taken):.1f} s")  # fmt: skip
    return [Row("shop-scheduled-p95", percentile(taken, 0.95), "s", (), Bar("<=", 65), note,
                "; ".join(failures))]  # fmt: skip


def _moments() -> list[float]:
    """When each order comes, in seconds from now."""
    chance = random.Random(7)
    each = MINUTES * MINUTE / ORDERS
    return [(number + chance.random()) * each for number in range(ORDERS)]


def _buy(shop: Shop, signed: SignedShop, after: float, times: list[float],
         failures: list[str]) -> None:  # fmt: skip
    time.sleep(after)
    try:
        times.append(booked_after(shop, signed, LONGEST_SECONDS))
    except Exception as error:  # noqa: BLE001
        failures.append(f"{type(error).__name__}: {error}")


def _each_minute(shop: Shop, over: threading.Event) -> None:
    begin = time.monotonic()
    minute = 0
    while not over.wait(max(0.0, begin + minute * MINUTE - time.monotonic())):
        _cron(shop)
        minute += 1


def _cron(shop: Shop) -> None:
    requests.get(f"{shop.url}/wp-cron.php?doing_wp_cron", timeout=CRON_SECONDS).raise_for_status()
