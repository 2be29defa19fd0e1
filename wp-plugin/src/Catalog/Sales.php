<?php
/**
 * What this shop has sold and the sidecar has not counted.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Automattic\WooCommerce\Utilities\OrderUtil;
use Causeway\Db;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * The sidecar's figures count this shop's orders up to an event of its ledger. Orders that it kept
 * later, or has not seen, are in WooCommerce's stock already but not in the
 * figure: written as it is, the figure would sell them again. Orders that wait for their payment
 * are the reverse: the figure has them off, WooCommerce does not, and sets their units aside itself.
 */
final class Sales {

	/** For how long after its mark an order is believed to be in the middle of taking its stock. */
	private const SETTLING_SECONDS = 60;

	/**
	 * A table of what is on its way, for the FROM of a statement.
	 *
	 * Its rows: `product_id`, whose stock it is; `uncounted`, units that are off WooCommerce's stock
	 * and not off the figure; `held`, units of unpaid orders that are off the figure and not off the
	 * stock, of which WooCommerce sets aside what it wants to; `settling`, whether an order takes this product's stock just now.
	 *
	 * @param string|null $until The number of the event up to which figures count orders; null for
	 *                           the last that the catalogue said.
	 */
	public static function table( ?string $until = null ): string {
		global $wpdb;
		$until    = $until ?? Puller::counted_until();
		$until    = null !== $until && preg_match( '~^[0-9]{1,18}\z~', $until ) ? $until : (string) PHP_INT_MAX;
		$settling = self::SETTLING_SECONDS;
		$outbox   = Db::table( 'outbox' );
		$items    = $wpdb->prefix . 'woocommerce_order_items';
		$meta     = $wpdb->prefix . 'woocommerce_order_itemmeta';
		$minutes  = self::hold_minutes();
		$hpos     = OrderUtil::custom_orders_table_usage_is_enabled();
		$orders   = $hpos ? $wpdb->prefix . 'wc_orders' : $wpdb->posts;
		$id       = $hpos ? 'id' : 'ID';
		$status   = $hpos ? 'status' : 'post_status';
		$type     = $hpos ? 'type' : 'post_type';
		$made     = $hpos ? 'date_created_gmt' : 'post_date_gmt';
		return "(
			SELECT w.product_id, SUM(w.uncounted) AS uncounted, SUM(w.held) AS held, MAX(w.settling) AS settling
			FROM (
				SELECT CAST(IF(vm.meta_value = 'yes', v.meta_value, p.meta_value) AS UNSIGNED) AS product_id,
					COALESCE(r.meta_value, 0) AS uncounted, 0 AS held,
					r.meta_id IS NULL AND b.is_open AND b.updated_at > UNIX_TIMESTAMP() - $settling
						AND t.$status IN ('wc-processing', 'wc-completed', 'wc-on-hold') AS settling
				FROM (
					SELECT entity_id, updated_at, 1 AS is_open FROM $outbox WHERE entity = 'order' AND state < 2
					UNION ALL
					SELECT entity_id, updated_at, 0 FROM $outbox WHERE entity = 'order' AND state = 2 AND acked_to > $until
				) b
				JOIN $orders t ON t.$id = b.entity_id
				JOIN $items i ON i.order_id = b.entity_id AND i.order_item_type = 'line_item'
				JOIN $meta p ON p.order_item_id = i.order_item_id AND p.meta_key = '_product_id'
				LEFT JOIN $meta v ON v.order_item_id = i.order_item_id AND v.meta_key = '_variation_id' AND v.meta_value <> '0'
				LEFT JOIN {$wpdb->postmeta} vm ON vm.post_id = v.meta_value AND vm.meta_key = '_manage_stock'
				LEFT JOIN $meta r ON r.order_item_id = i.order_item_id AND r.meta_key = '_reduced_stock'
				UNION ALL
				SELECT CAST(IF(vm.meta_value = 'yes', v.meta_value, p.meta_value) AS UNSIGNED), 0, GREATEST(n.meta_value - COALESCE(r.meta_value, 0), 0), 0
				FROM $orders t
				JOIN $outbox b ON b.entity = 'order' AND b.entity_id = t.$id AND b.acked_to BETWEEN 1 AND $until
				JOIN $items i ON i.order_id = t.$id AND i.order_item_type = 'line_item'
				JOIN $meta n ON n.order_item_id = i.order_item_id AND n.meta_key = '_qty'
				JOIN $meta p ON p.order_item_id = i.order_item_id AND p.meta_key = '_product_id'
				LEFT JOIN $meta v ON v.order_item_id = i.order_item_id AND v.meta_key = '_variation_id' AND v.meta_value <> '0'
				LEFT JOIN {$wpdb->postmeta} vm ON vm.post_id = v.meta_value AND vm.meta_key = '_manage_stock'
				LEFT JOIN $meta r ON r.order_item_id = i.order_item_id AND r.meta_key = '_reduced_stock'
				WHERE t.$type = 'shop_order' AND t.$status = 'wc-pending' AND t.$made > UTC_TIMESTAMP() - INTERVAL $minutes MINUTE
			) w GROUP BY w.product_id
		)";
	}

	/**
	 * Stock and sales of these rows, read in one statement: nothing is sold in between.
	 *
	 * @param \stdClass[] $rows  Rows of the catalog's table.
	 * @param string|null $until As table() takes it.
	 * @return array<int, \stdClass> By the row's id: `stock`, as text or null; `uncounted`; `held`; `settling`.
	 */
	public function look( array $rows, ?string $until = null ): array {
		global $wpdb;
		if ( ! $rows ) {
			return array();
		}
		$ids   = implode( ', ', array_map( 'intval', array_column( $rows, 'id' ) ) );
		$found = Db::rows(
			'SELECT c.id, s.meta_value AS stock, COALESCE(o.uncounted, 0) AS uncounted, COALESCE(o.held, 0) AS held, COALESCE(o.settling, 0) AS settling
			FROM ' . Db::table( 'catalog' ) . " c
			JOIN {$wpdb->prefix}wc_product_meta_lookup l ON l.sku = c.sku
			LEFT JOIN {$wpdb->postmeta} s ON s.post_id = l.product_id AND s.meta_key = '_stock'
			LEFT JOIN " . self::table( $until ) . " o ON o.product_id = l.product_id
			WHERE c.id IN ($ids)"
		);
		return array_column( $found, null, 'id' );
	}

	/**
	 * How many units of products were sold here and are not off the figures.
	 *
	 * @param int[]       $ids   Whose stock it is.
	 * @param string|null $until As table() takes it.
	 * @return array<int, float> By product; those that have none are not there.
	 */
	public function uncounted( array $ids, ?string $until = null ): array {
		$list = implode( ', ', array_map( 'intval', $ids ) );
		return $ids ? array_map( 'floatval', array_column( Db::rows( 'SELECT o.product_id, o.uncounted FROM ' . self::table( $until ) . " o WHERE o.product_id IN ($list)" ), 'uncounted', 'product_id' ) ) : array();
	}

	/**
	 * What a cart has too much of.
	 *
	 * @param array<string, Wanted> $wanted  By SKU.
	 * @param array<string, float>  $figures What may be sold, by SKU; those that are not there are not looked at.
	 * @param string|null           $until   As table() takes it.
	 * @return string[] What the customer reads.
	 */
	public function too_much( array $wanted, array $figures, ?string $until = null ): array {
		$lines = array_intersect_key( $wanted, $figures );
		$sold  = $this->uncounted( array_column( $lines, 'holder_id' ), $until );
		$said  = array();
		foreach ( $lines as $sku => $line ) {
			$left = $figures[ $sku ] - ( $sold[ $line->holder_id ] ?? 0.0 );
			if ( $left < $line->quantity ) {
				$left += self::of_this_customer( $line->holder_id, $until );
			}
			if ( $left < $line->quantity ) {
				$said[] = $line->sentence( $left );
			}
		}
		return $said;
	}

	/**
	 * Units of a product that this very customer's own unpaid order has off the figure: who pays at
	 * the second try must not be held up by the first.
	 *
	 * @param int         $product_id Whose stock it is.
	 * @param string|null $until      As table() takes it.
	 */
	public static function of_this_customer( int $product_id, ?string $until = null ): float {
		$session = WC()->session;
		$order   = $session ? (int) $session->get( 'order_awaiting_payment' ) : 0;
		$order   = $order ? $order : (int) ( $session ? $session->get( 'store_api_draft_order' ) : 0 );
		$until   = $until ?? Puller::counted_until() ?? (string) PHP_INT_MAX;
		$order   = $order ? wc_get_order( $order ) : null;
		if ( ! $order || ! Db::value( 'SELECT 1 FROM ' . Db::table( 'outbox' ) . " WHERE entity = 'order' AND entity_id = %d AND acked_to BETWEEN 1 AND %s", array( $order->get_id(), $until ) ) ) {
			return 0.0;
		}
		$units = 0.0;
		foreach ( $order->get_items() as $item ) {
			$product = $item instanceof \WC_Order_Item_Product ? $item->get_product() : null;
			$units  += $product instanceof \WC_Product && (int) $product->get_stock_managed_by_id() === $product_id ? (float) $item->get_quantity() : 0.0;
		}
		return $units;
	}

	/**
	 * For how long an unpaid order keeps its goods, in minutes, as WooCommerce's settings have it.
	 */
	private static function hold_minutes(): int {
		$minutes = (int) get_option( 'woocommerce_hold_stock_minutes', 60 );
		return $minutes > 0 ? $minutes : 10 * YEAR_IN_SECONDS / MINUTE_IN_SECONDS;
	}

	/**
	 * What WooCommerce's stock must be for a figure. What was sold and is not counted comes off; a
	 * figure is never made to owe more than it says itself.
	 *
	 * @param float     $figure What may be sold.
	 * @param \stdClass $seen   A row of look().
	 */
	public static function stock_for( float $figure, \stdClass $seen ): float {
		return max( $figure - (float) $seen->uncounted, min( 0.0, $figure ) ) + (float) $seen->held;
	}
}
