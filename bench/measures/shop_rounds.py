"""Checkouts at one shop, in rounds: each does one of each kind, in an order left to chance."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from bench.measures import shop_modes
from bench.measures.shop_modes import CLOCKED, WEBHOOKS, WITH, WITHOUT
from bench.paired import Difference, difference
from tests.acceptance.counterpart import Counterpart
from tests.shop.guest import StoreApiGuest
from tests.shop.shop import Shop

WARM_UP = 4
LEAST, MOST, EACH = 60, 900, 20
"""Rounds; how sure the difference is, is looked at after each twenty."""
SURE_MS = 1.0
LONGEST_SECONDS = 600.0
AGAIN = "again"
"""A second checkout without the plugin: what differs between the two is chance."""
BESIDE = 3
"""Webhooks, the clocked and the second checkout without are in each third round."""
QUIET_SECONDS = 0.05
SENT_SECONDS = 20.0


@dataclass
class Rounds:
    """By round, then by kind: milliseconds of each checkout, and the orders made."""

    times: list[dict[str, float]] = field(default_factory=list)
    orders: list[dict[str, int]] = field(default_factory=list)

    def of(self, kind: str) -> list[float]:
        return [taken[kind] for taken in self.times if kind in taken]

    def made(self, *kinds: str) -> set[int]:
        return {order[kind] for order in self.orders for kind in kinds if kind in order}

    def difference(self, kind: str, other: str = WITHOUT) -> Difference:
        """Of the rounds that have both."""
        both = [taken for taken in self.times if kind in taken and other in taken]
        return difference([taken[kind] for taken in both], [taken[other] for taken in both])


def run(shop: Shop, counterpart: Counterpart | None) -> Rounds:
    """Rounds until the difference is sure to a millisecond, or time is up.

    `counterpart` is waited for where the plugin sends right after the response; None where it
    does not.
    """
    chance = random.Random(1)
    rounds = Rounds()
    end = time.monotonic() + LONGEST_SECONDS
    for number in range(-WARM_UP, MOST):
        kinds = [WITHOUT, WITH] if number % BESIDE else [WITHOUT, WITH, WEBHOOKS, CLOCKED, AGAIN]
        chance.shuffle(kinds)
        taken, orders = {}, {}
        for kind in kinds:
            taken[kind], orders[kind] = checkout(shop, WITHOUT if kind == AGAIN else kind)
            if kind in (WITH, CLOCKED) and counterpart is not None:
                sent(counterpart, orders[kind])
            time.sleep(QUIET_SECONDS)
        if number >= 0:
            rounds.times.append(taken)
            rounds.orders.append(orders)
        if number + 1 >= LEAST and (number + 1) % EACH == 0 and (
            time.monotonic() > end or rounds.difference(WITH).margin <= SURE_MS
        ):  # fmt: skip
            break
    return rounds


def checkout(shop: Shop, mode: str) -> tuple[float, int]:
    """Milliseconds from the click to the answer, and the order."""
    guest = StoreApiGuest(shop.url)
    guest.add(shop.product("MUG-01")["id"], 1)
    guest.http.headers[shop_modes.HEADER] = mode
    began = time.perf_counter()
    answer = guest.checkout()
    taken = (time.perf_counter() - began) * 1000
    guest.http.close()
    return taken, int(answer["order_id"])


def sent(counterpart: Counterpart, order: int) -> None:
    """Wait for what the plugin does after the response: it is not the next one's price."""
    end = time.monotonic() + SENT_SECONDS
    while not counterpart.of("order", order):
        if time.monotonic() > end:
            raise RuntimeError(f"order {order} was not sent within {SENT_SECONDS:.0f} s")
        time.sleep(0.02)
