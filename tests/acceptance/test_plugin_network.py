"""A network of sites: each has its own tables, sidecar and queue, and is uninstalled by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.conftest import Say, standing
from tests.acceptance.counterpart import Counterpart
from tests.acceptance.road import SERVICES
from tests.shop.shop import Shop

PLUGIN = "causeway-for-woocommerce/causeway-for-woocommerce.php"
TABLES = ("outbox", "inbox", "catalog")
ORDER = (
    "$o = wc_create_order(); $o->set_total( 7 ); $o->update_status( 'processing' );"
    "return $o->get_id();"
)


def in_site(code: str, site: int) -> str:
    """The same code as a visit to that site runs it."""
    return f"switch_to_blog( {site} ); try {{ {code} }} finally {{ restore_current_blog(); }}"


@pytest.fixture(scope="module")
def network(say: Say) -> Iterator[Shop]:
    """The shop made the first site of a network; the second has WooCommerce's tables too."""
    with standing(say) as shop:
        host = shop.url.removeprefix("http://")
        shop.php(
            "define( 'WP_INSTALLING_NETWORK', true ); global $wpdb;"
            "require_once ABSPATH . 'wp-admin/includes/upgrade.php';"
            "foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) { $wpdb->$name = $table; }"
            "dbDelta( wp_get_db_schema( 'global' ) );"
            "populate_network( 1, $host, 'admin@shop.example', 'Network', '/', false );",
            host=host,
        )
        shop.define(MULTISITE=True, SUBDOMAIN_INSTALL=False, DOMAIN_CURRENT_SITE=host,
                    PATH_CURRENT_SITE="/", SITE_ID_CURRENT_SITE=1,
                    BLOG_ID_CURRENT_SITE=1)  # fmt: skip
        second = shop.value(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php'; wp_set_current_user( 1 );"
            "$id = wpmu_create_blog( $host, '/second/', 'Second', 1, array( 'public' => 1 ), 1 );"
            "if ( is_wp_error( $id ) ) { throw new Exception( $id->get_error_message() ); }"
            "foreach ( array( 'woocommerce/woocommerce.php', $plugin ) as $file ) {"
            " $done = activate_plugin( $file, '', true ); if ( is_wp_error( $done ) ) {"
            " throw new Exception( $done->get_error_message() ); } } return $id;",
            host=host, plugin=PLUGIN,
        )  # fmt: skip
        assert second == 2
        shop.php(in_site("WC_Install::create_tables(); update_option("
                         " 'woocommerce_custom_orders_table_enabled', 'no' );", 2))  # fmt: skip
        yield shop


def tables(shop: Shop) -> list[str]:
    return sorted(next(iter(row.values())) for row in shop.sql("SHOW TABLES LIKE '%causeway%'"))


def visit(shop: Shop, site: int, php: str, /, **values: Any) -> Any:
    """What that code returns in a fresh process that serves that site."""
    return shop.value(in_site(f"do_action( 'init' ); {php}", site), **values)


def test_each_site_makes_its_own_tables_when_it_is_first_visited(network: Shop) -> None:
    visit(network, 2, f"{SERVICES}->installer()->upgrade(); return 1;")
    assert tables(network) == sorted(
        f"{prefix}causeway_{name}" for prefix in ("wp_", "wp_2_") for name in TABLES)  # fmt: skip


def test_an_order_of_a_site_is_told_to_that_sites_sidecar_alone(network: Shop) -> None:
    with Counterpart() as first, Counterpart() as second:
        for site, sidecar in ((1, first), (2, second)):
            visit(network, site, f"{SERVICES}->installer()->upgrade();"
                  "return Causeway\\Pairing::store( $code )->url;", code=sidecar.code)  # fmt: skip
        orders = {site: visit(network, site, ORDER)
                  for site in (1, 2)}  # fmt: skip
        for site in (1, 2):
            said = visit(
                network,
                site,
                f"{SERVICES}->outbox()->retry_all(); return {SERVICES}->sender()->run();",
            )
            assert said["error"] == ""
        for site, sidecar in ((1, first), (2, second)):
            told = {int(event["entity_id"]) for event in sidecar.events
                    if event["entity"] == "order"}  # fmt: skip
            assert orders[site] in told
        assert not {event["id"] for event in first.events} & {e["id"] for e in second.events}


def test_what_a_process_marked_in_one_site_is_written_there(network: Shop) -> None:
    """One process makes orders in both sites, as network tools do, and flushes at its end."""
    first, second = network.value(
        f"$make = function () {{ {ORDER} }}; $one = $make();"
        "switch_to_blog( 2 ); $two = $make(); restore_current_blog(); return array( $one, $two );"
    )
    rows = {prefix: {row["entity_id"] for row in network.sql(
                f"SELECT entity_id FROM {prefix}causeway_outbox WHERE entity = 'order'")}
            for prefix in ("wp_", "wp_2_")}  # fmt: skip
    assert first in rows["wp_"]
    assert second in rows["wp_2_"]
    assert not network.sql(
        "SELECT entity_id FROM wp_causeway_outbox WHERE entity = 'order' AND entity_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM wp_wc_orders WHERE id = ?)", second, second)  # fmt: skip


def test_uninstalling_takes_the_sites_that_asked_for_it_and_keeps_what_was_not_sent(
    network: Shop,
) -> None:
    """The first site asked and has nothing to send; the second asked and has an order waiting."""
    for site in (1, 2):
        visit(network, site, "update_option( 'causeway_remove_data', 'yes' );"
              "set_transient( 'causeway_condition', array(), 60 );"
              "set_transient( 'causeway_journey_7', array(), 60 ); return 1;")  # fmt: skip
    network.sql("UPDATE wp_causeway_outbox SET state = 2")
    network.sql("UPDATE wp_2_causeway_outbox SET state = 0 LIMIT 1")
    network.php("Causeway\\Uninstaller::run(); remove_all_actions( 'shutdown' );")
    assert tables(network) == sorted(f"wp_2_causeway_{name}" for name in TABLES)
    left = [
        network.sql(f"SELECT option_name FROM {prefix}options WHERE option_name LIKE '%causeway%'")
        for prefix in ("wp_", "wp_2_")
    ]
    assert left[0] == []
    names = {row["option_name"] for row in left[1]}
    assert "causeway_pairing" in names
    assert not any("transient" in name for name in names)


def test_what_was_not_sent_goes_with_the_plugin_where_the_owner_said_so(network: Shop) -> None:
    """The second site asked, and still has its order."""
    its = sorted(f"wp_2_causeway_{name}" for name in TABLES)
    visit(network, 2, "update_option( 'causeway_remove_data', 'yes' );"
          "Causeway\\Plugin::services()->outbox()->mark( array( array( 'note', 9 ) ), 0 );"
          "update_option( 'causeway_discard_until', time() - 1 ); return 1;")  # fmt: skip
    uninstall = "Causeway\\Uninstaller::run(); remove_all_actions( 'shutdown' );"
    network.php(uninstall)
    assert [name for name in tables(network) if name in its] == its  # the word was an hour old
    visit(network, 2, "Causeway\\Uninstaller::let_unsent_go( true ); return 1;")
    network.php(uninstall)
    assert [name for name in tables(network) if name in its] == []
