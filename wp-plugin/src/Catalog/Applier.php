<?php
/**
 * Writes stock and prices into products.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Db;
use Causeway\Json;
use Causeway\Log;
use Causeway\Memory;
use Causeway\Options;
use Causeway\Origin;
use Causeway\Product\Unsaved;

defined( 'ABSPATH' ) || exit;

/**
 * Saves what differs through WooCommerce's own objects, so that everything that hangs on a product
 * (status, visibility, caches, mails, marketplaces) follows. What the owner decided, such as
 * whether a product's stock is managed at all, is left alone.
 */
final class Applier {

	private const AT_ONCE = 100;

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
	 * Apply what differs, for so many seconds at most. What is left goes on with the next run.
	 *
	 * @param int $seconds How long.
	 * @return bool Whether everything is applied.
	 */
	public function run( int $seconds = 20 ): bool {
		return (bool) $this->cache->alone( fn() => $this->applied( microtime( true ) + $seconds ), false );
	}

	/**
	 * Apply what differs.
	 *
	 * @param float $until A time as microtime( true ) gives it.
	 */
	private function applied( float $until ): bool {
		$later = array();
		$this->cache->compare();
		wp_defer_term_counting( true );
		try {
			do {
				Memory::release();
				$rows = $this->cache->differing( self::AT_ONCE, $later );
				array_push( $later, ...$this->work_on( $rows, $until ) );
			} while ( $rows && microtime( true ) < $until );
		} finally {
			wp_defer_term_counting( false );
			// Parents of variations, which WooCommerce would sync when the process ends: a worker lives long.
			\WC_Post_Data::do_deferred_product_sync();
			// Older WooCommerce does not forget them, and would sync them again each time.
			$GLOBALS['wc_deferred_product_sync'] = array(); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedVariableFound -- WooCommerce's own.
			$this->cache->note_whether_open();
		}
		return ! $rows && ! $later;
	}

	/**
	 * Some rows. What this shop sold is asked once for all of them: the stock is moved by the
	 * difference, so whatever is sold between the look and the writing stays sold.
	 *
	 * @param \stdClass[] $rows  Of Cache::differing().
	 * @param float       $until A time as microtime( true ) gives it.
	 * @return int[] Ids of those to look at again later.
	 */
	private function work_on( array $rows, float $until ): array {
		if ( ! $rows ) {
			return array();
		}
		_prime_post_caches( array_filter( array_map( 'intval', array_merge( array_column( $rows, 'product_id' ), array_column( $rows, 'parent_id' ) ) ) ) );
		$seen  = $this->sales->look( $rows );
		$later = array();
		$ends  = array();
		foreach ( $rows as $row ) {
			$end = $this->apply( $row, $seen[ $row->id ] ?? null );
			if ( null === $end ) {
				$later[] = (int) $row->id;
			} else {
				$ends[ Json::encode( $end ) ][] = $row;
			}
			if ( microtime( true ) >= $until ) {
				break;
			}
		}
		foreach ( $ends as $end => $ended ) {
			$this->cache->finish( $ended, ...( Json::decode( $end ) ?? array() ) );
		}
		return $later;
	}

	/**
	 * One product.
	 *
	 * @param \stdClass      $row  A row of Cache::differing().
	 * @param \stdClass|null $seen Its row of Sales::look().
	 * @return array|null State, result and whether to look again, as Cache::finish() takes them; null to come back later.
	 */
	private function apply( \stdClass $row, ?\stdClass $seen ): ?array {
		try {
			$product = wc_get_product( (int) $row->product_id );
			if ( ! $product ) {
				return array( Cache::LEFT, 'WooCommerce cannot read the product' );
			}
			$this->origin->silence_products( array( $row->product_id, $row->parent_id ) );
			$wants_stock = Options::is_on( Options::SYNC_STOCK ) && null !== $row->quantity;
			if ( $wants_stock && ( null === $seen || $seen->settling ) ) {
				return null;
			}
			$price = Prices::set( $product, $row );
			$stock = $wants_stock ? $this->set_stock( $product, $row, $seen ) : '';
			if ( Unsaved::has( $product ) ) {
				self::read_stock( $product );
				$product->save();
			}
			$left = array_filter( array( $price, $stock ) );
			return array( $left ? Cache::LEFT : Cache::APPLIED, implode( '; ', $left ), self::again( $row, $seen ) );
		} catch ( \Throwable $error ) {
			Log::failure( "Writing stock and price of product {$row->product_id}", $error );
			return array( Cache::LEFT, $error->getMessage() );
		}
	}

	/**
	 * Whether a row is to be looked at again, because sales were on their way.
	 *
	 * @param \stdClass      $row  A row of Cache::differing().
	 * @param \stdClass|null $seen Its row of Sales::look().
	 */
	private static function again( \stdClass $row, ?\stdClass $seen ): int {
		if ( ! $seen || ( 0.0 === (float) $seen->uncounted && 0.0 === (float) $seen->held ) ) {
			return Cache::SETTLED;
		}
		return (float) $seen->uncounted > max( 0.0, (float) $row->quantity ) ? Cache::SHORT : Cache::UNDERWAY;
	}

	/**
	 * Set the stock, by adding or taking the difference: what is sold meanwhile stays sold. WooCommerce
	 * saves the product by the way, with its new prices.
	 *
	 * @param \WC_Product $product The product.
	 * @param \stdClass   $row     Its figures.
	 * @param \stdClass   $seen    Its row of Sales::look().
	 * @return string Why not; empty when it is done.
	 */
	private function set_stock( \WC_Product $product, \stdClass $row, \stdClass $seen ): string {
		if ( true !== $product->get_manage_stock( 'edit' ) ) {
			return Cache::UNMANAGED;
		}
		$wanted     = Sales::stock_for( (float) wc_stock_amount( $row->quantity ), $seen );
		$difference = $wanted - (float) $seen->stock;
		if ( null === $seen->stock || '' === $seen->stock ) {
			wc_update_product_stock( $product, $wanted, 'set' );
		} elseif ( abs( $difference ) > 1e-6 ) {
			wc_update_product_stock( $product, abs( $difference ), $difference > 0 ? 'increase' : 'decrease' );
		}
		return '';
	}

	/**
	 * Read the stock afresh: saving sets the stock's status by it, and some may have been sold since
	 * the product was read.
	 *
	 * @param \WC_Product $product The product.
	 */
	private static function read_stock( \WC_Product $product ): void {
		global $wpdb;
		if ( true === $product->get_manage_stock( 'edit' ) ) {
			$stock = Db::value( "SELECT meta_value FROM {$wpdb->postmeta} WHERE post_id = %d AND meta_key = '_stock'", array( $product->get_id() ) );
			\WC_Data_Store::load( 'product' )->read_stock_quantity( $product, is_numeric( $stock ) ? (float) $stock : null );
		}
	}
}
