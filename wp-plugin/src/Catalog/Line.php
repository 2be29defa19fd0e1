<?php
/**
 * A SKU's figures.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

defined( 'ABSPATH' ) || exit;

/**
 * Stock and prices of one SKU as the sidecar says them. Null means: nobody says anything.
 */
final class Line {

	private const DECIMAL = '~^-?[0-9]{1,12}(\.[0-9]{1,8})?\z~';

	/** The SKU.
	 *
	 * @var string
	 */
	public $sku;

	/** What may be sold, as decimal text.
	 *
	 * @var string|null
	 */
	public $quantity;

	/** The regular price, as decimal text.
	 *
	 * @var string|null
	 */
	public $regular_price;

	/** The sale price, as decimal text.
	 *
	 * @var string|null
	 */
	public $sale_price;

	/** ISO 4217.
	 *
	 * @var string
	 */
	public $currency;

	/** Whether prices include tax.
	 *
	 * @var bool
	 */
	public $includes_tax;

	/** When it was so, in Unix seconds; 0 when nobody says.
	 *
	 * @var int
	 */
	public $as_of;

	/** Prices by quantity and customer group, as Tiers writes them; null when there are none.
	 *
	 * @var string|null
	 */
	public $tiers;

	/** When the sale begins and ends by itself, in Unix seconds; null when nobody says.
	 *
	 * @var string|null
	 */
	public $sale_from;

	/** The last second of the sale.
	 *
	 * @var string|null
	 */
	public $sale_until;

	/** “on” while the sale price holds, “off” where there is no sale; null: leave what the shop has.
	 *
	 * @var string|null
	 */
	public $sale;

	/**
	 * Read one row of a page.
	 *
	 * @param mixed $raw As the sidecar wrote it.
	 * @throws \UnexpectedValueException Naming the member that is not as it must be.
	 */
	public static function read( $raw ): self {
		if ( ! is_array( $raw ) || ! is_string( $raw['sku'] ?? null ) || '' === $raw['sku'] ) {
			throw new \UnexpectedValueException( '“sku” of a catalog row is not text' );
		}
		$line                = new self();
		$line->sku           = $raw['sku'];
		$line->quantity      = self::decimal( $raw, 'quantity' );
		$line->regular_price = self::decimal( $raw, 'regular_price' );
		$line->sale_price    = self::decimal( $raw, 'sale_price' );
		$line->currency      = is_string( $raw['currency'] ?? null ) ? substr( $raw['currency'], 0, 3 ) : '';
		$line->includes_tax  = true === ( $raw['prices_include_tax'] ?? false );
		$time                = is_string( $raw['as_of'] ?? null ) ? strtotime( $raw['as_of'] ) : 0;
		$line->as_of         = false === $time ? 0 : $time;
		$line->sale          = in_array( $raw['sale'] ?? null, array( 'on', 'off' ), true ) ? $raw['sale'] : null;
		$line->sale_from     = self::day( $raw, 'sale_from', '00:00:00' );
		$line->sale_until    = self::day( $raw, 'sale_until', '23:59:59' );
		$line->tiers         = Tiers::read( $raw['price_tiers'] ?? null );
		return $line;
	}

	/**
	 * A member that is a day of the store's zone or null, as the second it begins or ends.
	 *
	 * @param array  $raw  The row.
	 * @param string $name The member.
	 * @param string $time Of the day.
	 * @throws \UnexpectedValueException When it is something else.
	 */
	private static function day( array $raw, string $name, string $time ): ?string {
		$value = $raw[ $name ] ?? null;
		if ( null === $value ) {
			return null;
		}
		$found = is_string( $value ) && preg_match( '~^[0-9]{4}-[0-9]{2}-[0-9]{2}\z~', $value )
			? \DateTimeImmutable::createFromFormat( '!Y-m-d H:i:s', "$value $time", wp_timezone() ) : false;
		if ( false === $found || $found->format( 'Y-m-d' ) !== $value ) {
			throw new \UnexpectedValueException( "“{$name}” of a catalog row is not a day" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return (string) $found->getTimestamp();
	}

	/**
	 * A member that is decimal text or null.
	 *
	 * @param array  $raw  The row.
	 * @param string $name The member.
	 * @throws \UnexpectedValueException When it is something else.
	 */
	public static function decimal( array $raw, string $name ): ?string {
		$value = $raw[ $name ] ?? null;
		if ( null === $value ) {
			return null;
		}
		$is_price = 'quantity' !== $name;
		if ( ! is_string( $value ) || ! preg_match( self::DECIMAL, $value ) || ( $is_price && '-' === $value[0] ) ) {
			throw new \UnexpectedValueException( "“{$name}” of a catalog row is not decimal text" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $value;
	}
}
