"""`wp causeway …` on a stand-in of WP-CLI; test_plugin_wp_cli has WP-CLI itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.acceptance.admin.pages import is_sent, long_waiting, pair, unsent_order, waiting
from tests.shop.process import free_port
from tests.shop.shop import Shop

WP_CLI = Path(__file__).with_name("wp_cli.php")


def test_status_lists_the_figures_and_fails_when_something_is_wrong(shop: Shop) -> None:
    shop.sql("DELETE FROM wp_causeway_outbox")
    told = wp(shop, "status", format="json")
    assert "waiting" in [row["name"] for row in told["items"]]
    assert told["ended"] == 0
    with long_waiting(shop):
        told = wp(shop, "status")
    assert told["ended"] == 1
    assert "have waited for 1 hour" in told["said"]


def test_send_sends_and_replay_queues_again(shop: Shop) -> None:
    order = unsent_order(shop)
    assert wp(shop, "send")["ended"] == 0
    assert is_sent(shop, order)
    assert "1 order will be sent again" in wp(shop, "replay", "order", str(order))["said"]
    assert waiting(shop, "order", order)
    wp(shop, "worker", **{"max-seconds": "3"})
    assert is_sent(shop, order)


def test_replay_wants_a_known_kind_and_numbers(shop: Shop) -> None:
    for arguments in (("order",), ("invoice", "7"), ("order", "seven")):
        told = wp(shop, "replay", *arguments)
        assert told["ended"] == 1
        assert "wp causeway replay order 1042" in told["said"]


def test_commands_name_what_is_wrong_with_the_connection(shop: Shop) -> None:
    assert wp(shop, "test")["ended"] == 0
    pair(shop, f"http://127.0.0.1:{free_port()}")
    for command in ("test", "pull-stock"):
        told = wp(shop, command)
        assert told["ended"] == 1
        assert "Nothing answers at the sidecar" in told["said"]


def test_pull_stock_and_reconcile_run_to_their_end(shop: Shop) -> None:
    assert "The shop has them." in wp(shop, "pull-stock", full="1")["said"]
    missed = unsent_order(shop)
    shop.sql("DELETE FROM wp_causeway_outbox WHERE entity_id = ?", missed)
    assert "What was missing is queued." in wp(shop, "reconcile", days="1")["said"]
    assert waiting(shop, "order", missed)


def test_backfill_runs_to_its_end_and_sends_nothing_twice(shop: Shop) -> None:
    order = unsent_order(shop)
    shop.sql("DELETE FROM wp_causeway_outbox")
    told = wp(shop, "backfill", **{"from": "2020-01-01"})
    assert told["ended"] == 0
    assert "0 still wait" in told["said"]
    sent = shop.sql("SELECT sent_seq FROM wp_causeway_outbox WHERE entity_id = ?", order)
    wp(shop, "backfill", **{"from": "2020-01-01"})
    again = shop.sql("SELECT sent_seq FROM wp_causeway_outbox WHERE entity_id = ?", order)
    assert sent == again
    assert "Name the first day" in wp(shop, "backfill")["said"]


def wp(shop: Shop, command: str, *arguments: str, **options: str) -> dict[str, Any]:
    """Run `wp causeway …`: what it said, the items it listed, and its exit code."""
    stand_in = shop.place.www / "wp-content" / WP_CLI.name
    stand_in.write_text(WP_CLI.read_text())
    stand_in.chmod(0o644)
    found: dict[str, Any] = shop.value(
        "require $file; return causeway_wp( $command, $arguments, $options );",
        file=str(stand_in), command=command, arguments=list(arguments),
        options=options or {"-": ""},
    )  # fmt: skip
    return found
