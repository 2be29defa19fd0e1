<?php
/**
 * The admin's script and style.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Loads them where they are needed: on our tab, beside orders, and with the notice.
 */
final class Assets {

	private const NAME = 'causeway-admin';

	/**
	 * Load them.
	 */
	public function load(): void {
		if ( ! Screens::is_woocommerce() ) {
			return;
		}
		wp_enqueue_style( self::NAME, plugins_url( 'assets/admin.css', CAUSEWAY_PLUGIN_FILE ), array(), CAUSEWAY_PLUGIN_VERSION );
		wp_enqueue_script( self::NAME, plugins_url( 'assets/admin.js', CAUSEWAY_PLUGIN_FILE ), array( 'wp-api-fetch' ), CAUSEWAY_PLUGIN_VERSION, array( 'in_footer' => true ) );
		$words = array(
			'testing' => __( 'Testing …', 'causeway-for-woocommerce' ),
			'loading' => __( 'Asking Causeway …', 'causeway-for-woocommerce' ),
			'sending' => __( 'Sending …', 'causeway-for-woocommerce' ),
			'failed'  => __( 'The shop’s own server did not answer. Try again.', 'causeway-for-woocommerce' ),
		);
		wp_add_inline_script( self::NAME, 'window.causewayWords = ' . wp_json_encode( $words ) . ';', 'before' );
	}
}
