"""`wp causeway …` under WP-CLI itself, where it is installed; `admin` has a stand-in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import Road
from tests.shop.account import as_account
from tests.shop.shop import Shop

WP = os.environ.get("CAUSEWAY_WP_CLI") or shutil.which("wp")
COMMANDS = ("status", "send", "worker", "replay", "reconcile", "pull-stock", "backfill", "test")
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture(scope="module", autouse=True)
def there() -> None:
    if not WP:
        pytest.skip("no test under WP-CLI: `wp` is not on the path, nor is CAUSEWAY_WP_CLI set")


@pytest.fixture(scope="module")
def counterpart(there: None) -> Iterator[Counterpart]:
    with Counterpart() as counterpart:
        yield counterpart


@pytest.fixture
def road(shop: Shop, counterpart: Counterpart) -> Road:
    """Paired, with nothing waiting."""
    road = Road(shop, counterpart)
    road.pair()
    shop.sql("DELETE FROM wp_causeway_outbox")
    return road


def wp(road: Road, *arguments: str, before: tuple[str, ...] = ()) -> Said:
    """One command, as the servers' account, in a home that is the shop's own."""
    done = subprocess.run(
        [str(WP), *before, "causeway", *arguments, f"--path={road.shop.place.www}", "--no-color"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
        cwd="/", env={**os.environ, "HOME": str(road.shop.place.state), "LC_ALL": "C.UTF-8",
                      "PAGER": "cat"}, **as_account(),
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def unsent(road: Road) -> int:
    """An order made by a program: nothing sends it by itself."""
    return road.new_order()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does_with_an_example(road: Road, command: str) -> None:
    said = wp(road, command, before=("help",))
    assert said.code == 0, said.err
    assert f"wp causeway {command}" in said.out
    assert "EXAMPLES" in said.out


def test_what_waits_is_told_and_sent(road: Road) -> None:
    order = unsent(road)
    assert int(rows(wp(road, "status", "--format=json"))["waiting"]) > 0
    said = wp(road, "send")
    assert (said.code, road.statuses(order)) == (0, ["processing"]), said
    assert "Success: Nothing more is due." in said.out
    assert int(rows(wp(road, "status", "--format=json"))["waiting"]) == 0


def test_the_worker_is_silent_when_cron_asks_it_to_be(road: Road) -> None:
    order = unsent(road)
    assert wp(road, "worker", "--max-seconds=3", "--quiet") == Said(0, "", "")
    assert road.statuses(order) == ["processing"]


def test_an_order_is_sent_again(road: Road) -> None:
    order = unsent(road)
    wp(road, "send")
    assert "1 order will be sent again" in wp(road, "replay", "order", str(order)).out
    wp(road, "send")
    assert road.statuses(order) == ["processing", "processing"]


def test_history_is_sent_in_the_slow_lane_and_never_twice(road: Road) -> None:
    order = unsent(road)
    road.shop.sql("DELETE FROM wp_causeway_outbox")  # as before the plugin was there
    said = wp(road, "backfill", "--from=2020-01-01")
    assert (said.code, road.statuses(order)) == (0, ["processing"]), said
    wp(road, "backfill", "--from=2020-01-01")
    assert road.statuses(order) == ["processing"]


def test_what_no_hook_told_is_found(road: Road) -> None:
    order = unsent(road)
    road.shop.sql("DELETE FROM wp_causeway_outbox WHERE entity_id = ?", order)
    said = wp(road, "reconcile", "--days=1")
    assert "What was missing is queued." in said.out, said
    assert ("order", order) in road.waiting()


def test_stock_and_prices_are_fetched(road: Road) -> None:
    said = wp(road, "pull-stock", "--full")
    assert (said.code, "The shop has them." in said.out) == (0, True), said


def test_what_is_asked_wrongly_is_refused_in_words_and_does_nothing(road: Road) -> None:
    order = unsent(road)
    for arguments, words in (
        (("send", "--al"), "unknown --al parameter"),
        (("replay",), "usage: wp causeway replay <entity> <id>..."),
        (("replay", "invoice", "7"), "wp causeway replay order 1042"),
        (("backfill", "--from=2025-13-01"), "Enter a first and a last day"),
        (("sned",), "'sned' is not a registered subcommand of 'causeway'"),
    ):
        said = wp(road, *arguments)
        assert said.code == 1
        assert words in said.out + said.err
    assert ("order", order) in road.waiting()


def test_a_sidecar_that_is_away_is_named_and_ends_the_command_with_one(road: Road) -> None:
    unsent(road)
    with Counterpart() as gone:
        Road(road.shop, gone).pair()
    try:
        for command in ("test", "send", "pull-stock"):
            said = wp(road, command)
            assert said.code == 1
            assert "Nothing answers at the sidecar" in said.err
    finally:
        road.pair()


def rows(said: Said) -> dict[str, Any]:
    """The figures of `status`, by name."""
    return {row["name"]: row["value"] for row in json.loads(said.out)}
