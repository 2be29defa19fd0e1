"""What a checkout costs: without the plugin, with it, and with WooCommerce's own webhooks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.measures import shop_modes
from bench.measures.shop_modes import MODES, WEBHOOKS, WITH, WITHOUT
from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from tests.acceptance.counterpart import Counterpart, Said
from tests.shop.guest import StoreApiGuest
from tests.shop.shop import Shop

ROUNDS, WARM_UP = 80, 4
SLOW_CHECKOUTS, SLOW_SECONDS = 8, 1.5
QUIET_SECONDS = 0.05
LONGEST_SECONDS = 20.0
CHECKOUT_PATH = "/wc/store/v1/checkout"


@dataclass
class Sample:
    """By mode: milliseconds of each checkout, in rounds; and the orders made."""

    times: dict[str, list[float]] = field(default_factory=lambda: {mode: [] for mode in MODES})
    orders: dict[str, list[int]] = field(default_factory=lambda: {mode: [] for mode in MODES})

    def median(self, mode: str) -> float:
        return percentile(self.times[mode], 0.5)

    def paired(self, mode: str, other: str) -> float:
        """The median of the differences within a round, which drift touches least."""
        pairs = zip(self.times[mode], self.times[other], strict=True)
        return percentile([one - two for one, two in pairs], 0.5)


def measure(shop: Shop, counterpart: Counterpart) -> list[Row]:
    """Checkouts in rounds of all modes, their order turning."""
    shop_modes.prepare(shop, f"{counterpart.url}/webhook")
    sample = Sample()
    for number in range(-WARM_UP, ROUNDS):
        turn = number % len(MODES)
        for mode in (*MODES[turn:], *MODES[:turn]):
            taken, order = _checkout(shop, mode)
            if number >= 0:
                sample.times[mode].append(taken)
                sample.orders[mode].append(order)
            if mode == WITH:
                _sent(counterpart, order)
            time.sleep(QUIET_SECONDS)
    failure = _not_what_it_says(shop, sample)
    early = sum(1 for call in shop.outgoing()
                if CHECKOUT_PATH in call["request"] and not call["in_shutdown"])  # fmt: skip
    return [*_rows(sample, failure), *_server(shop), _early(early), _slow(shop, counterpart)]


def _checkout(shop: Shop, mode: str) -> tuple[float, int]:
    """Milliseconds from the click to the answer, and the order."""
    guest = StoreApiGuest(shop.url)
    guest.add(shop.product("MUG-01")["id"], 1)
    guest.http.headers[shop_modes.HEADER] = mode
    began = time.perf_counter()
    answer = guest.checkout()
    taken = (time.perf_counter() - began) * 1000
    guest.http.close()
    return taken, int(answer["order_id"])


def _sent(counterpart: Counterpart, order: int) -> None:
    """Wait for what the plugin does after the response: it is not the next one's price."""
    end = time.monotonic() + LONGEST_SECONDS
    while not counterpart.of("order", order):
        if time.monotonic() > end:
            raise RuntimeError(f"order {order} was not sent within {LONGEST_SECONDS:.0f} s")
        time.sleep(0.02)


def _not_what_it_says(shop: Shop, sample: Sample) -> str:
    """A mode that did not do its work would look fast."""
    captured = shop_modes.captured(shop)
    if not captured.issuperset(sample.orders[WITH]):
        return "the plugin did not mark every order of its own"
    if captured.intersection(sample.orders[WITHOUT], sample.orders[WEBHOOKS]):
        return "the plugin was there where it was to be away"
    if shop_modes.webhook_calls(shop) < len(sample.orders[WEBHOOKS]):
        return "WooCommerce planned fewer webhook deliveries than there were orders"
    return ""


def _rows(sample: Sample, failure: str) -> list[Row]:
    bare, own = sample.median(WITHOUT), sample.median(WITH)
    hooks = sample.median(WEBHOOKS)
    limit = (Limit("a whole checkout without the plugin, p50", bare),)
    spread = percentile(sample.times[WITHOUT], 0.75) - percentile(sample.times[WITHOUT], 0.25)
    note = (f"{ROUNDS} rounds; p50 without {bare:.1f}, with {own:.1f}, webhooks {hooks:.1f} ms; "
            f"half of those without lie within {spread:.1f} ms")  # fmt: skip
    pairs = f"median of the differences within a round {sample.paired(WITH, WITHOUT):+.2f} ms"
    beside = f"median of the differences within a round {sample.paired(WEBHOOKS, WITHOUT):+.2f} ms"
    return [
        Row("shop-checkout", own - bare, "ms", limit, Bar("<=", 2), f"{note}; {pairs}", failure),
        Row("shop-checkout-share", (own / bare - 1) * 100, "%", (), Bar("<=", 1), "", failure),
        Row("shop-webhooks", hooks - bare, "ms", limit, None, beside, failure),
        Row("shop-against-webhooks", own - hooks, "ms", (), Bar("<=", 0), "", failure),
    ]


def _early(count: int) -> Row:
    return Row("shop-early-calls", count, "calls", (), Bar("<=", 0),
               "outgoing HTTP of a checkout before WordPress shuts down")  # fmt: skip


def _server(shop: Shop) -> list[Row]:
    """What the shop itself counted, which other users of the machine disturb less."""
    lines = shop_modes.noted(shop)[WARM_UP * len(MODES) :]
    found: dict[tuple[str, str], float] = {}
    for mode in MODES:
        for what in ("cpu", "queries"):
            taken = [float(line[what]) for line in lines if line["mode"] == mode]
            found[mode, what] = percentile(taken, 0.5)
    return [
        Row(f"shop-checkout-{what}", found[WITH, what] - found[WITHOUT, what], unit,
            (Limit("a whole checkout without the plugin, p50", found[WITHOUT, what]),), None,
            f"webhooks {found[WEBHOOKS, what] - found[WITHOUT, what]:+.1f} {unit}")
        for what, unit in (("cpu", "ms"), ("queries", "queries"))
    ]  # fmt: skip


def _slow(shop: Shop, counterpart: Counterpart) -> Row:
    """A sidecar that takes its time: whoever is charged for it would be seen here."""
    more = []
    for _ in range(SLOW_CHECKOUTS):
        usual, order = _checkout(shop, WITH)
        _sent(counterpart, order)
        with _slowly(counterpart):
            slow, order = _checkout(shop, WITH)
            _sent(counterpart, order)
        more.append(slow - usual)
    note = (f"the sidecar takes {SLOW_SECONDS} s to answer; median difference of "
            f"{SLOW_CHECKOUTS} pairs of checkouts")  # fmt: skip
    bar = Bar("<=", SLOW_SECONDS * 100)
    return Row("shop-checkout-slow-sidecar", percentile(more, 0.5), "ms", (), bar, note)


@contextmanager
def _slowly(counterpart: Counterpart) -> Iterator[None]:
    def wait(path: str, body: bytes) -> Said | None:
        time.sleep(SLOW_SECONDS)
        return None

    counterpart.before = wait
    try:
        yield
    finally:
        counterpart.before = None
