<?php
/**
 * Watches products and their stock.
 *
 * @package Causeway
 */

namespace Causeway\Capture;

use Causeway\Options;
use Causeway\Origin;

defined( 'ABSPATH' ) || exit;

/**
 * Marks products and variations, except those that get the sidecar's own stock and prices.
 */
final class Products {

	/**
	 * Where marks go.
	 *
	 * @var Marks
	 */
	private $marks;

	/**
	 * Knows our own writings.
	 *
	 * @var Origin
	 */
	private $origin;

	/**
	 * Give it its marks.
	 *
	 * @param Marks  $marks  Where marks go.
	 * @param Origin $origin Knows our own writings.
	 */
	public function __construct( Marks $marks, Origin $origin ) {
		$this->marks  = $marks;
		$this->origin = $origin;
	}

	/**
	 * A product or variation was made, changed, trashed, restored or deleted.
	 *
	 * @param mixed $id Its id.
	 */
	public function changed( $id ): void {
		$id = (int) $id;
		if ( Options::is_on( Options::SEND_PRODUCTS ) && ! $this->origin->is_silenced( $id ) ) {
			$this->marks->mark( 'product', $id );
		}
	}
}
