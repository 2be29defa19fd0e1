<?php
/**
 * Every hook of the plugin, in one table.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Which hook calls which method of which service. Each call goes through a Guard, so that no
 * exception of ours ever reaches WooCommerce.
 */
final class Hooks {

	/**
	 * Rows of: kind, hook, service, method, priority, arguments.
	 *
	 * The hooks that capture orders are those of which each change fires at least one, in both
	 * order storages; that one change fires several costs nothing, since marks are counted once.
	 */
	public const TABLE = array(
		// The plugin's own life.
		array( 'action', 'before_woocommerce_init', 'plugin', 'declare_compatibility', 10, 0 ),
		array( 'action', 'init', 'installer', 'upgrade', 5, 0 ),
		array( 'filter', 'wpmu_drop_tables', 'installer', 'tables_to_drop', 10, 1 ),

		// Orders, and refunds as changes of their order.
		array( 'action', 'woocommerce_after_order_object_save', 'order_capture', 'saved', 10, 1 ),
		array( 'action', 'woocommerce_after_order_refund_object_save', 'order_capture', 'refund_saved', 10, 1 ),
		array( 'action', 'woocommerce_new_order', 'order_capture', 'changed', 10, 2 ),
		array( 'action', 'woocommerce_update_order', 'order_capture', 'changed', 10, 2 ),
		array( 'action', 'woocommerce_trash_order', 'order_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_untrash_order', 'order_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_delete_order', 'order_capture', 'changed', 10, 1 ),
		array( 'filter', 'woocommerce_pre_delete_order', 'order_capture', 'deleting', 10, 2 ),
		array( 'filter', 'woocommerce_pre_delete_order_refund', 'order_capture', 'deleting_refund', 10, 2 ),
		array( 'action', 'woocommerce_new_order_item', 'order_capture', 'item_changed', 10, 3 ),
		array( 'action', 'woocommerce_update_order_item', 'order_capture', 'item_changed', 10, 3 ),
		array( 'action', 'woocommerce_before_delete_order_item', 'order_capture', 'item_changed', 10, 1 ),

		// Products and their stock.
		array( 'action', 'woocommerce_new_product', 'product_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_update_product', 'product_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_new_product_variation', 'product_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_update_product_variation', 'product_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_updated_product_stock', 'product_capture', 'changed', 10, 1 ),
		array( 'action', 'save_post_product', 'product_capture', 'changed', 10, 1 ),
		array( 'action', 'save_post_product_variation', 'product_capture', 'changed', 10, 1 ),

		// Orders and products as posts: the admin's lists trash and delete them as such.
		array( 'action', 'trashed_post', 'post_capture', 'changed', 10, 1 ),
		array( 'action', 'untrashed_post', 'post_capture', 'changed', 10, 1 ),
		array( 'action', 'before_delete_post', 'post_capture', 'changed', 10, 1 ),

		// Customers.
		array( 'action', 'user_register', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'profile_update', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_new_customer', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_update_customer', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'delete_user', 'customer_capture', 'deleting', 10, 1 ),

		// Notes.
		array( 'action', 'woocommerce_order_note_added', 'note_capture', 'added', 10, 1 ),

		// WooCommerce itself changes things at shutdown 10; what comes after 50 is written at once.
		array( 'action', 'shutdown', 'marks', 'flush', 50, 0 ),
		array( 'action', 'shutdown', 'after_response', 'run', 1000, 0 ),

		// Scheduled work.
		array( 'filter', 'cron_schedules', 'scheduler', 'intervals', 10, 1 ),
		array( 'action', 'init', 'scheduler', 'check', 20, 0 ),
		array( 'action', 'action_scheduler_ensure_recurring_actions', 'scheduler', 'ensure', 10, 0 ),
		array( 'action', 'causeway_cron', 'scheduler', 'twin', 10, 0 ),
		array( 'action', 'causeway_send', 'worker', 'send', 10, 0 ),
		array( 'action', 'causeway_send_more', 'worker', 'send', 10, 0 ),
		array( 'action', 'causeway_poll', 'worker', 'poll', 10, 0 ),
		array( 'action', 'causeway_poll_now', 'worker', 'poll', 10, 0 ),
		array( 'action', 'causeway_catalog', 'worker', 'catalog', 10, 0 ),
		array( 'action', 'causeway_catalog_more', 'worker', 'catalog', 10, 0 ),
		array( 'action', 'causeway_reconcile', 'worker', 'reconcile', 10, 0 ),
		array( 'action', 'causeway_sweep', 'worker', 'sweep', 10, 0 ),
		array( 'action', 'causeway_purge', 'worker', 'purge', 10, 0 ),

		// What comes back.
		array( 'action', 'rest_api_init', 'poke', 'register', 10, 0 ),
		array( 'filter', 'woocommerce_new_order_note_data', 'note_applier', 'with_key', 10, 1 ),
		array( 'action', 'woocommerce_before_order_refund_object_save', 'refund_applier', 'with_key', 10, 1 ),

		// The admin's pages, Site Health, WP-CLI and privacy join here.
	);

	/**
	 * Hook everything in.
	 *
	 * @param Services $services Made only when a hook needs them.
	 */
	public static function register( Services $services ): void {
		foreach ( self::TABLE as list( $kind, $hook, $service, $method, $priority, $count ) ) {
			$guard = new Guard( $services, $service, $method, 'filter' === $kind );
			add_filter( $hook, $guard, $priority, $count );
		}
	}
}
