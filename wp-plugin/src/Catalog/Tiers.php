<?php
/**
 * Prices by quantity and customer group, as they are kept with a product.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * WooCommerce has no place for them, so they stand in a meta value of the product, which WordPress
 * reads together with the product's others: pages with prices cost no further query. Pure.
 *
 * The value is a JSON list of `[group, from, regular, sale]`: an empty group is everybody; `from` is
 * how many pieces it takes; `sale` is null where there is none.
 */
final class Tiers {

	public const META = '_causeway_price_tiers';

	private const MOST    = 50;
	private const LONGEST = 60;

	/**
	 * The value for a row's `price_tiers`; null when it has none.
	 *
	 * @param mixed $raw A list of `group`, `min_quantity`, `regular_price`, `sale_price`.
	 * @throws \UnexpectedValueException Naming the member that is not as it must be.
	 */
	public static function read( $raw ): ?string {
		if ( null === $raw || array() === $raw ) {
			return null;
		}
		if ( ! is_array( $raw ) || count( $raw ) > self::MOST ) {
			throw new \UnexpectedValueException( '“price_tiers” of a catalog row is not a list of at most ' . (int) self::MOST );
		}
		$found = array();
		foreach ( $raw as $tier ) {
			$group = is_array( $tier ) ? ( $tier['group'] ?? '' ) : null;
			if ( ! is_string( $group ) || strlen( $group ) > self::LONGEST ) {
				throw new \UnexpectedValueException( '“group” of a price tier is not a short text' );
			}
			$from    = Line::decimal( $tier, 'min_quantity' ) ?? '1';
			$regular = Line::decimal( $tier, 'regular_price' );
			if ( null === $regular ) {
				throw new \UnexpectedValueException( '“regular_price” of a price tier is not decimal text' );
			}
			$found[] = array( $group, $from, $regular, Line::decimal( $tier, 'sale_price' ) );
		}
		usort( $found, static fn( $a, $b ) => array( $a[0], (float) $a[1] ) <=> array( $b[0], (float) $b[1] ) );
		return Json::encode( $found );
	}

	/**
	 * The tiers of a product's meta value; none for anything that is no such value.
	 *
	 * @param mixed $value The meta value.
	 * @return array[] Each `[group, from, regular, sale]`.
	 */
	public static function of( $value ): array {
		$found = is_string( $value ) && '' !== $value ? Json::decode( $value ) : null;
		return is_array( $found ) ? array_filter( $found, static fn( $tier ) => is_array( $tier ) && 4 === count( $tier ) ) : array();
	}

	/**
	 * The tier that holds for a customer: of those for so many pieces the cheapest, a group's own
	 * and everybody's alike. Null when the product's own price holds.
	 *
	 * @param array[]  $tiers    As of() gives them.
	 * @param string[] $groups   The customer's, in small letters.
	 * @param float    $quantity How many pieces.
	 * @return array|null `[group, from, regular, sale]`.
	 */
	public static function holding( array $tiers, array $groups, float $quantity ): ?array {
		$best = array();
		foreach ( $tiers as $tier ) {
			$mine  = '' === $tier[0] || in_array( strtolower( $tier[0] ), $groups, true );
			$steps = $best[ $tier[0] ] ?? null;
			if ( $mine && (float) $tier[1] <= $quantity && ( null === $steps || (float) $steps[1] < (float) $tier[1] ) ) {
				$best[ $tier[0] ] = $tier;
			}
		}
		usort( $best, static fn( $a, $b ) => self::price( $a ) <=> self::price( $b ) );
		return $best[0] ?? null;
	}

	/**
	 * What a tier asks for.
	 *
	 * @param array $tier `[group, from, regular, sale]`.
	 */
	public static function price( array $tier ): float {
		return (float) ( $tier[3] ?? $tier[2] );
	}
}
