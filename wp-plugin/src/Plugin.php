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
	 * The shape of our tables; a shop whose tables have another gets them made anew.
	 */
	public const TABLES_VERSION = '3';

	/**
	 * What every checkout comes to. Loaded one by one between the database's answers, each takes many
	 * times as long as all of them together at the start, and a customer waits for it.
	 */
	private const OF_CHECKOUT = array(
		Capture\Orders::class,
		Capture\Marks::class,
		Capture\Notes::class,
		Capture\Products::class,
		Catalog\Reservations::class,
		Outbox\Outbox::class,
		Outbox\AfterResponse::class,
		Db::class,
		Origin::class,
	);

	/**
	 * Everything the plugin is made of.
	 *
	 * @var Services|null
	 */
	private static $services = null;

	/**
	 * Hook in. Nothing else happens here: no query, no translation, no file but those of a checkout.
	 */
	public static function start(): void {
		Hooks::register( self::services() );
		if ( Hooks::is_checkout() ) {
			array_map( 'class_exists', self::OF_CHECKOUT );
		}
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
	 * Name the folder of our own translations, at `init` and not before. WordPress reads it when the
	 * first string is asked for.
	 */
	public function name_translations(): void {
		load_plugin_textdomain( 'causeway-for-woocommerce', false, dirname( plugin_basename( CAUSEWAY_PLUGIN_FILE ) ) . '/languages' ); // phpcs:ignore PluginCheck.CodeAnalysis.DiscouragedFunctions.load_plugin_textdomainFound -- ours come with the plugin.
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
