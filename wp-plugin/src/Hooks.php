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
		array( 'action', 'woocommerce_new_customer_note', 'note_capture', 'telling', 1, 1 ),
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

		// Stock, while customers buy.
		array( 'action', 'woocommerce_check_cart_items', 'cart_guard', 'check', 10, 0 ),
		array( 'filter', 'woocommerce_query_for_reserved_stock', 'reservations', 'until_released', 10, 1 ),

		// Admin: what shop owners see.
		array( 'action', 'init', 'translations', 'load', 0, 0 ),
		array( 'filter', 'woocommerce_get_settings_pages', 'admin_settings', 'add', 10, 1 ),
		array( 'action', 'woocommerce_admin_field_causeway', 'admin_settings', 'show', 10, 1 ),
		array( 'filter', 'plugin_action_links_causeway-for-woocommerce/causeway-for-woocommerce.php', 'admin_settings', 'plugin_links', 10, 1 ),
		array( 'action', 'woocommerce_after_settings_causeway', 'admin_forms', 'print_form', 10, 0 ),
		array( 'action', 'admin_post_causeway_do', 'admin_forms', 'act', 10, 0 ),
		array( 'action', 'admin_post_causeway_resend', 'order_panel', 'resend', 10, 0 ),
		array( 'action', 'admin_enqueue_scripts', 'admin_assets', 'load', 10, 0 ),
		array( 'action', 'rest_api_init', 'admin_routes', 'register', 10, 0 ),
		array( 'action', 'add_meta_boxes', 'order_panel', 'add', 10, 1 ),
		array( 'filter', 'manage_woocommerce_page_wc-orders_columns', 'order_list', 'columns', 20, 1 ),
		array( 'filter', 'manage_edit-shop_order_columns', 'order_list', 'columns', 20, 1 ),
		array( 'filter', 'woocommerce_order_list_table_prepare_items_query_args', 'order_list', 'listing', 10, 1 ),
		array( 'filter', 'woocommerce_order_query', 'order_list', 'listed', 10, 1 ),
		array( 'action', 'manage_woocommerce_page_wc-orders_custom_column', 'order_list', 'cell', 10, 2 ),
		array( 'action', 'manage_shop_order_posts_custom_column', 'order_list', 'cell', 10, 2 ),
		array( 'filter', 'bulk_actions-woocommerce_page_wc-orders', 'order_list', 'actions', 10, 1 ),
		array( 'filter', 'bulk_actions-edit-shop_order', 'order_list', 'actions', 10, 1 ),
		array( 'filter', 'handle_bulk_actions-woocommerce_page_wc-orders', 'order_list', 'act', 10, 3 ),
		array( 'filter', 'handle_bulk_actions-edit-shop_order', 'order_list', 'act', 10, 3 ),
		array( 'filter', 'removable_query_args', 'order_list', 'forget_said', 10, 1 ),
		array( 'action', 'admin_notices', 'order_list', 'say', 10, 0 ),
		array( 'action', 'admin_notices', 'admin_notice', 'show', 10, 0 ),
		array( 'filter', 'site_status_tests', 'site_health', 'tests', 10, 1 ),
		array( 'filter', 'debug_information', 'site_health', 'information', 10, 1 ),
		array( 'action', 'woocommerce_system_status_report', 'system_status', 'show', 10, 0 ),
		array( 'action', 'admin_init', 'privacy', 'policy', 10, 0 ),
		array( 'filter', 'wp_privacy_personal_data_exporters', 'privacy', 'exporters', 10, 1 ),
		array( 'filter', 'wp_privacy_personal_data_erasers', 'privacy', 'erasers', 20, 1 ),
		array( 'action', 'woocommerce_privacy_remove_order_personal_data', 'privacy', 'erased', 10, 1 ),
		array( 'action', 'cli_init', 'cli', 'add', 10, 0 ),
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
