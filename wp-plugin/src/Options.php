<?php
/**
 * The names of all options, and reading them.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Every option the plugin keeps, named once. Those read on each page load are loaded by WordPress
 * with its own; secrets and working notes are not.
 */
final class Options {

	public const DB_VERSION     = 'causeway_db_version';
	public const PAIRING        = 'causeway_pairing';
	public const SECRET         = 'causeway_secret';
	public const SCHEDULE       = 'causeway_schedule_checked';
	public const HEARTBEAT      = 'causeway_heartbeat';
	public const BREAKER        = 'causeway_breaker';
	public const FEED_CURSOR    = 'causeway_feed_cursor';
	public const CATALOG_CURSOR = 'causeway_catalog_cursor';
	public const SWEEP          = 'causeway_sweep';
	public const MANIFEST       = 'causeway_manifest';
	public const BACKFILL       = 'causeway_backfill';
	public const CATALOG_OPEN   = 'causeway_catalog_open';
	public const HAS_TIERS      = 'causeway_has_tiers';
	public const LIVE_BREAKER   = 'causeway_live_breaker';

	public const SEND_PRODUCTS    = 'causeway_send_products';
	public const SEND_CUSTOMERS   = 'causeway_send_customers';
	public const SEND_NOTES       = 'causeway_send_notes';
	public const APPLY_NOTES      = 'causeway_apply_notes';
	public const SYNC_STOCK       = 'causeway_sync_stock';
	public const SYNC_PRICES      = 'causeway_sync_prices';
	public const LIVE_CHECK       = 'causeway_live_check';
	public const SYNC_PRODUCTS    = 'causeway_sync_products';
	public const PRODUCT_FIELDS   = 'causeway_product_fields';
	public const NEW_PRODUCTS     = 'causeway_new_products';
	public const IMAGE_HOSTS      = 'causeway_image_hosts';
	public const ALLOWED_STATUSES = 'causeway_allowed_statuses';
	public const REMOVE_DATA      = 'causeway_remove_data';
	public const DISCARD_UNTIL    = 'causeway_discard_until';

	/**
	 * Options WordPress loads with every page; all others are read when needed.
	 */
	private const LOADED = array( self::DB_VERSION, self::PAIRING, self::SCHEDULE, self::SEND_PRODUCTS, self::SEND_CUSTOMERS, self::SEND_NOTES, self::SYNC_STOCK, self::CATALOG_OPEN, self::HAS_TIERS, self::LIVE_CHECK, self::LIVE_BREAKER );

	/**
	 * What a setting is worth before anybody sets it.
	 */
	public const DEFAULTS = array(
		self::SEND_PRODUCTS    => 'yes',
		self::SEND_CUSTOMERS   => 'yes',
		self::SEND_NOTES       => 'yes',
		self::APPLY_NOTES      => 'yes',
		self::SYNC_STOCK       => 'yes',
		self::SYNC_PRICES      => 'yes',
		self::LIVE_CHECK       => 'no',
		self::SYNC_PRODUCTS    => 'yes',
		self::NEW_PRODUCTS     => 'draft',
		self::IMAGE_HOSTS      => '',
		self::ALLOWED_STATUSES => array( 'processing', 'on-hold', 'completed' ),
		self::REMOVE_DATA      => 'no',
	);

	/**
	 * Every option's name, for those who clean up.
	 *
	 * @return string[]
	 */
	public static function names(): array {
		return array_values( array_filter( ( new \ReflectionClass( __CLASS__ ) )->getConstants(), 'is_string' ) );
	}

	/**
	 * A setting's value.
	 *
	 * @param string $name One of the constants.
	 * @return mixed
	 */
	public static function get( string $name ) {
		return get_option( $name, self::DEFAULTS[ $name ] ?? null );
	}

	/**
	 * Whether a yes/no setting is on.
	 *
	 * @param string $name One of the constants.
	 */
	public static function is_on( string $name ): bool {
		return 'yes' === self::get( $name );
	}

	/**
	 * A setting that is a list or a record; empty when there is none.
	 *
	 * @param string $name One of the constants.
	 * @return array
	 */
	public static function record( string $name ): array {
		$value = self::get( $name );
		return is_array( $value ) ? $value : array();
	}

	/**
	 * Keep a value.
	 *
	 * @param string $name  One of the constants.
	 * @param mixed  $value What to keep.
	 */
	public static function set( string $name, $value ): void {
		update_option( $name, $value, in_array( $name, self::LOADED, true ) );
	}

	/**
	 * Have the settings that a customer's request asks for in the database: what is not there is looked up
	 * anew in each request, by a query a customer waits for.
	 */
	public static function plant(): void {
		foreach ( array( self::SEND_PRODUCTS, self::SEND_CUSTOMERS, self::SEND_NOTES, self::SYNC_STOCK, self::CATALOG_OPEN, self::HAS_TIERS, self::LIVE_CHECK ) as $name ) {
			add_option( $name, self::DEFAULTS[ $name ] ?? 'no', '', true );
		}
	}

	/**
	 * Forget a value.
	 *
	 * @param string $name One of the constants.
	 */
	public static function forget( string $name ): void {
		delete_option( $name );
	}

	/**
	 * Whether a status that the sidecar asks for may be set.
	 *
	 * @param string $status Without `wc-`.
	 */
	public static function allows_status( string $status ): bool {
		return in_array( $status, self::record( self::ALLOWED_STATUSES ), true );
	}
}
