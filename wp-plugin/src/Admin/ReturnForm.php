<?php
/**
 * The form by which a return is asked for.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Pairing;
use Causeway\Returns\Asked;
use Causeway\Returns\Quantities;
use Causeway\Returns\Refused;
use Causeway\Returns\Requests;

defined( 'ABSPATH' ) || exit;

/**
 * Stands in the panel, inside WooCommerce's own form of the order. Its fields name another form, which
 * is nowhere: they neither go with the order nor keep it from being saved. The panel's script sends them.
 */
final class ReturnForm {

	/**
	 * Writes down what is asked for.
	 *
	 * @var Requests
	 */
	private $requests;

	/**
	 * Give it its part.
	 *
	 * @param Requests $requests Writes down what is asked for.
	 */
	public function __construct( Requests $requests ) {
		$this->requests = $requests;
	}

	/**
	 * The form as HTML, or why there is none.
	 *
	 * @param int $id The order.
	 */
	public function html( int $id ): string {
		$order = wc_get_order( $id );
		$left  = $order instanceof \WC_Order && null !== Pairing::current() ? Quantities::left( $order ) : array();
		if ( ! $left || ! $order instanceof \WC_Order ) {
			return '';
		}
		$obstacle = $this->requests->obstacle( $id );
		if ( '' !== $obstacle ) {
			return sprintf( '<p class="causeway-ref">%s</p>', esc_html( $obstacle ) );
		}
		return sprintf(
			'<details><summary>%1$s</summary><fieldset data-causeway-number="%2$d"><legend class="screen-reader-text">%1$s</legend>%3$s%4$s<button form="causeway-return" type="button" class="button" data-causeway-ask>%5$s</button></fieldset></details>',
			esc_html__( 'Request a return', 'causeway-for-woocommerce' ),
			Asked::next( $order ),
			implode( '', array_map( array( __CLASS__, 'line' ), array_keys( $left ), $left ) ),
			self::reason(),
			esc_html__( 'Request the return', 'causeway-for-woocommerce' )
		);
	}

	/**
	 * Ask for a return, as the panel's script says it.
	 *
	 * @param \WP_REST_Request $request `id`, `number`, `lines`, `reason`.
	 * @return \WP_REST_Response|\WP_Error
	 */
	public function ask( \WP_REST_Request $request ) {
		$id    = (int) $request['id'];
		$lines = is_array( $request['lines'] ) ? $request['lines'] : array();
		$why   = is_string( $request['reason'] ) ? $request['reason'] : '';
		try {
			$return = $this->requests->ask( $id, (int) $request['number'], $lines, $why, wp_get_current_user()->display_name );
		} catch ( Refused $refused ) {
			return new \WP_Error( 'causeway_return_refused', $refused->getMessage(), array( 'status' => 422 ) );
		}
		Journeys::forget( $id );
		return new \WP_REST_Response(
			array(
				'return' => $return,
				/* translators: %s: the return's id. */
				'said'   => sprintf( __( 'Return %s is asked for. It is sent within a minute.', 'causeway-for-woocommerce' ), $return ),
				'html'   => $this->html( $id ),
			)
		);
	}

	/**
	 * The field of one line.
	 *
	 * @param int   $id   The line.
	 * @param array $line `name` and `left`.
	 */
	private static function line( int $id, array $line ): string {
		$most = Quantities::text( $line['left'] );
		return sprintf(
			'<p><label for="causeway-return-%1$d">%2$s</label> <span><input form="causeway-return" type="number" id="causeway-return-%1$d" data-causeway-line="%1$d" min="0" max="%3$s" step="%4$s" inputmode="decimal" placeholder="0" aria-describedby="causeway-return-%1$d-most"> <span id="causeway-return-%1$d-most" class="causeway-ref">%5$s</span></span></p>',
			$id,
			esc_html( wp_strip_all_tags( $line['name'] ) ),
			esc_attr( $most ),
			false === strpos( $most, '.' ) ? '1' : 'any',
			/* translators: %s: a quantity. */
			esc_html( sprintf( __( 'of %s', 'causeway-for-woocommerce' ), $most ) )
		);
	}

	/**
	 * The field of the reason.
	 */
	private static function reason(): string {
		return sprintf(
			'<p><label for="causeway-return-reason">%s</label> <input form="causeway-return" type="text" id="causeway-return-reason" data-causeway-reason maxlength="250"></p>',
			esc_html__( 'Reason', 'causeway-for-woocommerce' )
		);
	}
}
