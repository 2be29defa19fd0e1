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
		return $line;
	}

	/**
	 * A member that is decimal text or null.
	 *
	 * @param array  $raw  The row.
	 * @param string $name The member.
	 * @throws \UnexpectedValueException When it is something else.
	 */
	private static function decimal( array $raw, string $name ): ?string {
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
