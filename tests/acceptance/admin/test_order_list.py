"""The column and the bulk action in the list of orders."""

from __future__ import annotations

from tests.acceptance.admin.pages import (
    field,
    list_page,
    states_in_list,
    text,
    unsent_order,
    versions,
)
from tests.shop.shop import Shop


def test_each_order_in_the_list_shows_its_own_state(shop: Shop) -> None:
    sent = unsent_order(shop)
    shop.rest("POST", f"/causeway/v1/admin/orders/{sent}/send")
    fresh = [unsent_order(shop, due_in=600) for _ in range(2)]
    states = states_in_list(shop)
    assert states[sent] == "sent"
    assert [states[order] for order in fresh] == ["waiting", "waiting"]


def test_the_list_reads_all_states_in_one_query(shop: Shop) -> None:
    for _ in range(3):
        unsent_order(shop)
    asked = shop.value(
        """
        $ids  = wc_get_orders( array( 'limit' => 3, 'return' => 'ids' ) );
        $list = Causeway\\Plugin::services()->order_list();
        $list->listing( array() );
        $list->listed( (object) array( 'orders' => $ids ) );
        global $wpdb;
        $before = $wpdb->num_queries;
        ob_start();
        foreach ( $ids as $id ) { $list->cell( 'causeway', $id ); }
        ob_end_clean();
        return array( count( $ids ), $wpdb->num_queries - $before );
        """
    )
    assert asked == [3, 1]


def test_orders_are_sent_again_in_bulk(shop: Shop) -> None:
    orders = [unsent_order(shop) for _ in range(2)]
    shop.value("return Causeway\\Plugin::services()->sender()->run()->sent;")
    page = shop.admin.page(list_page(shop))
    posts = "post_type=shop_order" in list_page(shop)
    form = {
        "action": "causeway_send_again",
        "_wpnonce": field(page, "_wpnonce"),
        "_wp_http_referer": list_page(shop),
        "post[]" if posts else "id[]": [str(order) for order in orders],
    }
    before = versions(shop, orders)
    answer = shop.admin.http.get(f"{shop.url}{list_page(shop)}", params=form, timeout=60)
    assert "2 orders will be sent to Causeway again." in text(answer.text)
    # The visit may have started the scheduler, which sends them at once: look at what was queued.
    assert all(new > old for new, old in zip(versions(shop, orders), before, strict=True))
