<?php
/**
 * Settings of a shop made by ./scripts/shop: all that differs is in shop.json above this folder.
 */

// phpcs:disable
$shop = json_decode( file_get_contents( dirname( __DIR__ ) . '/shop.json' ), true );

define( 'DB_NAME', $shop['database'] );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . $shop['socket'] );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
$table_prefix = 'wp_';

foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
	define( $name . '_KEY', hash( 'sha256', $name . 'key' . $shop['salt'] ) );
	define( $name . '_SALT', hash( 'sha256', $name . 'salt' . $shop['salt'] ) );
}

define( 'WP_HOME', $shop['url'] );
define( 'WP_SITEURL', $shop['url'] );
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'DISALLOW_FILE_MODS', true );
// WooCommerce writes its logs by WordPress's file methods, which try FTP where code has another owner.
define( 'FS_METHOD', 'direct' );
define( 'DISABLE_WP_CRON', ! $shop['cron'] );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', $shop['state'] . '/debug.log' );
define( 'CAUSEWAY_SHOP_STATE', $shop['state'] );
foreach ( $shop['constants'] as $name => $value ) {
	define( $name, $value );
}
unset( $shop, $name, $value );

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
