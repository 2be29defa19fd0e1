<?php
/**
 * The connection test's answer.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * What the test found, as HTML.
 */
final class TestAnswer {

	/**
	 * Draw it: the sentence, what to do, and the exact words for support.
	 *
	 * @param array $found As ConnectionTest gives it.
	 * @return string HTML.
	 */
	public static function html( array $found ): string {
		$html = sprintf(
			'<div class="notice inline notice-%s"><p><strong>%s</strong> %s</p>',
			$found['ok'] ? 'success' : 'error',
			esc_html( $found['sentence'] ),
			esc_html( $found['remedy'] )
		);
		if ( 'clock' === $found['kind'] ) {
			/* translators: %s: date and time with seconds, in UTC. */
			$html .= '<p>' . esc_html( sprintf( __( 'This server’s clock: %s', 'causeway-for-woocommerce' ), gmdate( 'Y-m-d H:i:s' ) . ' UTC' ) ) . '</p>';
		}
		if ( '' !== $found['detail'] ) {
			$html .= '<p class="description">' . esc_html( $found['detail'] ) . '</p>';
		}
		if ( $found['ok'] ) {
			/* translators: %s: a number. */
			$html .= '<p class="description">' . esc_html( sprintf( __( 'There and back in %s ms.', 'causeway-for-woocommerce' ), number_format_i18n( $found['milliseconds'] ) ) ) . '</p>';
		}
		return $html . '</div>';
	}
}
