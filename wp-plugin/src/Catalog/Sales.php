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
 * figure: written as it is, the figure would sell them again.
 */
final class Sales {

	/** For how long after its mark an order is believed to be in the middle of taking its stock. */
	private const SETTLING_SECONDS = 60;

	/**
	 * Stock and uncounted sales of these rows, read in one statement: nothing is sold in between.
	 *
	 * @param object[] $rows Rows of Cache::differing().
	 * @return array<int, object> By the row's id: `stock`; `uncounted`, units; `settling`, whether
	 *                            an order takes this product's stock just now.
	 */
	public function look( array $rows ): array {
		global $wpdb;
		if ( ! $rows ) {
			return array();
		}
		$ids     = implode( ', ', array_map( 'intval', array_column( $rows, 'id' ) ) );
		$until   = Options::record( Options::CATALOG_CURSOR )['until'] ?? null;
		$outbox  = Db::table( 'outbox' );
		$catalog = Db::table( 'catalog' );
		$lookup  = $wpdb->prefix . 'wc_product_meta_lookup';
		$items   = $wpdb->prefix . 'woocommerce_order_items';
		$meta    = $wpdb->prefix . 'woocommerce_order_itemmeta';
		$hpos    = OrderUtil::custom_orders_table_usage_is_enabled();
		$orders  = $hpos ? $wpdb->prefix . 'wc_orders' : $wpdb->posts;
		$id      = $hpos ? 'id' : 'ID';
		$status  = $hpos ? 'status' : 'post_status';
		$found   = Db::rows(
			"SELECT c.id, s.meta_value AS stock, COALESCE(SUM(o.uncounted), 0) AS uncounted, COALESCE(MAX(o.settling), 0) AS settling
			FROM $catalog c
			JOIN $lookup l ON l.sku = c.sku
			LEFT JOIN {$wpdb->postmeta} s ON s.post_id = l.product_id AND s.meta_key = '_stock'
			LEFT JOIN (
				SELECT IF(vm.meta_value = 'yes', v.meta_value, p.meta_value) AS product_id,
					COALESCE(r.meta_value, 0) AS uncounted,
					r.meta_id IS NULL AND b.is_open AND b.updated_at > UNIX_TIMESTAMP() - %d
						AND t.$status IN ('wc-processing', 'wc-completed', 'wc-on-hold') AS settling
				FROM (
					SELECT entity_id, updated_at, 1 AS is_open FROM $outbox WHERE entity = 'order' AND state < 2
					UNION ALL
					SELECT entity_id, updated_at, 0 FROM $outbox WHERE entity = 'order' AND state = 2 AND acked_to > %s
				) b
				JOIN $orders t ON t.$id = b.entity_id
				JOIN $items i ON i.order_id = b.entity_id AND i.order_item_type = 'line_item'
				JOIN $meta p ON p.order_item_id = i.order_item_id AND p.meta_key = '_product_id'
				LEFT JOIN $meta v ON v.order_item_id = i.order_item_id AND v.meta_key = '_variation_id' AND v.meta_value <> '0'
				LEFT JOIN {$wpdb->postmeta} vm ON vm.post_id = v.meta_value AND vm.meta_key = '_manage_stock'
				LEFT JOIN $meta r ON r.order_item_id = i.order_item_id AND r.meta_key = '_reduced_stock'
			) o ON o.product_id = l.product_id
			WHERE c.id IN ($ids) GROUP BY c.id, s.meta_value",
			array( self::SETTLING_SECONDS, is_string( $until ) ? $until : (string) PHP_INT_MAX )
		);
		return array_column( $found, null, 'id' );
	}
}
