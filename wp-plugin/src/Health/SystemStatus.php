<?php
/**
 * Causeway in WooCommerce's System Status.
 *
 * @package Causeway
 */

namespace Causeway\Health;

defined( 'ABSPATH' ) || exit;

/**
 * The figures, in the shape of WooCommerce's own tables, so that “Get system report” copies them.
 */
final class SystemStatus {

	/**
	 * The plugin in figures.
	 *
	 * @var Figures
	 */
	private $figures;

	/**
	 * Give it its figures.
	 *
	 * @param Figures $figures The plugin in figures.
	 */
	public function __construct( Figures $figures ) {
		$this->figures = $figures;
	}

	/**
	 * Print the table.
	 */
	public function show(): void {
		echo '<table class="wc_status_table widefat" cellspacing="0"><thead><tr><th colspan="3" data-export-label="Causeway"><h2>' . esc_html__( 'Causeway', 'causeway-for-woocommerce' ) . '</h2></th></tr></thead><tbody>';
		foreach ( $this->figures->all() as $name => list( $label, $value ) ) {
			printf(
				'<tr><td data-export-label="%s">%s:</td><td class="help">&nbsp;</td><td>%s</td></tr>',
				esc_attr( ucfirst( str_replace( '_', ' ', $name ) ) ),
				esc_html( $label ),
				esc_html( $value )
			);
		}
		echo '</tbody></table>';
	}
}
