<?php
/**
 * Orders that shops really have, made by WooCommerce and rendered by the plugin.
 *
 * Each function makes one; `causeway_more_orders()` gives all, by name.
 */

const CAUSEWAY_PLACE = array(
	'first_name' => 'Erika',
	'last_name'  => 'Mustermann',
	'address_1'  => 'Hauptstr. 1',
	'city'       => 'Berlin',
	'postcode'   => '10115',
	'country'    => 'DE',
	'email'      => 'erika@example.org',
);

function causeway_order( array $goods, array $more = array() ) {
	$order = wc_create_order();
	$order->set_address( CAUSEWAY_PLACE, 'billing' );
	$order->set_address( array_diff_key( CAUSEWAY_PLACE, array( 'email' => 1 ) ), 'shipping' );
	$order->set_payment_method( 'cod' );
	$order->set_payment_method_title( 'Cash on delivery' );
	if ( isset( $more['currency'] ) ) {
		$order->set_currency( $more['currency'] );
	}
	foreach ( $goods as list( $sku, $quantity ) ) {
		$order->add_product( wc_get_product( wc_get_product_id_by_sku( $sku ) ), $quantity );
	}
	if ( $more['shipping'] ?? true ) {
		$line = new WC_Order_Item_Shipping();
		$line->set_props( array( 'method_title' => 'Flat rate', 'method_id' => 'flat_rate', 'total' => '4.90' ) );
		$order->add_item( $line );
	}
	foreach ( $more['meta'] ?? array() as $key => $value ) {
		$order->update_meta_data( $key, $value );
	}
	$order->calculate_totals();
	$order->set_status( $more['status'] ?? 'processing' );
	$order->save();
	return $order;
}

/** Goods with a weight, an e-book that nobody sends. */
function causeway_order_mixed_goods() {
	$mug = wc_get_product( wc_get_product_id_by_sku( 'MUG-01' ) );
	$mug->set_weight( '0.35' );
	$mug->save();
	return causeway_order( array( array( 'MUG-01', 2 ), array( 'EBOOK-1', 1 ) ) );
}

/** Nothing of it needs shipping, though somebody added a shipping line. */
function causeway_order_virtual_with_shipping_line() {
	return causeway_order( array( array( 'EBOOK-1', 1 ) ) );
}

/** Dinars have three decimals. */
function causeway_order_three_decimals_kwd() {
	update_option( 'woocommerce_price_num_decimals', '3' );
	$order = causeway_order( array(), array( 'currency' => 'KWD', 'shipping' => false ) );
	$item  = new WC_Order_Item_Product();
	$item->set_props( array( 'product' => wc_get_product( wc_get_product_id_by_sku( 'MUG-01' ) ), 'quantity' => 3, 'subtotal' => '10.005', 'total' => '10.005' ) );
	$order->add_item( $item );
	$order->calculate_totals();
	$order->save();
	return $order;
}

/** A plugin of sequential numbers that only writes its meta. */
function causeway_order_sequential_number() {
	return causeway_order( array( array( 'MUG-01', 1 ) ), array( 'meta' => array( '_order_number' => '7', '_order_number_formatted' => 'WEB-2026-0007' ) ) );
}

/** A bundle whose part is packed into it, as Product Bundles writes it. */
function causeway_order_bundle_packed() {
	$order = causeway_order( array( array( 'MUG-01', 1 ), array( 'TEA-100', 1 ) ) );
	list( $bundle, $part ) = array_values( $order->get_items() );
	$bundle->update_meta_data( '_bundled_items', array( 'a1' ) );
	$bundle->update_meta_data( '_bundle_cart_key', 'b1' );
	$bundle->save();
	$part->update_meta_data( '_bundled_by', 'b1' );
	$part->update_meta_data( '_bundled_item_needs_shipping', 'no' );
	$part->set_props( array( 'subtotal' => 0, 'total' => 0 ) );
	$part->save();
	$order = wc_get_order( $order->get_id() );
	$order->calculate_totals();
	$order->save();
	return $order;
}

/** The renewal of a subscription. */
function causeway_order_subscription_renewal() {
	return causeway_order( array( array( 'TEA-100', 2 ) ), array( 'meta' => array( '_subscription_renewal' => '4711' ) ) );
}

/** Ten euros of it were paid by a gift card, as YITH's plugin leaves it. */
function causeway_order_gift_card() {
	$order = causeway_order( array( array( 'MUG-01', 2 ) ), array( 'meta' => array( '_ywgc_applied_gift_cards' => array( 'ABCD-1234' => 10 ), '_ywgc_applied_gift_cards_totals' => '10' ) ) );
	$order->set_total( (float) $order->get_total() - 10 );
	$order->save();
	return $order;
}

/** The payment is authorised and not collected, as the Stripe gateway leaves it. */
function causeway_order_authorised_only() {
	return causeway_order( array( array( 'MUG-01', 1 ) ), array( 'meta' => array( '_stripe_charge_captured' => 'no', '_stripe_intent_id' => 'pi_1' ) ) );
}

/** Three refunds: a piece, an amount for nothing named, the shipping. */
function causeway_order_several_refunds() {
	$order = causeway_order( array( array( 'MUG-01', 3 ), array( 'TEA-100', 1 ) ) );
	list( $mugs ) = array_values( $order->get_items() );
	list( $way )  = array_values( $order->get_items( 'shipping' ) );
	$rate         = (int) key( $mugs->get_taxes()['total'] );
	$one          = array( 'qty' => 1, 'refund_total' => 12.5, 'refund_tax' => array( $rate => 2.38 ) );
	$postage      = array( 'qty' => 1, 'refund_total' => 4.9, 'refund_tax' => array( $rate => 0.93 ) );
	wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => 14.88, 'reason' => 'broken', 'line_items' => array( $mugs->get_id() => $one ), 'restock_items' => true ) );
	wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => 3, 'reason' => 'goodwill' ) );
	wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => 5.83, 'line_items' => array( $way->get_id() => $postage ) ) );
	return wc_get_order( $order->get_id() );
}

/** Set to refunded: WooCommerce makes one refund over all that is left, and names no line. */
function causeway_order_set_to_refunded() {
	$order = causeway_order( array( array( 'MUG-01', 2 ), array( 'TEA-100', 1 ) ) );
	$order->update_status( 'refunded' );
	return wc_get_order( $order->get_id() );
}

/** Its product was deleted since. */
function causeway_order_deleted_product() {
	$product = new WC_Product_Simple();
	$product->set_props( array( 'name' => 'Gone', 'sku' => 'GONE-1', 'regular_price' => '7.00' ) );
	$product->save();
	$order = causeway_order( array( array( 'GONE-1', 1 ) ) );
	$product->delete( true );
	return wc_get_order( $order->get_id() );
}

/** Everything was given away: a coupon over all of it. */
function causeway_order_nothing_to_pay() {
	$coupon = new WC_Coupon();
	$coupon->set_props( array( 'code' => 'all-' . wp_generate_password( 6, false ), 'discount_type' => 'percent', 'amount' => 100 ) );
	$coupon->save();
	$order = causeway_order( array( array( 'MUG-01', 1 ) ), array( 'shipping' => false ) );
	$order->apply_coupon( $coupon );
	$order->save();
	return $order;
}

/** A discount that is a fee below zero. */
function causeway_order_negative_fee() {
	$order = causeway_order( array( array( 'MUG-01', 2 ) ) );
	$fee   = new WC_Order_Item_Fee();
	$fee->set_props( array( 'name' => 'Loyalty', 'total' => '-2.00', 'tax_status' => 'taxable' ) );
	$order->add_item( $fee );
	$order->calculate_totals();
	$order->save();
	return $order;
}

function causeway_more_orders(): array {
	$found = array();
	foreach ( get_defined_functions()['user'] as $name ) {
		if ( 0 !== strpos( $name, 'causeway_order_' ) ) {
			continue;
		}
		$order   = $name();
		$content = \Causeway\Payload\Orders::read( $order->get_id(), false );
		$found[ substr( $name, 15 ) ] = $content->data;
		update_option( 'woocommerce_price_num_decimals', '2' );
	}
	return $found;
}
