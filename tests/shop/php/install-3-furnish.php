<?php
/**
 * Third step: what a shopkeeper sets up. Prints what was made, as JSON.
 */

// phpcs:disable
use Automattic\WooCommerce\Internal\DataStores\Orders\DataSynchronizer;

$_SERVER['HTTP_HOST'] = '127.0.0.1';
require $argv[1] . '/wp-load.php';
$given = json_decode( $argv[2], true );
wp_set_current_user( 1 );

function furnish_settings() {
	$settings = array(
		'blogdescription'                          => '',
		'timezone_string'                          => 'Europe/Berlin',
		'permalink_structure'                      => '/%postname%/',
		'woocommerce_store_address'                => 'Deichstr. 1',
		'woocommerce_store_city'                   => 'Berlin',
		'woocommerce_store_postcode'               => '10115',
		'woocommerce_default_country'              => 'DE:DE-BE',
		'woocommerce_currency'                     => 'EUR',
		'woocommerce_coming_soon'                  => 'no',
		'woocommerce_calc_taxes'                   => 'yes',
		'woocommerce_prices_include_tax'           => 'no',
		'woocommerce_enable_guest_checkout'        => 'yes',
		'woocommerce_enable_signup_and_login_from_checkout' => 'yes',
		'woocommerce_registration_generate_password' => 'no',
		'woocommerce_allow_tracking'               => 'no',
		'woocommerce_show_marketplace_suggestions' => 'no',
		'woocommerce_task_list_hidden'             => 'yes',
		'woocommerce_onboarding_profile'           => array( 'skipped' => true ),
		'woocommerce_cod_settings'                 => array( 'enabled' => 'yes', 'title' => 'Cash on delivery', 'enable_for_virtual' => 'yes' ),
	);
	foreach ( $settings as $name => $value ) {
		update_option( $name, $value );
	}
}

function furnish_orders( $mode ) {
	if ( 'posts' !== $mode ) {
		wc_get_container()->get( DataSynchronizer::class )->create_database_tables();
	}
	// Else the first visit to the admin would switch a shop without orders to tables of their own.
	update_option( 'woocommerce_newly_installed', 'no' );
	update_option( 'woocommerce_custom_orders_table_enabled', 'posts' === $mode ? 'no' : 'yes' );
	update_option( 'woocommerce_custom_orders_table_data_sync_enabled', 'sync' === $mode ? 'yes' : 'no' );
}

function furnish_tax() {
	foreach ( array( array( 'VAT', '19.0000', '' ), array( 'VAT reduced', '7.0000', 'reduced-rate' ) ) as list( $name, $rate, $class ) ) {
		WC_Tax::_insert_tax_rate(
			array(
				'tax_rate_country'  => 'DE',
				'tax_rate_state'    => '',
				'tax_rate'          => $rate,
				'tax_rate_name'     => $name,
				'tax_rate_priority' => 1,
				'tax_rate_compound' => 0,
				'tax_rate_shipping' => 1,
				'tax_rate_order'    => 1,
				'tax_rate_class'    => $class,
			)
		);
	}
}

function furnish_shipping() {
	$everywhere = new WC_Shipping_Zone( 0 );
	$instance   = $everywhere->add_shipping_method( 'flat_rate' );
	update_option( "woocommerce_flat_rate_{$instance}_settings", array( 'title' => 'Flat rate', 'tax_status' => 'taxable', 'cost' => '4.90' ) );
}

function furnish_pages() {
	WC_Install::create_pages();
	$pages = array(
		'cart'     => wc_get_page_id( 'cart' ),
		'checkout' => wc_get_page_id( 'checkout' ),
	);
	foreach ( array( 'cart', 'checkout' ) as $page ) {
		$pages[ "classic_$page" ] = wp_insert_post(
			array(
				'post_title'   => 'Classic ' . $page,
				'post_name'    => 'classic-' . $page,
				'post_content' => "<!-- wp:shortcode -->[woocommerce_$page]<!-- /wp:shortcode -->",
				'post_status'  => 'publish',
				'post_type'    => 'page',
			)
		);
	}
	if ( ! has_block( 'woocommerce/checkout', $pages['checkout'] ) ) {
		throw new Exception( 'The checkout page has no checkout block.' );
	}
	return $pages;
}

function furnish_product( WC_Product $product, array $item ) {
	$product->set_name( $item['name'] );
	if ( '' !== $item['sku'] ) {
		$product->set_sku( $item['sku'] );
	}
	$product->set_regular_price( $item['price'] );
	$product->set_tax_class( $item['tax_class'] );
	$product->set_virtual( $item['virtual'] );
	if ( null !== $item['on_hand'] ) {
		$product->set_manage_stock( true );
		$product->set_stock_quantity( $item['on_hand'] );
	}
	return $product->save();
}

function furnish_variable( array $item ) {
	$sizes = new WC_Product_Attribute();
	$sizes->set_name( 'Size' );
	$sizes->set_options( array_column( $item['variations'], 'size' ) );
	$sizes->set_visible( true );
	$sizes->set_variation( true );
	$parent = new WC_Product_Variable();
	$parent->set_name( $item['name'] );
	$parent->set_attributes( array( $sizes ) );
	$parent_id = $parent->save();
	$made      = array( $item['name'] => array( 'id' => $parent_id ) );
	foreach ( $item['variations'] as $variation ) {
		$product = new WC_Product_Variation();
		$product->set_parent_id( $parent_id );
		$product->set_attributes( array( 'size' => $variation['size'] ) );
		$id                        = furnish_product( $product, $variation );
		$made[ $variation['sku'] ] = array( 'id' => $id, 'parent' => $parent_id, 'attributes' => array( 'attribute_size' => $variation['size'] ) );
	}
	WC_Product_Variable::sync( $parent_id );
	return $made;
}

furnish_settings();
furnish_orders( $given['orders'] );
furnish_tax();
furnish_shipping();
$pages    = furnish_pages();
$products = array();
foreach ( $given['items'] as $item ) {
	$products[ $item['sku'] ? $item['sku'] : $item['name'] ] = array( 'id' => furnish_product( new WC_Product_Simple(), $item ) );
}
foreach ( $given['variable'] as $item ) {
	$products += furnish_variable( $item );
}
echo wp_json_encode( array( 'pages' => $pages, 'products' => $products ) );
