"""How the plugin sends: every version acknowledged, through outages, kills and refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.acceptance.counterpart import Counterpart, Said
from tests.acceptance.road import SERVICES, Road
from tests.shop.shop import Shop

SENDER = f"return {SERVICES}->sender()->run();"
JOBS = {"causeway_send", "causeway_poll", "causeway_catalog", "causeway_reconcile",
        "causeway_sweep", "causeway_purge"}  # fmt: skip


@pytest.fixture(scope="module")
def whole_road(shop: Shop) -> Iterator[Road]:
    with Counterpart() as counterpart:
        road = Road(shop, counterpart)
        road.pair()
        yield road


@pytest.fixture
def road(whole_road: Road) -> Iterator[Road]:
    """Nothing waits, the way is open."""
    open_way(whole_road)
    whole_road.call("outbox()->retry_all()")
    whole_road.send()
    whole_road.shop.forget()
    yield whole_road
    whole_road.sidecar.before = None
    whole_road.sidecar.refuse.clear()


def open_way(road: Road) -> None:
    road.call("breaker()->succeeded()")


def trouble(road: Road) -> Any:
    return (road.call("breaker()->trouble()") or {}).get("kind")


def on_events(answer: Said) -> Callable[[str, bytes], Said | None]:
    return lambda path, body: answer if path == "/v1/events" else None


def test_a_change_while_it_is_sent_is_sent_after_it(road: Road) -> None:
    order = road.new_order()

    def change(path: str, body: bytes) -> None:
        road.sidecar.before = None
        road.shop.php("wc_get_order( $order )->update_status( 'on-hold' );", order=order)

    road.sidecar.before = change
    road.send()
    road.send()
    assert road.statuses(order) == ["processing", "on-hold"]
    first, second = (event["version"] for event in road.sidecar.of("order", order))
    assert second > first
    assert ("order", order) not in road.waiting()


def test_several_runners_at_once_send_each_order_once(road: Road) -> None:
    orders = [road.new_order("PEN") for _ in range(3)]
    made = road.shop.value(
        "$ids = array(); for ( $i = 0; $i < 60; $i++ ) { $o = wc_create_order();"
        "$o->set_total( 1 ); $o->set_status( 'processing' ); $o->save(); $ids[] = $o->get_id(); }"
        "return $ids;"
    )
    runs = [road.shop.start_php(SENDER) for _ in range(4)]
    for run in runs:
        assert run.wait(120) == 0
    road.send()
    assert [len(road.sidecar.of("order", order)) for order in [*orders, *made]] == [1] * 63


def test_the_orders_of_a_batch_are_read_together_and_one_that_is_gone_holds_none_up(
    road: Road,
) -> None:
    orders = [road.new_order() for _ in range(4)]
    read = (
        "global $wpdb; $payloads = Causeway\\Plugin::services()->payloads(); $asked = array();"
        "foreach ( array( false, true ) as $together ) {"
        "  wp_cache_flush_runtime(); $before = $wpdb->num_queries;"
        "  if ( $together ) { $payloads->prepare( Causeway\\Plugin::services()->outbox()->find("
        "    'order', $ids ) ); }"
        "  foreach ( $ids as $id ) { Causeway\\Payload\\Orders::read( $id, false ); }"
        "  $asked[] = $wpdb->num_queries - $before; } return $asked;"
    )
    alone, together = road.shop.value(read, ids=orders)
    assert together < alone
    road.call("outbox()->mark( array( array( 'order', 900000001 ) ), 0 )")
    report = road.send()
    assert (report["failed"], report["settled"] >= 1) == (0, True)
    assert [road.statuses(order) for order in orders] == [["processing"]] * 4


def test_what_a_killed_runner_had_is_sent_by_the_next(road: Road) -> None:
    order = road.new_order()
    arrived, release = threading.Event(), threading.Event()

    def hold(path: str, body: bytes) -> None:
        road.sidecar.before = None
        arrived.set()
        release.wait(30)

    road.sidecar.before = hold
    runner = road.shop.start_php(SENDER)
    assert arrived.wait(60)
    runner.kill()
    runner.wait()
    release.set()
    road.send()
    assert (road.row("order", order) or {})["state"] == 1  # until its lease ends
    road.shop.sql("UPDATE wp_causeway_outbox SET claimed_until = 1 WHERE state = 1")
    road.send()
    assert (road.row("order", order) or {})["state"] == 2
    # The first request had arrived: the second said the same, under the same id.
    assert road.statuses(order) == ["processing"]


def test_nothing_is_lost_while_the_sidecar_is_away(road: Road) -> None:
    road.sidecar.before = on_events(Said(503, {"type": "urn:causeway:problem:not-ready",
                                               "detail": "Not now.", "remedy": ""}))  # fmt: skip
    orders = [road.new_order("PEN") for _ in range(2)]
    assert road.send()["error"] == "busy"
    asked = len(road.sidecar.seen)
    for _ in range(3):
        road.send()  # the breaker is open: nobody is asked
    assert len(road.sidecar.seen) == asked
    assert all((road.row("order", order) or {})["attempts"] == 0 for order in orders)
    road.sidecar.before = None
    open_way(road)
    road.send()
    assert [road.statuses(order) for order in orders] == [["processing"], ["processing"]]


@pytest.mark.parametrize(("answer", "kind"), [
    (Said(200, b"<html>Please log in</html>", signed=False, content_type="text/html"), "firewall"),
    (Said(202, {"accepted": [], "duplicates": [], "refused": []}, signed=False), "unsigned"),
    (Said(301, None, signed=False), "redirect"),
    (Said(401, {"type": "urn:causeway:problem:bad-signature", "detail": "x"}, signed=False),
     "secret"),
    (Said(500, None, signed=False), "busy"),
    (Said(202, b"[[[", signed=True), "unreachable"),
])  # fmt: skip
def test_no_other_answer_counts_as_an_acknowledgement(road: Road, answer: Said, kind: str) -> None:
    order = road.new_order()
    road.sidecar.before = on_events(answer)
    assert road.send()["error"] == kind
    assert trouble(road) == kind
    assert ("order", order) in road.waiting()
    road.sidecar.before = None
    open_way(road)
    road.send()
    assert road.statuses(order) == ["processing"]


def test_an_answer_to_another_request_is_not_believed(road: Road) -> None:
    """An attacker plays back a signed answer of earlier."""
    order = road.new_order()

    def old(path: str, body: bytes) -> Said | None:
        ids = [event["id"] for event in json.loads(body)["events"]]
        said = json.dumps({"accepted": ids, "duplicates": [], "refused": []}).encode()
        return Said(202, said, signed=False)

    road.sidecar.before = old
    send = road.sidecar._send

    def replayed(request: Any, answer: Said, message_id: str) -> None:
        send(request, Said(answer.status, answer.body), "msg_of_earlier")

    road.sidecar._send = replayed  # type: ignore[method-assign]
    try:
        assert road.send()["error"] == "unsigned"
    finally:
        road.sidecar._send = send  # type: ignore[method-assign]
    assert ("order", order) in road.waiting()


def test_each_attempt_has_an_id_of_its_own_and_the_event_keeps_its(road: Road) -> None:
    order = road.new_order()
    seen: list[tuple[str, str]] = []
    serve = road.sidecar._serve

    def watch(request: Any) -> None:
        seen.append((request.path, request.headers["webhook-id"]))
        serve(request)

    road.sidecar._serve = watch  # type: ignore[method-assign]
    bodies: list[bytes] = []

    def lost(path: str, body: bytes) -> Said:
        bodies.append(body)
        return Said(502, None, signed=False)

    try:
        road.sidecar.before = lost
        road.send()
        open_way(road)
        road.send()
    finally:
        road.sidecar._serve = serve  # type: ignore[method-assign]
    assert len(bodies) == 2
    assert len({message for _, message in seen}) == 2
    ids = [{e["id"] for e in json.loads(body)["events"] if e["entity_id"] == str(order)}
           for body in bodies]  # fmt: skip
    assert ids[0] == ids[1]


def test_a_change_taken_back_after_its_answer_was_lost_is_told(road: Road) -> None:
    """The shop is as the sidecar acknowledged it; but the sidecar may have the change since."""
    order = road.new_order()
    road.send()
    lost: list[dict[str, Any]] = []

    def noted(text: str) -> None:
        road.shop.php("$o = wc_get_order( $order ); $o->set_customer_note( $text ); $o->save();",
                      order=order, text=text)  # fmt: skip

    def lose(path: str, body: bytes) -> Said:
        lost.extend(json.loads(body)["events"])
        return Said(502, None, signed=False)

    noted("Ring twice")
    road.sidecar.before = lose
    road.send()
    road.sidecar.before = None
    open_way(road)
    noted("")
    road.send()
    changed = next(event for event in lost if event["entity_id"] == str(order))
    assert changed["data"]["order"]["customer_note"] == "Ring twice"
    last = road.sidecar.of("order", order)[-1]
    assert (last["data"]["order"]["customer_note"], len(road.statuses(order))) == ("", 2)
    assert last["version"] > changed["version"]
    assert ("order", order) not in road.waiting()


def test_what_changed_unseen_between_two_attempts_gets_a_version_of_its_own(road: Road) -> None:
    """The first answer was lost; the sidecar may have that version with what was then."""
    order = road.new_order()
    kept: list[dict[str, Any]] = []

    def lost(path: str, body: bytes) -> Said:
        kept.extend(json.loads(body)["events"])
        return Said(502, None, signed=False)

    road.sidecar.before = lost
    road.send()
    table = (
        ("wp_wc_order_addresses", "order_id", "first_name")
        if road.shop.kind.orders != "posts"
        else None
    )
    if table:
        road.shop.sql(
            "UPDATE wp_wc_order_addresses SET first_name = 'Eva' WHERE order_id = ?", order
        )
    else:
        road.shop.sql("UPDATE wp_postmeta SET meta_value = 'Eva' WHERE post_id = ?"
                      " AND meta_key = '_billing_first_name'", order)  # fmt: skip
    road.sidecar.before = None
    open_way(road)
    road.send()
    first = next(event for event in kept if event["entity_id"] == str(order))
    second = road.sidecar.of("order", order)[-1]
    assert second["data"]["order"]["billing"]["first_name"] == "Eva"
    assert second["version"] > first["version"]


def test_a_refused_event_waits_and_its_neighbours_pass(road: Road) -> None:
    bad, good = road.new_order("PEN"), road.new_order("PEN")
    road.sidecar.refuse[f"order:{bad}"] = "invalid"
    assert road.send()["failed"] == 1
    row = road.row("order", bad) or {}
    assert (row["state"], row["attempts"]) == (0, 1)
    assert "As the test wants." in row["last_error"]
    assert road.statuses(good) == ["processing"]
    assert trouble(road) is None
    road.sidecar.refuse.clear()
    road.call("outbox()->retry_all()")
    road.send()
    assert road.statuses(bad) == ["processing"]


def test_an_id_said_to_be_used_is_not_used_again(road: Road) -> None:
    order = road.new_order()
    road.sidecar.refuse[f"order:{order}"] = "id-reused"
    before = (road.row("order", order) or {})["seq"]
    road.send()
    road.sidecar.refuse.clear()
    road.call("outbox()->retry_all()")
    road.send()
    assert road.sidecar.of("order", order)[0]["version"] > before


def test_a_batch_too_large_is_sent_in_halves(road: Road) -> None:
    orders = [road.new_order("PEN") for _ in range(3)]
    sizes: list[int] = []

    def small(path: str, body: bytes) -> Said | None:
        count = len(json.loads(body)["events"])
        sizes.append(count)
        return Said(413, None, signed=False) if count > 1 else None

    road.sidecar.before = small
    road.send()
    assert max(sizes) > 1
    assert [road.statuses(order) for order in orders] == [["processing"]] * 3


def test_versions_are_acknowledged_as_they_were_read(road: Road) -> None:
    order = road.new_order()
    road.send()
    row = road.row("order", order) or {}
    assert row["seq"] == row["sent_seq"] == road.sidecar.of("order", order)[0]["version"]
    assert row["claim_token"] == ""


def test_resend_sends_what_has_not_changed(road: Road) -> None:
    order = road.new_order()
    road.send()
    road.call("outbox()->resend( 'order', array( $order ) )", order=order)
    road.send()
    assert road.statuses(order) == ["processing", "processing"]


def test_history_waits_behind_what_is_new_and_is_sent_once(road: Road) -> None:
    orders = [road.new_order("PEN") for _ in range(2)]
    road.send()
    road.shop.sql(
        "DELETE FROM wp_causeway_outbox WHERE entity = 'order' AND entity_id = ?", orders[1]
    )
    found = road.call("backfill()->start( time() - 86400, time() + 60 )")
    assert found["total"] >= 2
    assert road.call("backfill()->step()")["active"] is False
    row = road.row("order", orders[1]) or {}
    assert (row["state"], row["lane"]) == (0, 2)
    assert (road.row("order", orders[0]) or {})["state"] == 2  # the sidecar has it
    road.send()
    assert [len(road.statuses(order)) for order in orders] == [1, 2]


def test_the_jobs_are_scheduled_once_and_come_back_when_lost(road: Road) -> None:
    def scheduled() -> list[str]:
        rows = road.shop.sql(
            "SELECT a.hook FROM wp_actionscheduler_actions a JOIN wp_actionscheduler_groups g"
            " ON g.group_id = a.group_id WHERE g.slug = 'causeway' AND a.status = 'pending'"
        )
        return sorted(row["hook"] for row in rows if row["hook"] in JOBS)

    for _ in range(2):
        road.call("scheduler()->ensure()")
    assert scheduled() == sorted(JOBS)
    road.shop.sql("DELETE FROM wp_actionscheduler_actions WHERE hook LIKE 'causeway%'")
    road.shop.php("do_action( 'causeway_cron' );")
    assert scheduled() == sorted(JOBS)


def test_wp_cron_does_what_a_dead_scheduler_does_not(road: Road) -> None:
    order = road.new_order()
    road.shop.php("update_option( 'causeway_heartbeat', array( 'send' => time() - 3600 ) );")
    road.shop.sql("UPDATE wp_actionscheduler_actions SET status = 'in-progress'"
                  " WHERE hook = 'causeway_send'")  # fmt: skip
    road.shop.php("do_action( 'causeway_cron' );")
    assert road.statuses(order) == ["processing"]
    assert road.call("heartbeat()->last( 'send' )") > 0
    road.shop.sql("DELETE FROM wp_actionscheduler_actions WHERE hook = 'causeway_send'")


def test_action_scheduler_sends(road: Road) -> None:
    road.call("scheduler()->ensure()")
    order = road.new_order()
    road.shop.sql("UPDATE wp_actionscheduler_actions SET scheduled_date_gmt = '2020-01-01 00:00:00'"
                  " WHERE hook = 'causeway_send' AND status = 'pending'")  # fmt: skip
    road.shop.run_actions()
    assert road.statuses(order) == ["processing"]


def test_deactivation_stops_the_work_and_keeps_what_waits(road: Road) -> None:
    road.call("scheduler()->ensure()")
    order = road.new_order()
    road.shop.deactivate()
    try:
        pending = road.shop.sql("SELECT hook FROM wp_actionscheduler_actions"
                                " WHERE status = 'pending' AND hook LIKE 'causeway%'")  # fmt: skip
        assert pending == []
        assert ("order", order) in road.waiting()
    finally:
        road.shop.activate()
    road.send()
    assert road.statuses(order) == ["processing"]


def test_uninstalling_keeps_what_was_not_sent(road: Road) -> None:
    order = road.new_order()
    kept = road.shop.value(
        "update_option( 'causeway_remove_data', 'yes' ); Causeway\\Uninstaller::run();"
        "$kept = Causeway\\Uninstaller::has_unsent();"
        "update_option( 'causeway_remove_data', 'no' );"
        "return $kept;"
    )
    assert kept is True
    road.send()
    assert road.statuses(order) == ["processing"]


def test_a_sidecar_without_manifests_is_asked_once_a_day(road: Road) -> None:
    road.shop.php("delete_option( 'causeway_manifest' );")
    assert road.call("manifest()->run( 3600 )") is None
    asked = road.sidecar.seen.count("POST /v1/manifest")
    assert road.call("manifest()->run( 3600 )") is None
    assert road.sidecar.seen.count("POST /v1/manifest") == asked


def test_what_the_sidecar_lacks_is_sent_again_and_what_it_has_is_not(road: Road) -> None:
    lost, kept = road.new_order("PEN"), road.new_order("PEN")
    road.send()
    earlier = "2026-01-01 00:00:00"
    if road.shop.kind.orders == "posts":
        road.shop.sql("UPDATE wp_posts SET post_modified_gmt = ? WHERE ID IN (?, ?)",
                      earlier, lost, kept)  # fmt: skip
    else:
        road.shop.sql("UPDATE wp_wc_orders SET date_updated_gmt = ? WHERE id IN (?, ?)",
                      earlier, lost, kept)  # fmt: skip
    listed: dict[str, Any] = {}

    def compare(path: str, body: bytes) -> Said | None:
        if path != "/v1/manifest":
            return None
        said = json.loads(body)
        listed.update({item["id"]: item for item in said["orders"]})
        assert said["whole"] is True
        return Said(200, {"missing": [str(lost)], "differing": [], "complete_until": said["end"]})

    road.shop.php("delete_option( 'causeway_manifest' );")
    road.sidecar.before = compare
    assert road.call("manifest()->run( time() - strtotime( '2025-12-31' ) )") == 1
    assert listed[str(kept)]["version"] == road.sidecar.of("order", kept)[0]["version"]
    assert listed[str(kept)]["status"] == "processing"
    road.send()
    assert [len(road.statuses(order)) for order in (lost, kept)] == [2, 1]


def test_a_signed_poke_is_taken_and_another_is_not(road: Road) -> None:
    url = f"{road.shop.url}/wp-json/causeway/v1/poke"

    def poke(headers: dict[str, str]) -> int:
        return requests.post(url, data=b"", headers=headers, timeout=30).status_code

    signed = road.sidecar.sign("poke-1", b"POST /wp-json/causeway/v1/poke")
    assert poke(signed) == 202
    assert poke({**signed, "webhook-id": "poke-2"}) == 401
    assert poke({**signed, "causeway-store": "other"}) == 401
    assert poke({}) == 401


def test_the_secret_is_never_shown(road: Road) -> None:
    shown = road.shop.php(
        "var_dump( Causeway\\Pairing::current() ); print_r( Causeway\\Pairing::current() );"
        "echo wp_json_encode( wp_load_alloptions() );"
    )
    assert road.sidecar.secret not in shown
    log = road.shop.php("foreach ( glob( WC_LOG_DIR . 'causeway*' ) as $f ) { readfile( $f ); }")
    assert road.sidecar.secret not in log


def test_wp_config_decides_over_the_settings(road: Road) -> None:
    with Counterpart() as other:
        road.shop.define(CAUSEWAY_PAIRING_CODE=other.code)
        try:
            road.new_order()
            road.send()
            assert len(other.events) >= 1
        finally:
            road.shop.define(CAUSEWAY_PAIRING_CODE="")  # as if it were not there
