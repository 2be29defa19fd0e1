<?php
/**
 * Records refunds, each once.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

defined( 'ABSPATH' ) || exit;

/**
 * A refund that was made elsewhere, line by line: `refund_id`, `amount`, `reason`, `restock`, and
 * `lines` of `order_line_id`, `quantity`, `total`, `taxes` (rate id → amount). It is recorded, and
 * stock is put back if asked for; no money is ever moved. Its key is on the row from its first
 * writing, so that it is never recorded twice.
 */
final class Refunds implements Handler {

	private const META_KEY = '_causeway_key';

	/**
	 * The key of the refund being made; empty when none is.
	 *
	 * @var string
	 */
	private $key = '';

	/**
	 * Record a refund.
	 *
	 * @param Update    $update What is to be done.
	 * @param \WC_Order $order  The order.
	 * @throws Refusal When the order cannot have it.
	 */
	public function apply( Update $update, \WC_Order $order ): string {
		$amount = $update->text( 'amount' );
		if ( ! preg_match( '~^[0-9]{1,12}(\.[0-9]{1,8})?\z~', $amount ) ) {
			throw new Refusal( 'the refund’s amount is not a decimal number' );
		}
		$currency = $update->text( 'currency' );
		if ( '' !== $currency && $currency !== $order->get_currency() ) {
			throw new Refusal( 'the refund is in another currency than the order' );
		}
		if ( $this->was_made( $order, $update->key, $amount ) ) {
			return 'the refund was there';
		}
		$this->key = $update->key;
		try {
			$refund = wc_create_refund(
				array(
					'order_id'       => $order->get_id(),
					'amount'         => wc_format_decimal( $amount, wc_get_price_decimals() ),
					'reason'         => sanitize_text_field( $update->text( 'reason' ) ),
					'line_items'     => self::lines( $update, $order ),
					'refund_payment' => false,
					'restock_items'  => true === ( $update->data['restock'] ?? false ),
				)
			);
		} finally {
			$this->key = '';
		}
		if ( is_wp_error( $refund ) ) {
			throw new Refusal( $refund->get_error_message() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return 'recorded as refund ' . $refund->get_id();
	}

	/**
	 * Put the key on the refund before it is first saved.
	 *
	 * @param mixed $refund A WC_Order_Refund.
	 */
	public function with_key( $refund ): void {
		if ( '' !== $this->key && $refund instanceof \WC_Order_Refund && 0 === $refund->get_id() ) {
			$refund->update_meta_data( self::META_KEY, $this->key );
		}
	}

	/**
	 * Whether the refund is there. One that a crash left half made is removed first.
	 *
	 * @param \WC_Order $order  The order.
	 * @param string    $key    Its name for good.
	 * @param string    $amount What it must be over.
	 */
	private function was_made( \WC_Order $order, string $key, string $amount ): bool {
		foreach ( $order->get_refunds() as $refund ) {
			if ( $refund->get_meta( self::META_KEY ) !== $key ) {
				continue;
			}
			$wanted = wc_format_decimal( $amount, wc_get_price_decimals() );
			if ( wc_format_decimal( $refund->get_amount(), wc_get_price_decimals() ) === $wanted ) {
				return true;
			}
			$refund->delete( true );
		}
		return false;
	}

	/**
	 * The lines as WooCommerce wants them.
	 *
	 * @param Update    $update What is to be done.
	 * @param \WC_Order $order  The order.
	 * @return array<int, array>
	 * @throws Refusal When a line is not one of the order's.
	 */
	private static function lines( Update $update, \WC_Order $order ): array {
		$items = $order->get_items( array( 'line_item', 'fee', 'shipping' ) );
		$found = array();
		foreach ( (array) ( $update->data['lines'] ?? array() ) as $line ) {
			$id = is_array( $line ) ? (int) ( $line['order_line_id'] ?? 0 ) : 0;
			if ( ! isset( $items[ $id ] ) ) {
				throw new Refusal( 'a line of the refund is not one of the order’s' );
			}
			$taxes = array();
			foreach ( is_array( $line['taxes'] ?? null ) ? $line['taxes'] : array() as $rate => $tax ) {
				$taxes[ (int) $rate ] = wc_format_decimal( is_scalar( $tax ) ? (string) $tax : '0' );
			}
			$found[ $id ] = array(
				'qty'          => is_numeric( $line['quantity'] ?? null ) ? $line['quantity'] + 0 : 0,
				'refund_total' => wc_format_decimal( is_scalar( $line['total'] ?? null ) ? (string) $line['total'] : '0' ),
				'refund_tax'   => $taxes,
			);
		}
		return $found;
	}
}
