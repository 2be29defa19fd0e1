<?php
/**
 * A parcel on its way.
 *
 * @package Causeway
 */

namespace Causeway\Feed\Shipment;

use Causeway\Feed\Refusal;
use Causeway\Feed\Update;

defined( 'ABSPATH' ) || exit;

/**
 * What left the warehouse: its id there, carrier, number, link, time and goods.
 */
final class Parcel {

	/** Its name for good.
	 *
	 * @var string
	 */
	public $key;

	/** The warehouse's id.
	 *
	 * @var string
	 */
	public $id;

	/** The carrier's name.
	 *
	 * @var string
	 */
	public $carrier;

	/** Tracking number; may be empty.
	 *
	 * @var string
	 */
	public $number;

	/** Tracking link, http or https; may be empty.
	 *
	 * @var string
	 */
	public $url;

	/** In Unix seconds.
	 *
	 * @var int
	 */
	public $shipped_at;

	/** Quantities by SKU; empty for everything that is left.
	 *
	 * @var array<string, float>
	 */
	public $lines = array();

	/**
	 * Read an update's data.
	 *
	 * @param Update $update Of kind `shipment`.
	 * @throws Refusal When it has no id.
	 */
	public static function read( Update $update ): self {
		$parcel             = new self();
		$parcel->key        = $update->key;
		$parcel->id         = sanitize_text_field( $update->text( 'shipment_id' ) );
		$parcel->carrier    = sanitize_text_field( $update->text( 'carrier' ) );
		$parcel->number     = sanitize_text_field( $update->text( 'tracking_number' ) );
		$parcel->url        = esc_url_raw( $update->text( 'tracking_url' ), array( 'http', 'https' ) );
		$time               = strtotime( $update->text( 'shipped_at' ) );
		$parcel->shipped_at = false === $time ? time() : $time;
		if ( '' === $parcel->id ) {
			throw new Refusal( 'the shipment has no id' );
		}
		foreach ( (array) ( $update->data['lines'] ?? array() ) as $line ) {
			$sku = is_array( $line ) && is_string( $line['sku'] ?? null ) ? $line['sku'] : '';
			if ( '' !== $sku && is_numeric( $line['quantity'] ?? null ) && $line['quantity'] > 0 ) {
				$parcel->lines[ $sku ] = ( $parcel->lines[ $sku ] ?? 0 ) + (float) $line['quantity'];
			}
		}
		return $parcel;
	}

	/**
	 * What the customer is told, as HTML.
	 */
	public function sentence(): string {
		$number = '' !== $this->number ? esc_html( $this->number ) : esc_html( $this->id );
		if ( '' !== $this->url ) {
			$number = '<a href="' . esc_url( $this->url ) . '">' . $number . '</a>';
		}
		if ( '' === $this->carrier ) {
			/* translators: %s: tracking number, as a link where there is one. */
			return sprintf( esc_html__( 'Your parcel is on its way. Tracking number: %s', 'causeway-for-woocommerce' ), $number );
		}
		/* translators: 1: carrier, 2: tracking number, as a link where there is one. */
		return sprintf( esc_html__( 'Your parcel is on its way with %1$s. Tracking number: %2$s', 'causeway-for-woocommerce' ), esc_html( $this->carrier ), $number );
	}

	/**
	 * The order's items that are in it: of each SKU the first items that are not yet sent.
	 *
	 * @param array<int, array{sku: string, left: float}> $items By item id.
	 * @return array<int, float> Quantities by item id.
	 */
	public function items( array $items ): array {
		$wanted = $this->lines;
		$found  = array();
		foreach ( $items as $id => $item ) {
			$take = $this->lines ? min( $item['left'], $wanted[ $item['sku'] ] ?? 0 ) : $item['left'];
			if ( $take > 0 ) {
				$found[ $id ] = $take;
				if ( $this->lines ) {
					$wanted[ $item['sku'] ] -= $take;
				}
			}
		}
		return $found;
	}
}
