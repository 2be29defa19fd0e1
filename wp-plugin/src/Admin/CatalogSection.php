<?php
/**
 * The settings of stock and prices.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Catalog\Cache;
use Causeway\Catalog\Prices;
use Causeway\Options;
use Causeway\Schedule\Heartbeat;

defined( 'ABSPATH' ) || exit;

/**
 * What of stock, prices and products comes from Causeway, and how far it is.
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
		return array_merge( self::figures(), self::products(), $this->now() );
	}

	/**
	 * Keep what WooCommerce does not.
	 */
	public function save(): void {
		ProductChoices::save();
		// What was left because of a setting may fit now.
		$this->catalog->retry_unknown();
	}

	/**
	 * Stock and prices.
	 *
	 * @return array[]
	 */
	private static function figures(): array {
		return array(
			self::heading( 'catalog', __( 'Stock and prices', 'causeway-for-woocommerce' ), __( 'Products are found by their SKU. Only what differs is changed, through WooCommerce itself.', 'causeway-for-woocommerce' ) ),
			self::checkbox( Options::SYNC_STOCK, __( 'Apply', 'causeway-for-woocommerce' ), __( 'Stock, for products whose stock is managed in the shop', 'causeway-for-woocommerce' ), '', 'start' ),
			self::checkbox( Options::SYNC_PRICES, '', __( 'Prices: regular and sale, by quantity and by customer group', 'causeway-for-woocommerce' ), __( 'A customer group is a role of the shop’s users with the same name.', 'causeway-for-woocommerce' ), 'end' ),
			self::checkbox( Options::LIVE_CHECK, __( 'At checkout', 'causeway-for-woocommerce' ), __( 'Ask the back office once more before an order is taken', 'causeway-for-woocommerce' ), __( 'Each customer waits for it, 0.3 seconds at most. If no answer comes in time, the shop’s own stock decides, and nobody waits again for a while.', 'causeway-for-woocommerce' ) ),
			self::end( 'catalog' ),
		);
	}

	/**
	 * What products are described by.
	 *
	 * @return array[]
	 */
	private static function products(): array {
		return array(
			self::heading( 'products', __( 'Product data', 'causeway-for-woocommerce' ), __( 'Which products and fields your back office sends is chosen in the sidecar; here you decide what may be written. Products are found by the number Causeway remembers, by SKU, then by GTIN.', 'causeway-for-woocommerce' ) ),
			self::checkbox( Options::SYNC_PRODUCTS, __( 'Write', 'causeway-for-woocommerce' ), __( 'Let Causeway make and change products', 'causeway-for-woocommerce' ) ),
			array(
				'type'    => 'select',
				'id'      => Options::NEW_PRODUCTS,
				'title'   => __( 'New products', 'causeway-for-woocommerce' ),
				'options' => array(
					'draft'   => __( 'Drafts, until somebody publishes them', 'causeway-for-woocommerce' ),
					'publish' => __( 'Published at once', 'causeway-for-woocommerce' ),
				),
				'default' => Options::DEFAULTS[ Options::NEW_PRODUCTS ],
			),
			self::row( __( 'Who writes what', 'causeway-for-woocommerce' ), array( ProductChoices::class, 'print_fields' ) ),
			array(
				'type'        => 'textarea',
				'id'          => Options::IMAGE_HOSTS,
				'title'       => __( 'Pictures come from', 'causeway-for-woocommerce' ),
				'desc'        => __( 'Hosts, one a line; *.example.com stands for all below it. Pictures are fetched from nowhere else, in the background, up to 10 MB each.', 'causeway-for-woocommerce' ),
				'placeholder' => 'cdn.example.com',
				'css'         => 'width: 400px; max-width: 100%; height: 75px;',
				'default'     => '',
			),
			self::end( 'products' ),
		);
	}

	/**
	 * How far it is.
	 *
	 * @return array[]
	 */
	private function now(): array {
		return array(
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
			esc_html( number_format_i18n( $counts['applied'] ) ),
			esc_html( number_format_i18n( $counts['left'] ) )
		);
		echo '</p>';
		$reasons = $this->catalog->left_because();
		if ( $reasons ) {
			echo '<ul class="causeway-refused">';
			foreach ( $reasons as $reason => $count ) {
				echo '<li>' . esc_html( number_format_i18n( $count ) . ' · ' . self::reason( $reason ) ) . '</li>';
			}
			echo '</ul>';
		}
		echo '<p class="description">' . esc_html__( 'What is left out is tried again each night, and when these settings are saved.', 'causeway-for-woocommerce' ) . '</p>';
	}

	/**
	 * Why something was left out, in the reader's language.
	 *
	 * @param string $reason As it was noted.
	 */
	private static function reason( string $reason ): string {
		$words = array(
			Cache::UNKNOWN   => __( 'no product has this SKU', 'causeway-for-woocommerce' ),
			Cache::UNMANAGED => __( 'the product’s stock is not managed in the shop', 'causeway-for-woocommerce' ),
			Prices::CURRENCY => __( 'the price is in another currency than the shop', 'causeway-for-woocommerce' ),
			Prices::WITH_TAX => __( 'the price includes tax, the shop’s do not', 'causeway-for-woocommerce' ),
			Prices::NO_TAX   => __( 'the price is without tax, the shop’s include it', 'causeway-for-woocommerce' ),
		);
		return $words[ $reason ] ?? $reason;
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
