<?php
/**
 * Takes the plugin's traces away.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Removes tables and options of each site whose owner asked for it. Unsent events are kept, with the
 * tables, unless wp-config.php says that they may go.
 */
final class Uninstaller {

	/**
	 * Every site of the network, or the one there is.
	 */
	public static function run(): void {
		if ( ! is_multisite() ) {
			self::site();
			return;
		}
		$offset = 0;
		do {
			$sites = get_sites(
				array(
					'fields' => 'ids',
					'number' => 100,
					'offset' => $offset,
				)
			);
			foreach ( $sites as $site ) {
				switch_to_blog( $site );
				self::site();
				restore_current_blog();
			}
			$offset += 100;
		} while ( $sites );
	}

	/**
	 * Whether uninstalling would throw unsent events away.
	 */
	public static function has_unsent(): bool {
		try {
			return null !== Db::value( 'SELECT id FROM ' . Db::table( 'outbox' ) . ' WHERE state IN (0, 1) LIMIT 1' );
		} catch ( DbError $gone ) {
			return false;
		}
	}

	/**
	 * One site.
	 */
	private static function site(): void {
		wp_clear_scheduled_hook( 'causeway_cron' );
		self::forget_transients();
		$may_discard = defined( 'CAUSEWAY_DISCARD_UNSENT' ) && constant( 'CAUSEWAY_DISCARD_UNSENT' );
		if ( ! Options::is_on( Options::REMOVE_DATA ) || ( self::has_unsent() && ! $may_discard ) ) {
			return;
		}
		Installer::drop();
		foreach ( Options::names() as $name ) {
			Options::forget( $name );
		}
	}

	/**
	 * What was kept for seconds or a day. In an object cache it ends by itself.
	 */
	private static function forget_transients(): void {
		global $wpdb;
		try {
			$names = Db::column(
				"SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE %s",
				array( $wpdb->esc_like( '_transient_causeway_' ) . '%' )
			);
		} catch ( DbError $error ) {
			return; // They end by themselves.
		}
		foreach ( $names as $name ) {
			delete_transient( substr( $name, strlen( '_transient_' ) ) );
		}
	}
}
