"""From a customer's click to booked in the sandbox ERP, sent right after the response."""

from __future__ import annotations

import time
from datetime import datetime

from bench.rows import Bar, Row
from bench.stats import percentile
from causeway.demo.shop import Shop as SignedShop
from causeway.wire import pairing
from tests.shop.shop import Shop
from tests.shop.sidecar import Sidecar

ORDERS, WARM_UP = 40, 2
LONGEST_SECONDS = 70.0
POLL_SECONDS = 0.1


def measure(shop: Shop, sidecar: Sidecar) -> list[Row]:
    """One order after the other; the sidecar, the ERP and the shop share the machine."""
    signed = SignedShop(pairing.decode(sidecar.code))
    times = [booked_after(shop, signed) for _ in range(WARM_UP + ORDERS)][WARM_UP:]
    note = (f"{len(times)} orders, from the click of the checkout, p50 "
            f"{percentile(times, 0.5):.2f}, longest {max(times):.2f} s")  # fmt: skip
    return [Row("shop-booked-p95", percentile(times, 0.95), "s", (), Bar("<=", 3), note)]


def booked_after(shop: Shop, signed: SignedShop, longest: float = LONGEST_SECONDS) -> float:
    """Seconds; both times are of this machine's clock."""
    began = time.time()
    order = shop.checkout_store_api([("MUG-01", 1)])
    end = time.monotonic() + longest
    while time.monotonic() < end:
        answer = signed.get(f"/v1/orders/{order}")
        if answer.status_code == 200:
            at = {m["name"]: datetime.fromisoformat(m["at"]) for m in answer.json()["milestones"]}
            if "booked" in at:
                return at["booked"].timestamp() - began
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"order {order} was not booked within {longest:.0f} s")
