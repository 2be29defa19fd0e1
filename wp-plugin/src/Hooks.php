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

	/** Only where no customer waits: in the admin, in scheduled work, on the command line. */
	private const BACKSTAGE = '(backstage)';

	/** Everywhere but in the calls by which a cart and a checkout work: nothing there asks for it. */
	private const NOT_IN_CART = '(not in cart)';

	/** Where customers see prices, in a shop that has prices by quantity or group at all. */
	private const WITH_TIERS = '(with price tiers)';

	/** Only in a shop whose owner wants carts checked live. */
	private const LIVE = '(live check)';

	/** Only while figures wait to be written into products. */
	private const FIGURES_WAIT = '(figures wait)';

	/** Only where the tables are not those of this version. */
	private const OUTDATED = '(outdated)';

	/** Only in a shop that keeps its orders as posts, or a copy of them. */
	private const AS_POSTS = '(orders as posts)';

	/**
	 * Rows of: kind, hook, service, method, priority, arguments, and for some a condition: one of
	 * those above, or the service without which there is nothing to do.
	 *
	 * The hooks that capture orders are those of which each change fires at least one, in both
	 * order storages; that one change fires several costs nothing, since marks are counted once.
	 */
	public const TABLE = array(
		// The plugin's own life.
		array( 'action', 'before_woocommerce_init', 'plugin', 'declare_compatibility', 10, 0, self::NOT_IN_CART ),
		array( 'action', 'init', 'installer', 'upgrade', 5, 0, self::OUTDATED ),
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

		// Meta written by itself to an order that is a post changes no date and fires nothing else.
		array( 'action', 'added_post_meta', 'post_capture', 'meta_changed', 10, 3, self::AS_POSTS ),
		array( 'action', 'updated_post_meta', 'post_capture', 'meta_changed', 10, 3, self::AS_POSTS ),
		array( 'action', 'deleted_post_meta', 'post_capture', 'meta_changed', 10, 3, self::AS_POSTS ),

		// Customers.
		array( 'action', 'user_register', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'profile_update', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_new_customer', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'woocommerce_update_customer', 'customer_capture', 'changed', 10, 1 ),
		array( 'action', 'delete_user', 'customer_capture', 'deleting', 10, 1 ),

		// Notes.
		array( 'action', 'woocommerce_new_customer_note', 'note_capture', 'telling', 1, 1 ),
		array( 'action', 'woocommerce_order_note_added', 'note_capture', 'added', 10, 1 ),

		// On a network each site has an outbox of its own.
		array( 'action', 'switch_blog', 'marks', 'switched', 10, 2, 'marks' ),

		// WooCommerce itself changes things at shutdown 10. Where the response can be ended first,
		// what changed is settled after that, at 1000; elsewhere at 50, and what comes later at once.
		array( 'action', 'shutdown', 'after_response', 'settle', 50, 0, 'marks' ),
		array( 'action', 'shutdown', 'after_response', 'run', 1000, 0, 'marks' ),

		// Scheduled work.
		array( 'filter', 'cron_schedules', 'scheduler', 'intervals', 10, 1 ),
		array( 'action', 'init', 'scheduler', 'check', 20, 0, self::BACKSTAGE ),
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
		array( 'action', 'causeway_images', 'worker', 'images', 10, 0 ),

		// What comes back.
		array( 'action', 'rest_api_init', 'poke', 'register', 10, 0, self::NOT_IN_CART ),
		array( 'filter', 'woocommerce_new_order_note_data', 'note_applier', 'with_key', 10, 1, 'note_applier' ),
		array( 'action', 'woocommerce_before_order_refund_object_save', 'refund_applier', 'with_key', 10, 1, 'refund_applier' ),

		// Stock, while customers buy.
		array( 'action', 'woocommerce_check_cart_items', 'cart_guard', 'check', 10, 0, self::FIGURES_WAIT ),
		array( 'filter', 'woocommerce_query_for_reserved_stock', 'reservations', 'until_released', 10, 1 ),
		array( 'action', 'woocommerce_after_checkout_validation', 'live_check', 'classic', 50, 2, self::LIVE ),
		array( 'action', 'woocommerce_store_api_cart_errors', 'live_check', 'block', 50, 1, self::LIVE ),

		// Prices by quantity and customer group.
		array( 'filter', 'woocommerce_product_get_price', 'price_tiers', 'price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_product_get_regular_price', 'price_tiers', 'regular_price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_product_get_sale_price', 'price_tiers', 'sale_price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_product_variation_get_price', 'price_tiers', 'price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_product_variation_get_regular_price', 'price_tiers', 'regular_price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_product_variation_get_sale_price', 'price_tiers', 'sale_price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_variation_prices_price', 'price_tiers', 'price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_variation_prices_regular_price', 'price_tiers', 'regular_price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_variation_prices_sale_price', 'price_tiers', 'sale_price', 20, 2, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_get_variation_prices_hash', 'price_tiers', 'prices_depend_on', 20, 1, self::WITH_TIERS ),
		array( 'action', 'woocommerce_before_calculate_totals', 'price_tiers', 'count', 1, 1, self::WITH_TIERS ),
		array( 'action', 'woocommerce_before_add_to_cart_form', 'price_tiers', 'show', 10, 0, self::WITH_TIERS ),
		array( 'filter', 'woocommerce_available_variation', 'price_tiers', 'with_table', 10, 3, self::WITH_TIERS ),

		// Admin: what shop owners see.
		array( 'action', 'init', 'plugin', 'name_translations', 0, 0 ),
		array( 'filter', 'load_textdomain_mofile', 'translations', 'nearest', 10, 2 ),
		array( 'filter', 'woocommerce_get_settings_pages', 'admin_settings', 'add', 10, 1, self::NOT_IN_CART ),
		array( 'action', 'woocommerce_admin_field_causeway', 'admin_settings', 'show', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'plugin_action_links_causeway-for-woocommerce/causeway-for-woocommerce.php', 'admin_settings', 'plugin_links', 10, 1, self::BACKSTAGE ),
		array( 'action', 'woocommerce_after_settings_causeway', 'admin_forms', 'print_form', 10, 0, self::BACKSTAGE ),
		array( 'action', 'admin_post_causeway_do', 'admin_forms', 'act', 10, 0, self::BACKSTAGE ),
		array( 'action', 'admin_post_causeway_resend', 'order_panel', 'resend', 10, 0, self::BACKSTAGE ),
		array( 'action', 'admin_post_causeway_label', 'order_label', 'show', 10, 0, self::BACKSTAGE ),
		array( 'action', 'admin_enqueue_scripts', 'admin_assets', 'load', 10, 0, self::BACKSTAGE ),
		array( 'action', 'rest_api_init', 'admin_routes', 'register', 10, 0, self::NOT_IN_CART ),
		array( 'action', 'add_meta_boxes', 'order_panel', 'add', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'manage_woocommerce_page_wc-orders_columns', 'order_list', 'columns', 20, 1, self::BACKSTAGE ),
		array( 'filter', 'manage_edit-shop_order_columns', 'order_list', 'columns', 20, 1, self::BACKSTAGE ),
		array( 'filter', 'woocommerce_order_list_table_prepare_items_query_args', 'order_list', 'listing', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'woocommerce_order_query', 'order_list', 'listed', 10, 1, self::BACKSTAGE ),
		array( 'action', 'manage_woocommerce_page_wc-orders_custom_column', 'order_list', 'cell', 10, 2, self::BACKSTAGE ),
		array( 'action', 'manage_shop_order_posts_custom_column', 'order_list', 'cell', 10, 2, self::BACKSTAGE ),
		array( 'filter', 'bulk_actions-woocommerce_page_wc-orders', 'order_list', 'actions', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'bulk_actions-edit-shop_order', 'order_list', 'actions', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'handle_bulk_actions-woocommerce_page_wc-orders', 'order_list', 'act', 10, 3, self::BACKSTAGE ),
		array( 'filter', 'handle_bulk_actions-edit-shop_order', 'order_list', 'act', 10, 3, self::BACKSTAGE ),
		array( 'filter', 'removable_query_args', 'order_list', 'forget_said', 10, 1, self::BACKSTAGE ),
		array( 'action', 'admin_notices', 'order_list', 'say', 10, 0, self::BACKSTAGE ),
		array( 'action', 'admin_notices', 'admin_notice', 'show', 10, 0, self::BACKSTAGE ),
		array( 'filter', 'site_status_tests', 'site_health', 'tests', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'debug_information', 'site_health', 'information', 10, 1, self::BACKSTAGE ),
		array( 'action', 'woocommerce_system_status_report', 'system_status', 'show', 10, 0, self::BACKSTAGE ),
		array( 'action', 'admin_init', 'privacy', 'policy', 10, 0, self::BACKSTAGE ),
		array( 'filter', 'wp_privacy_personal_data_exporters', 'privacy', 'exporters', 10, 1, self::BACKSTAGE ),
		array( 'filter', 'wp_privacy_personal_data_erasers', 'privacy', 'erasers', 20, 1, self::BACKSTAGE ),
		array( 'action', 'woocommerce_privacy_remove_order_personal_data', 'privacy', 'erased', 10, 1 ),
		array( 'action', 'cli_init', 'cli', 'add', 10, 0, self::BACKSTAGE ),
	);

	/**
	 * Hook everything in that this request may come to.
	 *
	 * @param Services $services Made only when a hook needs them.
	 */
	public static function register( Services $services ): void {
		$left_out = array_filter(
			array(
				self::BACKSTAGE    => ! self::is_backstage(),
				self::NOT_IN_CART  => self::is_of_cart(),
				self::WITH_TIERS   => self::is_backstage() || ! Options::is_on( Options::HAS_TIERS ),
				self::LIVE         => ! Options::is_on( Options::LIVE_CHECK ),
				self::FIGURES_WAIT => ! Options::is_on( Options::CATALOG_OPEN ),
				self::OUTDATED     => Plugin::TABLES_VERSION === get_option( Options::DB_VERSION ),
				self::AS_POSTS     => ! self::is_backstage() && self::has_order_tables_alone(),
			)
		);
		foreach ( self::TABLE as $row ) {
			list( $kind, $hook, $service, $method, $priority, $count ) = $row;
			$condition = $row[6] ?? '';
			if ( ! isset( $left_out[ $condition ] ) ) {
				$needed = '' === $condition || '(' === $condition[0] ? '' : $condition;
				add_filter( $hook, new Guard( $services, $service, $method, 'filter' === $kind, $needed ), $priority, $count );
			}
		}
	}

	/**
	 * Whether no customer waits for this request.
	 */
	private static function is_backstage(): bool {
		return is_admin() || wp_doing_cron() || 'cli' === PHP_SAPI || ( defined( 'WP_CLI' ) && WP_CLI );
	}

	/**
	 * Whether no order is kept as a post, and no copy of one: WooCommerce's own settings. On a network a
	 * request may visit sites that do it otherwise.
	 */
	private static function has_order_tables_alone(): bool {
		return ! is_multisite() && 'yes' === get_option( 'woocommerce_custom_orders_table_enabled' )
			&& 'yes' !== get_option( 'woocommerce_custom_orders_table_data_sync_enabled' );
	}

	/**
	 * Whether this is a call to the Store API, or one of the classic cart's and checkout's own.
	 */
	private static function is_of_cart(): bool {
		return ! self::is_backstage() && ( false !== strpos( self::asked(), '/wc/store/' ) || isset( $_GET['wc-ajax'] ) ); // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- only looked at.
	}

	/**
	 * Whether an order is being placed: by the Store API, alone or in a batch, or by the classic checkout.
	 */
	public static function is_checkout(): bool {
		$is_post = isset( $_SERVER['REQUEST_METHOD'] ) && 'POST' === $_SERVER['REQUEST_METHOD'];
		return $is_post && self::is_of_cart() && preg_match( '~checkout|/wc/store/v1/batch~', self::asked() );
	}

	/**
	 * The request's address, only to be looked at.
	 */
	private static function asked(): string {
		return isset( $_SERVER['REQUEST_URI'] ) ? rawurldecode( wp_unslash( $_SERVER['REQUEST_URI'] ) ) : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- only looked at.
	}
}
