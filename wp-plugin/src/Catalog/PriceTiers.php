<?php
/**
 * Shows and charges prices by quantity and customer group.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

defined( 'ABSPATH' ) || exit;

/**
 * A customer of a group sees the group's price, and who buys ten pays what ten cost each. All of it
 * comes from the product's own meta; nobody pays more than WooCommerce itself would ask. Prices are
 * in the shop's own tax mode, so WooCommerce adds or takes off tax as it does with its own.
 */
final class PriceTiers {

	/** Plain, in whatever theme: a style sheet for one small table would cost each page more. */
	private const CELL = 'text-align:left;border:0;background:none;padding:.15em 1.5em .15em 0;';

	/** Tiers of products, by id.
	 *
	 * @var array<int, array[]>
	 */
	private $tiers = array();

	/** Groups of users, by id.
	 *
	 * @var array<int, string[]>
	 */
	private $groups = array();

	/** How many pieces a cart has, by its products' objects.
	 *
	 * @var \SplObjectStorage
	 */
	private $quantities;

	/**
	 * Nobody has a cart yet.
	 */
	public function __construct() {
		$this->quantities = new \SplObjectStorage();
	}

	/**
	 * What is charged.
	 *
	 * @param mixed $price   WooCommerce's.
	 * @param mixed $product The product.
	 * @return mixed
	 */
	public function price( $price, $product ) {
		$tier = $this->holding( $product );
		return null === $tier ? $price : ( $tier[3] ?? $tier[2] );
	}

	/**
	 * What it usually costs.
	 *
	 * @param mixed $price   WooCommerce's.
	 * @param mixed $product The product.
	 * @return mixed
	 */
	public function regular_price( $price, $product ) {
		$tier = $this->holding( $product );
		return null === $tier ? $price : $tier[2];
	}

	/**
	 * What it costs in a sale.
	 *
	 * @param mixed $price   WooCommerce's.
	 * @param mixed $product The product.
	 * @return mixed
	 */
	public function sale_price( $price, $product ) {
		$tier = $this->holding( $product );
		return null === $tier ? $price : ( $tier[3] ?? '' );
	}

	/**
	 * Keep apart what WooCommerce remembers of a variable product's prices.
	 *
	 * @param mixed $hash What they depend on.
	 * @return mixed
	 */
	public function prices_depend_on( $hash ) {
		$groups = $this->groups_of( get_current_user_id() );
		return is_array( $hash ) && $groups ? array_merge( $hash, array( array( 'causeway_groups' => $groups ) ) ) : $hash;
	}

	/**
	 * Note how many pieces of each product a cart has, over all its lines, before it is added up.
	 *
	 * @param mixed $cart WC_Cart.
	 */
	public function count( $cart ): void {
		$lines  = $cart instanceof \WC_Cart ? $cart->get_cart() : array();
		$pieces = array();
		foreach ( $lines as $line ) {
			$id            = $line['data']->get_id();
			$pieces[ $id ] = ( $pieces[ $id ] ?? 0.0 ) + (float) $line['quantity'];
		}
		$this->quantities = new \SplObjectStorage();
		foreach ( $lines as $line ) {
			$this->quantities[ $line['data'] ] = $pieces[ $line['data']->get_id() ];
		}
	}

	/**
	 * Tell what more pieces cost, above a product's button.
	 */
	public function show(): void {
		global $product;
		if ( $product instanceof \WC_Product ) {
			echo $this->table( $product ); // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped there.
		}
	}

	/**
	 * Tell what more pieces of a variation cost, once it is chosen.
	 *
	 * @param mixed $data      What the page is told of it.
	 * @param mixed $product   Its parent.
	 * @param mixed $variation The variation.
	 * @return mixed
	 */
	public function with_table( $data, $product, $variation ) {
		if ( is_array( $data ) && $variation instanceof \WC_Product ) {
			$data['availability_html'] = ( $data['availability_html'] ?? '' ) . $this->table( $variation );
		}
		return $data;
	}

	/**
	 * The table; empty when more pieces cost as much each as one.
	 *
	 * @param \WC_Product $product The product.
	 */
	private function table( \WC_Product $product ): string {
		$rows = '';
		$last = (float) $product->get_price();
		foreach ( $this->steps( $product ) as $from ) {
			$tier = Tiers::holding( $this->of( $product ), $this->groups_of( get_current_user_id() ), $from );
			if ( null === $tier || Tiers::price( $tier ) >= $last ) {
				continue;
			}
			$last  = Tiers::price( $tier );
			$shown = wc_price( wc_get_price_to_display( $product, array( 'price' => $last ) ) );
			/* translators: %s: a number of pieces. */
			$label = sprintf( __( 'From %s pieces', 'causeway-for-woocommerce' ), wc_format_localized_decimal( (string) $from ) );
			$rows .= '<tr><th scope="row" style="' . self::CELL . 'font-weight:inherit">' . esc_html( $label ) . '</th><td style="' . self::CELL . '">' . wp_kses_post( $shown ) . '</td></tr>';
		}
		return '' === $rows ? '' : '<table class="causeway-price-tiers" style="width:auto;border:0;margin:0 0 1.5em"><caption style="caption-side:top;text-align:left;padding:0 0 .25em">' . esc_html__( 'Price for each, by quantity', 'causeway-for-woocommerce' ) . "</caption><tbody>$rows</tbody></table>";
	}

	/**
	 * From how many pieces something may change.
	 *
	 * @param \WC_Product $product The product.
	 * @return float[] Rising, none below two.
	 */
	private function steps( \WC_Product $product ): array {
		$steps = array_map( static fn( $tier ) => (float) $tier[1], $this->of( $product ) );
		$steps = array_unique( array_filter( $steps, static fn( $from ) => $from > 1 ) );
		sort( $steps );
		return $steps;
	}

	/**
	 * The tier that holds now; null when the product's own price does.
	 *
	 * @param mixed $product The product.
	 * @return array|null
	 */
	private function holding( $product ): ?array {
		$tiers = $product instanceof \WC_Product ? $this->of( $product ) : array();
		$own   = $tiers ? $product->get_price( 'edit' ) : '';
		if ( '' === (string) $own ) {
			return null;
		}
		$pieces = isset( $this->quantities[ $product ] ) ? $this->quantities[ $product ] : 1.0;
		$tier   = Tiers::holding( $tiers, $this->groups_of( get_current_user_id() ), $pieces );
		return null !== $tier && Tiers::price( $tier ) < (float) $own ? $tier : null;
	}

	/**
	 * A product's tiers.
	 *
	 * @param \WC_Product $product The product.
	 * @return array[]
	 */
	private function of( \WC_Product $product ): array {
		$id = $product->get_id();
		if ( ! isset( $this->tiers[ $id ] ) ) {
			$this->tiers[ $id ] = Tiers::of( get_post_meta( $id, Tiers::META, true ) );
		}
		return $this->tiers[ $id ];
	}

	/**
	 * The groups of a customer, in small letters: roles by slug and by name, and the user's meta
	 * `causeway_customer_group` where a shop keeps them otherwise.
	 *
	 * @param int $user_id The user; 0 for a guest.
	 * @return string[]
	 */
	private function groups_of( int $user_id ): array {
		if ( ! isset( $this->groups[ $user_id ] ) ) {
			$user   = $user_id ? get_userdata( $user_id ) : false;
			$groups = array();
			foreach ( $user ? $user->roles : array() as $role ) {
				array_push( $groups, $role, wp_roles()->get_names()[ $role ] ?? $role );
			}
			if ( $user ) {
				$groups[] = (string) get_user_meta( $user_id, 'causeway_customer_group', true );
			}
			/**
			 * Filters the customer groups whose prices a user gets.
			 *
			 * @param string[] $groups  As the back office names them; case does not matter.
			 * @param int      $user_id The user; 0 for a guest.
			 */
			$groups                   = (array) apply_filters( 'causeway_customer_groups', $groups, $user_id );
			$this->groups[ $user_id ] = array_values( array_unique( array_filter( array_map( 'strtolower', array_filter( $groups, 'is_string' ) ), 'strlen' ) ) );
		}
		return $this->groups[ $user_id ];
	}
}
