<?php
/**
 * The one notice.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Health\Condition;
use Causeway\Health\Finding;

defined( 'ABSPATH' ) || exit;

/**
 * Shows the most urgent finding on WooCommerce's screens to those who can do something about it.
 * Once dismissed, the same trouble is not shown to that person for a day.
 */
final class Notice {

	/**
	 * How the plugin is.
	 *
	 * @var Condition
	 */
	private $condition;

	/**
	 * Give it what it shows.
	 *
	 * @param Condition $condition How the plugin is.
	 */
	public function __construct( Condition $condition ) {
		$this->condition = $condition;
	}

	/**
	 * Show it, where it belongs.
	 */
	public function show(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) || ! Screens::is_woocommerce() || Screens::is_settings() ) {
			return;
		}
		$finding = $this->condition->worst();
		if ( null === $finding || get_transient( self::name() ) === $finding->kind ) {
			return;
		}
		self::print_finding( $finding );
	}

	/**
	 * Do not show a trouble to this person for a day.
	 *
	 * @param string $kind The finding's.
	 */
	public static function dismiss( string $kind ): void {
		set_transient( self::name(), $kind, DAY_IN_SECONDS );
	}

	/**
	 * The notice.
	 *
	 * @param Finding $finding What is the matter.
	 */
	private static function print_finding( Finding $finding ): void {
		printf(
			'<div class="notice notice-warning is-dismissible causeway-notice" data-causeway-notice="%s"><p><strong>%s</strong> %s</p><p><a class="button" href="%s">%s</a></p></div>',
			esc_attr( $finding->kind ),
			esc_html( $finding->sentence ),
			esc_html( $finding->remedy ),
			esc_url( Screens::settings_url( $finding->section ) ),
			'queue' === $finding->section ? esc_html__( 'Open the queue', 'causeway-for-woocommerce' ) : esc_html__( 'Set up the connection', 'causeway-for-woocommerce' )
		);
	}

	/**
	 * Where a person's dismissal is kept.
	 */
	private static function name(): string {
		return 'causeway_dismissed_' . get_current_user_id();
	}
}
