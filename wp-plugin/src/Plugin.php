<?php
/**
 * The plugin: put together once, then hooked in.
 *
 * @package Causeway
 */

namespace Causeway;

use Automattic\WooCommerce\Utilities\FeaturesUtil;

defined( 'ABSPATH' ) || exit;

/**
 * Starts the plugin and gives its services to whoever needs them.
 */
final class Plugin {

	/**
	 * Everything the plugin is made of.
	 *
	 * @var Services|null
	 */
	private static $services = null;

	/**
	 * Hook in. Nothing else happens here: no query, no file, no translation.
	 */
	public static function start(): void {
		Hooks::register( self::services() );
		register_activation_hook( CAUSEWAY_PLUGIN_FILE, array( __CLASS__, 'activate' ) );
		register_deactivation_hook( CAUSEWAY_PLUGIN_FILE, array( __CLASS__, 'deactivate' ) );
	}

	/**
	 * The services, made when first asked for.
	 */
	public static function services(): Services {
		if ( null === self::$services ) {
			self::$services = new Services();
		}
		return self::$services;
	}

	/**
	 * Tell WooCommerce that order tables and block checkout are understood.
	 */
	public function declare_compatibility(): void {
		if ( class_exists( FeaturesUtil::class ) ) {
			FeaturesUtil::declare_compatibility( 'custom_order_tables', CAUSEWAY_PLUGIN_FILE, true );
			FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', CAUSEWAY_PLUGIN_FILE, true );
		}
	}

	/**
	 * Make the tables of this site. On a network the other sites make theirs when first visited.
	 */
	public static function activate(): void {
		self::services()->installer()->install();
		self::services()->scheduler()->ask_for_check();
	}

	/**
	 * Stop the scheduled work. What waits in the outbox stays there.
	 */
	public static function deactivate(): void {
		self::services()->scheduler()->stop();
	}
}
