<?php
/**
 * Where in the admin we are.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Knows the screens the plugin shows itself on.
 */
final class Screens {

	public const TAB = 'causeway';

	/**
	 * Whether this is a screen of WooCommerce's.
	 */
	public static function is_woocommerce(): bool {
		$id = self::id();
		return '' !== $id && function_exists( 'wc_get_screen_ids' ) && in_array( $id, array_diff( wc_get_screen_ids(), array( 'profile', 'user-edit' ) ), true );
	}

	/**
	 * Whether this is the plugin's own tab among WooCommerce's settings.
	 */
	public static function is_settings(): bool {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- asks where we are, does nothing.
		return 'woocommerce_page_wc-settings' === self::id() && self::TAB === sanitize_key( wp_unslash( $_GET['tab'] ?? '' ) );
	}

	/**
	 * The screen on which one order is edited, in either storage.
	 */
	public static function order(): string {
		return function_exists( 'wc_get_page_screen_id' ) ? wc_get_page_screen_id( 'shop-order' ) : 'shop_order';
	}

	/**
	 * Whether an order or the list of orders is shown.
	 */
	public static function is_orders(): bool {
		return in_array( self::id(), array( self::order(), 'shop_order', 'edit-shop_order' ), true );
	}

	/**
	 * The address of one of our sections.
	 *
	 * @param string $section Empty for the connection.
	 */
	public static function settings_url( string $section = '' ): string {
		return admin_url( 'admin.php?page=wc-settings&tab=' . self::TAB . ( '' === $section ? '' : "&section=$section" ) );
	}

	/**
	 * The current screen's id; empty when there is none.
	 */
	private static function id(): string {
		$screen = function_exists( 'get_current_screen' ) ? get_current_screen() : null;
		return $screen ? (string) $screen->id : '';
	}
}
