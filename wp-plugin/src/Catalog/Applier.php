<?php
/**
 * Writes stock and prices into products.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Log;
use Causeway\Memory;
use Causeway\Options;
use Causeway\Origin;

defined( 'ABSPATH' ) || exit;

/**
 * Saves what differs through WooCommerce's own objects, so that everything that hangs on a product
 * (status, visibility, caches, mails, marketplaces) follows. What the owner decided, such as
 * whether a product's stock is managed at all, is left alone.
 */
final class Applier {

	/** What differs.
	 *
	 * @var Cache
	 */
	private $cache;

	/** What was sold and is not counted.
	 *
	 * @var Sales
	 */
	private $sales;

	/** Silences our own writings.
	 *
	 * @var Origin
	 */
	private $origin;

	/**
	 * Give it its parts.
	 *
	 * @param Cache  $cache  What differs.
	 * @param Sales  $sales  What was sold and is not counted.
	 * @param Origin $origin Silences our own writings.
	 */
	public function __construct( Cache $cache, Sales $sales, Origin $origin ) {
		$this->cache  = $cache;
		$this->sales  = $sales;
		$this->origin = $origin;
	}

	/**
	 * Apply what differs, for so many seconds at most.
	 *
	 * @param int $seconds How long.
	 * @return bool Whether everything is applied.
	 */
	public function run( int $seconds = 20 ): bool {
		$until = microtime( true ) + $seconds;
		$later = array();
		$this->cache->compare();
		wp_defer_term_counting( true );
		try {
			do {
				Memory::release();
				$rows = $this->cache->differing( 100, $later );
				_prime_post_caches( array_map( 'intval', array_column( $rows, 'product_id' ) ) );
				foreach ( $rows as $row ) {
					if ( ! $this->apply( $row ) ) {
						$later[] = (int) $row->id;
					}
					if ( microtime( true ) >= $until ) {
						return false;
					}
				}
			} while ( $rows );
		} finally {
			wp_defer_term_counting( false );
			$this->cache->note_whether_open();
		}
		return ! $later;
	}

	/**
	 * One product.
	 *
	 * @param object $row A row of Cache::differing().
	 * @return bool Whether it came to an end; false to look again later.
	 */
	private function apply( object $row ): bool {
		try {
			$product = wc_get_product( (int) $row->product_id );
			if ( ! $product ) {
				$this->cache->finish( $row, Cache::LEFT, 'WooCommerce cannot read the product' );
				return true;
			}
			$this->origin->silence_products( array( $row->product_id, $row->parent_id ) );
			$price = $this->set_prices( $product, $row );
			$stock = $this->set_stock( $product, $row );
			if ( null === $stock ) {
				return false;
			}
			$left = array_filter( array( $price, $stock ) );
			$this->cache->finish( $row, $left ? Cache::LEFT : Cache::APPLIED, implode( '; ', $left ) );
		} catch ( \Throwable $error ) {
			$this->cache->finish( $row, Cache::LEFT, $error->getMessage() );
			Log::failure( "Writing stock and price of product {$row->product_id}", $error );
		}
		return true;
	}

	/**
	 * Set the prices.
	 *
	 * @param \WC_Product $product The product.
	 * @param object      $row     Its figures.
	 * @return string Why not; empty when it is done.
	 */
	private function set_prices( \WC_Product $product, object $row ): string {
		if ( ! Options::is_on( Options::SYNC_PRICES ) || ( null === $row->regular_price && null === $row->sale_price && null === $row->sale ) ) {
			return '';
		}
		if ( get_woocommerce_currency() !== $row->currency ) {
			return 'the price is in another currency than the shop';
		}
		if ( wc_prices_include_tax() !== (bool) $row->includes_tax ) {
			return $row->includes_tax ? 'the price includes tax, the shop’s do not' : 'the price is without tax, the shop’s include it';
		}
		if ( null !== $row->regular_price ) {
			$product->set_regular_price( wc_format_decimal( $row->regular_price ) );
		}
		if ( 'off' === $row->sale ) {
			$product->set_sale_price( '' );
		} elseif ( null !== $row->sale_price ) {
			$product->set_sale_price( wc_format_decimal( $row->sale_price ) );
		}
		if ( $product->get_changes() ) {
			$product->save();
		}
		return '';
	}

	/**
	 * Set the stock, by adding or taking the difference: what is sold meanwhile stays sold.
	 *
	 * @param \WC_Product $product The product.
	 * @param object      $row     Its figures.
	 * @return string|null Why not; empty when it is done; null while an order takes its stock.
	 */
	private function set_stock( \WC_Product $product, object $row ): ?string {
		if ( ! Options::is_on( Options::SYNC_STOCK ) || null === $row->quantity ) {
			return '';
		}
		if ( true !== $product->get_manage_stock( 'edit' ) ) {
			return 'the product’s stock is not managed in the shop';
		}
		$seen = $this->sales->look( array( $row ) )[ $row->id ] ?? null;
		if ( null === $seen || $seen->settling ) {
			return null;
		}
		$wanted     = (float) wc_stock_amount( $row->quantity );
		$wanted     = max( $wanted - (float) $seen->uncounted, min( 0.0, $wanted ) );
		$difference = $wanted - (float) $seen->stock;
		if ( null === $seen->stock ) {
			wc_update_product_stock( $product, $wanted, 'set' );
		} elseif ( abs( $difference ) > 1e-6 ) {
			wc_update_product_stock( $product, abs( $difference ), $difference > 0 ? 'increase' : 'decrease' );
		}
		return '';
	}
}
