<?php
/**
 * Second step: WooCommerce's own installation, as switching the plugin on starts it.
 */

// phpcs:disable
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
$error = activate_plugin( 'woocommerce/woocommerce.php' );
if ( is_wp_error( $error ) ) {
	fwrite( STDERR, $error->get_error_message() . "\n" );
	exit( 1 );
}
