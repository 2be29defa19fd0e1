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
 * tables, unless the owner said within the last hour that they may go, or wp-config.php says so.
 */
final class Uninstaller {

	/** How long the owner's word holds: what is unsent later was not meant by it. */
	public const WORD_SECONDS = HOUR_IN_SECONDS;

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
	 * Let unsent events go with the plugin for a while, or keep them after all.
	 *
	 * @param bool $may_go Whether they may.
	 */
	public static function let_unsent_go( bool $may_go ): void {
		$may_go ? Options::set( Options::DISCARD_UNTIL, time() + self::WORD_SECONDS ) : Options::forget( Options::DISCARD_UNTIL );
	}

	/**
	 * Until when unsent events may go with the plugin, in Unix seconds; 0 when they are to be kept.
	 */
	public static function unsent_may_go_until(): int {
		$until = (int) Options::get( Options::DISCARD_UNTIL );
		return $until > time() ? $until : 0;
	}

	/**
	 * One site.
	 */
	private static function site(): void {
		wp_clear_scheduled_hook( 'causeway_cron' );
		self::forget_transients();
		$may_discard = ( defined( 'CAUSEWAY_DISCARD_UNSENT' ) && constant( 'CAUSEWAY_DISCARD_UNSENT' ) ) || self::unsent_may_go_until() > 0;
		if ( ! Options::is_on( Options::REMOVE_DATA ) || ( self::has_unsent() && ! $may_discard ) ) {
			return;
		}
		Installer::drop();
		foreach ( Options::names() as $name ) {
			Options::forget( $name );
		}
		foreach ( array( Catalog\Tiers::META, Product\Finder::KEY, Product\Fields::WRITTEN, Product\Fields::INACTIVE, Product\Images::WANTED, Product\Images::SHOWN ) as $key ) {
			delete_post_meta_by_key( $key );
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
