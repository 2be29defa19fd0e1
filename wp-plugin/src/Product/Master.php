<?php
/**
 * Makes and changes products as the back office describes them.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Db;
use Causeway\Feed\Refusal;
use Causeway\Feed\Update;
use Causeway\Options;
use Causeway\Origin;

defined( 'ABSPATH' ) || exit;

/**
 * An update of kind `product` names a product by `product_id` (its binding), `sku` and `gtin`, a
 * variation's parent by `parent_sku`, and says `fields`. What is there is changed, what is not is
 * made; said twice or by five workers at once it is made once. One family is worked on by one
 * worker at a time.
 */
final class Master {

	private const LOCK_SECONDS = 5;

	/** Silences our own writings.
	 *
	 * @var Origin
	 */
	private $origin;

	/** What may be written.
	 *
	 * @var Fields
	 */
	private $fields;

	/**
	 * Give it its parts.
	 *
	 * @param Origin $origin Silences our own writings.
	 * @param Fields $fields What may be written.
	 */
	public function __construct( Origin $origin, Fields $fields ) {
		$this->origin = $origin;
		$this->fields = $fields;
	}

	/**
	 * Apply an update.
	 *
	 * @param Update $update What is to be done.
	 * @return string What was done, in a sentence.
	 * @throws Refusal When it will never be possible.
	 * @throws \RuntimeException When it may be later.
	 */
	public function apply( Update $update ): string {
		if ( ! Options::is_on( Options::SYNC_PRODUCTS ) ) {
			return 'left out: the settings do not let Causeway write products';
		}
		$said   = Said::read( $update );
		$family = '' !== $said->parent_sku ? $said->parent_sku : $said->name_of_it();
		$lock   = substr( md5( DB_NAME . Db::table( 'product' ) . $family ), 0, 32 );
		if ( '1' !== Db::value( 'SELECT GET_LOCK(%s, %d)', array( $lock, self::LOCK_SECONDS ) ) ) {
			throw new \RuntimeException( 'another worker is busy with this product' );
		}
		try {
			return $this->written( $said );
		} catch ( \WC_Data_Exception $error ) {
			throw new Refusal( wp_strip_all_tags( $error->getMessage() ) ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		} finally {
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( $lock ) );
		}
	}

	/**
	 * Make it or change it.
	 *
	 * @param Said $said What the sidecar says.
	 * @throws Refusal When it will never be possible.
	 * @throws \RuntimeException When it went away meanwhile.
	 */
	private function written( Said $said ): string {
		$product = Finder::find( $said );
		$is_new  = null === $product;
		if ( $is_new && $said->product_id ) {
			throw new Refusal( 'there is no such product in this shop' );
		}
		$product = $product ?? $this->made( $said );
		if ( ! $is_new ) {
			$product = self::of_the_right_kind( $product, $said );
		}
		if ( $said->product_id ) {
			// A product of which the sidecar has no number is news for it. Any other is not.
			$this->origin->silence_products( array( $product->get_id(), $product->get_parent_id() ) );
		}
		$kept = $this->fields->write( $product, $said, $is_new );
		$this->identify( $product, $said, $is_new );
		if ( $is_new || Unsaved::has( $product ) ) {
			$product->save();
		}
		$saved = wc_get_product( $product->get_id() );
		if ( ! $saved instanceof \WC_Product ) {
			throw new \RuntimeException( 'it was deleted while it was written' );
		}
		$this->fields->remember( $saved, $said, $kept );
		Images::want( $product, $said, $kept, $this->fields );
		$names = $kept ? '; left as the shop has it: ' . implode( ', ', $kept ) : '';
		return ( $is_new ? 'made as product ' : 'written to product ' ) . $product->get_id() . $names;
	}

	/**
	 * A product that is not there yet, unsaved.
	 *
	 * @param Said $said What the sidecar says.
	 * @throws \RuntimeException When its parent is not there yet.
	 * @throws Refusal When nobody could find it again.
	 */
	private function made( Said $said ): \WC_Product {
		if ( '' === $said->sku && '' === $said->gtin ) {
			throw new Refusal( 'it has neither SKU nor GTIN, so that nobody would find it again' );
		}
		if ( '' !== $said->parent_sku ) {
			$product = new \WC_Product_Variation();
			$product->set_parent_id( $this->parent_of( $said )->get_id() );
			$product->set_status( 'publish' );
			return $product;
		}
		$product = $said->varies() ? new \WC_Product_Variable() : new \WC_Product_Simple();
		$product->set_status( 'publish' === Options::get( Options::NEW_PRODUCTS ) ? 'publish' : 'draft' );
		$product->set_name( '' !== $said->sku ? $said->sku : $said->gtin );
		return $product;
	}

	/**
	 * A variation's parent; one that had no variations so far is made one that has.
	 *
	 * @param Said $said What the sidecar says.
	 * @throws \RuntimeException When it is not there yet.
	 */
	private function parent_of( Said $said ): \WC_Product {
		$id     = (int) wc_get_product_id_by_sku( $said->parent_sku );
		$parent = $id ? wc_get_product( $id ) : null;
		if ( ! $parent ) {
			throw new \RuntimeException( "its parent {$said->parent_sku} is not in the shop yet" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		if ( $parent->is_type( 'simple' ) ) {
			$this->origin->silence_products( array( $id ) );
			$parent = new \WC_Product_Variable( $id );
			$parent->save();
		}
		return $parent;
	}

	/**
	 * The product as one with variations, when it has them from now on.
	 *
	 * @param \WC_Product $product The product.
	 * @param Said        $said    What the sidecar says.
	 */
	private static function of_the_right_kind( \WC_Product $product, Said $said ): \WC_Product {
		return $said->varies() && $product->is_type( 'simple' ) ? new \WC_Product_Variable( $product->get_id() ) : $product;
	}

	/**
	 * SKU and GTIN, where the product has none of its own.
	 *
	 * @param \WC_Product $product The product.
	 * @param Said        $said    What the sidecar says.
	 * @param bool        $is_new  Whether it was just made.
	 */
	private function identify( \WC_Product $product, Said $said, bool $is_new ): void {
		if ( '' !== $said->sku && '' === $product->get_sku( 'edit' ) ) {
			$product->set_sku( $said->sku );
		}
		if ( '' !== $said->gtin && method_exists( $product, 'set_global_unique_id' ) && '' === $product->get_global_unique_id( 'edit' ) ) {
			$product->set_global_unique_id( $said->gtin );
		}
		if ( $is_new ) {
			$product->update_meta_data( Finder::KEY, $said->key );
		}
	}
}
