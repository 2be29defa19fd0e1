<?php
/**
 * What checkouts have set aside.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * WooCommerce counts what a checkout reserved only while its order is a draft or pending. When the
 * order turns to “processing” the reservation counts no more, and the stock is reduced a moment
 * later: in between, another checkout gets the same last unit. The row is deleted once the stock is
 * reduced, so counting it until then closes that gap (ReserveStock::get_query_for_reserved_stock).
 */
final class Reservations {

	private const OPEN     = "IN ( 'wc-checkout-draft', 'wc-pending' )";
	private const SETTLING = "IN ( 'wc-checkout-draft', 'wc-pending', 'wc-processing', 'wc-on-hold', 'wc-completed' )";

	/**
	 * Count reservations until they are released.
	 *
	 * @param mixed $query WooCommerce's query for what is reserved of a product.
	 * @return mixed
	 */
	public function until_released( $query ) {
		if ( ! is_string( $query ) || ! Options::is_on( Options::SYNC_STOCK ) ) {
			return $query;
		}
		return str_replace( self::OPEN, self::SETTLING, $query );
	}
}
