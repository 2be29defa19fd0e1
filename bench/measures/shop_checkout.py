"""What a checkout costs: without the plugin, with it, and with WooCommerce's own webhooks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.measures import shop_modes, shop_rounds
from bench.measures.shop_modes import CLOCKED, WEBHOOKS, WITH, WITHOUT
from bench.measures.shop_rounds import AGAIN, Rounds
from bench.paired import Difference
from bench.rows import Bar, Limit, Row
from bench.stats import percentile
from tests.acceptance.counterpart import Counterpart, Said
from tests.shop.shop import Shop

BAR_MS, BAR_SHARE = 2.0, 1.0
SLOW_CHECKOUTS, SLOW_SECONDS = 6, 1.5
CHECKOUT_PATH = "/wc/store/v1/checkout"


def measure(shop: Shop, counterpart: Counterpart) -> list[Row]:
    """Behind nginx and php-fpm, where orders are sent right after the response."""
    shop_modes.prepare(shop, f"{counterpart.url}/webhook")
    rounds = shop_rounds.run(shop, counterpart)
    early = sum(1 for call in shop.outgoing()
                if CHECKOUT_PATH in call["request"] and not call["in_shutdown"])  # fmt: skip
    return [
        *_rows("shop-checkout", shop, rounds),
        *_inside("shop-checkout", shop, rounds),
        Row("shop-early-calls", early, "calls", (), Bar("<=", 0),
            "outgoing HTTP of a checkout before WordPress shuts down"),
        _slow(shop, counterpart),
    ]  # fmt: skip


def measure_plain(shop: Shop, counterpart: Counterpart) -> list[Row]:
    """On PHP's own server, which cannot end a response early: the worker sends."""
    shop_modes.prepare(shop, f"{counterpart.url}/webhook")
    rounds = shop_rounds.run(shop, None)
    name = "shop-checkout-php"
    return [*_rows(name, shop, rounds)[:2], *_inside(name, shop, rounds)]


def _rows(name: str, shop: Shop, rounds: Rounds) -> list[Row]:
    bare = percentile(rounds.of(WITHOUT), 0.5)
    own, hooks = rounds.difference(WITH), rounds.difference(WEBHOOKS)
    against = rounds.difference(WITH, WEBHOOKS)
    limits = (
        Limit("a whole checkout without the plugin, p50", bare),
        Limit("two checkouts without it differ by chance", abs(rounds.difference(AGAIN).median)),
        Limit("half of the interval that is 95 % sure", own.margin),
    )
    wrong = _not_what_it_says(shop, rounds)
    failure = wrong or _not_sure(own, BAR_MS)
    part = own.median / bare * 100
    share = (f"{own.low / bare * 100:+.2f} to {own.high / bare * 100:+.2f} % (95 %); "
             f"without the plugin {bare:.1f} ms")  # fmt: skip
    return [
        Row(name, own.median, "ms", limits, Bar("<=", BAR_MS), own.text("ms"), failure),
        Row(f"{name}-share", part, "%", (), Bar("<=", BAR_SHARE), share, failure),
        Row("shop-webhooks", hooks.median, "ms", limits[:2], None, hooks.text("ms"), wrong),
        Row("shop-against-webhooks", against.median, "ms", (), Bar("<=", 0), against.text("ms"),
            wrong or _not_sure(against, 0.0)),
    ]  # fmt: skip


def _not_sure(found: Difference, bar: float) -> str:
    """A figure whose interval holds its bar says nothing, unless it is narrower than the bar."""
    if found.low <= bar < found.high and found.margin > BAR_MS:
        return f"too much noise to judge: {found.text('ms')}; measure while nobody else works here"
    return ""


def _not_what_it_says(shop: Shop, rounds: Rounds) -> str:
    """A mode that did not do its work would look fast."""
    captured = shop_modes.captured(shop)
    if not captured >= rounds.made(WITH):
        return "the plugin did not mark every order of its own"
    if captured & rounds.made(WITHOUT, AGAIN, WEBHOOKS):
        return "the plugin was there where it was to be away"
    if shop_modes.webhook_calls(shop) < len(rounds.made(WEBHOOKS)):
        return "WooCommerce planned fewer webhook deliveries than there were orders"
    return ""


def _inside(name: str, shop: Shop, rounds: Rounds) -> list[Row]:
    """What the shop itself counted until the end of the response, which others disturb less."""
    noted = {line["order"]: line for line in shop_modes.noted(shop)}
    inside = [{kind: noted[order] for kind, order in orders.items()} for orders in rounds.orders]
    rows = []
    for what, unit in (("wall", "ms"), ("cpu", "ms"), ("queries", "queries")):
        part = Rounds([{kind: float(line[what]) for kind, line in lines.items()}
                       for lines in inside])  # fmt: skip
        own, hooks = part.difference(WITH), part.difference(WEBHOOKS)
        limit = Limit("a whole checkout without the plugin, p50", percentile(part.of(WITHOUT), 0.5))
        note = f"{own.text(unit)}; webhooks {hooks.text(unit)}"
        bar = Bar("<=", 2 if "php" in name else 1) if what == "queries" else None
        rows.append(Row(f"{name}-{what}", own.median, unit, (limit,), bar, note))
    return [*rows, _own(name, shop, inside)]


def _own(name: str, shop: Shop, inside: list[dict[str, Any]]) -> Row:
    """What the plugin takes by its own clock: loaded, hooked in and called."""
    times = [float(lines[CLOCKED]["own"]) for lines in inside if CLOCKED in lines]
    limit = Limit("one durable row, written by the shop and nothing else", shop_modes.one_row(shop))
    note = (f"median of {len(times)} checkouts with a clock at each call, p90 "
            f"{percentile(times, 0.9):.2f} ms; not what its presence costs others")  # fmt: skip
    return Row(f"{name}-own", percentile(times, 0.5), "ms", (limit,), None, note)


def _slow(shop: Shop, counterpart: Counterpart) -> Row:
    """A sidecar that takes its time: whoever is charged for it would be seen here."""
    more = []
    for _ in range(SLOW_CHECKOUTS):
        usual, order = shop_rounds.checkout(shop, WITH)
        shop_rounds.sent(counterpart, order)
        with _slowly(counterpart):
            slow, order = shop_rounds.checkout(shop, WITH)
            shop_rounds.sent(counterpart, order)
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
