<?php
/**
 * Plugin Name:          Causeway for WooCommerce
 * Description:          A dry road between this shop and the systems behind it: captures every change, sends it signed to the Causeway sidecar, and brings stock, prices, shipments and statuses back.
 * Version:              0.1.0
 * Requires at least:    6.7
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * Author:               The Causeway project
 * License:              GPL-2.0-or-later
 * License URI:          https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:          causeway-for-woocommerce
 * Domain Path:          /languages
 * WC requires at least: 9.6
 * WC tested up to:      11.0
 *
 * @package Causeway
 */

defined( 'ABSPATH' ) || exit;

if ( defined( 'CAUSEWAY_PLUGIN_VERSION' ) ) {
	return;
}

define( 'CAUSEWAY_PLUGIN_VERSION', '0.1.0' );
define( 'CAUSEWAY_PLUGIN_FILE', __FILE__ );

require_once __DIR__ . '/src/Autoloader.php';
Causeway\Autoloader::register( __DIR__ . '/src' );
Causeway\Plugin::start();
