<?php
/**
 * Causeway among WooCommerce's settings.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Services;

defined( 'ABSPATH' ) || exit;

/**
 * Adds the tab, and prints the parts of it that WooCommerce has no field for.
 */
final class Settings {

	/**
	 * Where the parts come from.
	 *
	 * @var Services
	 */
	private $services;

	/**
	 * Give it its parts.
	 *
	 * @param Services $services Where the parts come from.
	 */
	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/**
	 * Add the tab. WooCommerce has loaded its own page's class by now. It asks in every REST request;
	 * at the block checkout nobody reads settings, and a customer waits.
	 *
	 * @param array $pages WooCommerce's.
	 * @return array
	 */
	public function add( $pages ) {
		if ( WC()->is_store_api_request() ) {
			return $pages;
		}
		$pages[] = new SettingsPage(
			array(
				''        => new ConnectionSection( $this->services->outbox_statistics() ),
				'orders'  => new OrdersSection(),
				'catalog' => new CatalogSection( $this->services->catalog(), $this->services->heartbeat() ),
				'queue'   => new QueueSection( $this->services->admin_queue() ),
			)
		);
		return $pages;
	}

	/**
	 * Print a row whose cell is our own: a field of the type `causeway`.
	 *
	 * @param array $field `title`, `cell` (prints the cell), and `for` (the id it labels) or none.
	 */
	public function show( $field ): void {
		$label = esc_html( $field['title'] );
		echo '<tr><th scope="row" class="titledesc">';
		echo empty( $field['for'] ) ? $label : '<label for="' . esc_attr( $field['for'] ) . '">' . $label . '</label>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped above.
		echo '</th><td class="forminp causeway-cell">';
		try {
			call_user_func( $field['cell'] );
		} finally {
			echo '</td></tr>';
		}
	}

	/**
	 * Link the settings from the list of plugins.
	 *
	 * @param array $links The plugin's.
	 * @return array
	 */
	public function plugin_links( $links ) {
		$own = sprintf( '<a href="%s">%s</a>', esc_url( Screens::settings_url() ), esc_html__( 'Settings', 'causeway-for-woocommerce' ) );
		return array_merge( array( 'causeway' => $own ), $links );
	}
}
