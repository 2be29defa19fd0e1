<?php
/**
 * The settings of stock and prices.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Catalog\Cache;
use Causeway\Options;
use Causeway\Schedule\Heartbeat;

defined( 'ABSPATH' ) || exit;

/**
 * Whether stock and prices come from Causeway, and how far they are.
 */
final class CatalogSection extends Section {

	/**
	 * The shop's own copy of what came.
	 *
	 * @var Cache
	 */
	private $catalog;

	/**
	 * When each job last ran.
	 *
	 * @var Heartbeat
	 */
	private $heartbeat;

	/**
	 * Give it its parts.
	 *
	 * @param Cache     $catalog   The shop's own copy of what came.
	 * @param Heartbeat $heartbeat When each job last ran.
	 */
	public function __construct( Cache $catalog, Heartbeat $heartbeat ) {
		$this->catalog   = $catalog;
		$this->heartbeat = $heartbeat;
	}

	/** Its title. */
	public function title(): string {
		return __( 'Stock and prices', 'causeway-for-woocommerce' );
	}

	/**
	 * Its fields.
	 *
	 * @return array[]
	 */
	public function fields(): array {
		return array(
			self::heading( 'catalog', __( 'Stock and prices', 'causeway-for-woocommerce' ), __( 'Products are found by their SKU. Only what differs is changed, through WooCommerce itself.', 'causeway-for-woocommerce' ) ),
			self::checkbox( Options::SYNC_STOCK, __( 'Apply', 'causeway-for-woocommerce' ), __( 'Stock, for products whose stock is managed in the shop', 'causeway-for-woocommerce' ), '', 'start' ),
			self::checkbox( Options::SYNC_PRICES, '', __( 'Regular and sale prices', 'causeway-for-woocommerce' ), '', 'end' ),
			self::end( 'catalog' ),
			self::heading( 'catalog_now', __( 'Now', 'causeway-for-woocommerce' ) ),
			self::row( __( 'Last look', 'causeway-for-woocommerce' ), array( $this, 'print_last' ) ),
			self::row( __( 'Products', 'causeway-for-woocommerce' ), array( $this, 'print_counts' ) ),
			self::row( __( 'Changes read up to', 'causeway-for-woocommerce' ), array( $this, 'print_cursor' ) ),
			self::row( __( 'By hand', 'causeway-for-woocommerce' ), array( $this, 'print_button' ) ),
			self::end( 'catalog_now' ),
		);
	}

	/** When it was last looked for. */
	public function print_last(): void {
		echo '<p>' . Times::html( $this->heartbeat->last( 'catalog' ), true ) . '</p>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped there.
	}

	/** How much came, and what became of it. */
	public function print_counts(): void {
		$counts = $this->catalog->counts();
		echo '<p>';
		printf(
			/* translators: 1: a number, 2: a number, 3: a number. */
			esc_html__( '%1$s known, %2$s as in the shop, %3$s left out', 'causeway-for-woocommerce' ),
			esc_html( number_format_i18n( array_sum( $counts ) ) ),
			esc_html( number_format_i18n( $counts['applied'] ?? 0 ) ),
			esc_html( number_format_i18n( $counts['left'] ?? 0 ) )
		);
		echo '</p><p class="description">' . esc_html__( 'Left out is what no product here has the SKU of, and what the shop’s own settings forbid, such as a price in another currency.', 'causeway-for-woocommerce' ) . '</p>';
	}

	/** How far the sidecar's changes were read. */
	public function print_cursor(): void {
		$cursor = get_option( Options::CATALOG_CURSOR );
		$cursor = is_array( $cursor ) ? ( $cursor['cursor'] ?? '' ) : $cursor;
		echo '<p>' . ( is_scalar( $cursor ) && '' !== (string) $cursor ? '<code>' . esc_html( (string) $cursor ) . '</code>' : esc_html__( 'None read yet', 'causeway-for-woocommerce' ) ) . '</p>';
	}

	/** A button that looks now. */
	public function print_button(): void {
		Forms::button( 'pull', __( 'Fetch stock and prices now', 'causeway-for-woocommerce' ) );
	}
}
