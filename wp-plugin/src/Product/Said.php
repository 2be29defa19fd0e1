<?php
/**
 * What the sidecar says of a product.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Feed\Refusal;
use Causeway\Feed\Update;

defined( 'ABSPATH' ) || exit;

/**
 * An update's data, checked. A field that is not there is one of which nothing is said.
 */
final class Said {

	private const MOST_VALUES = 200;
	private const LONGEST     = 200;
	private const TEXTS       = array( 'name', 'description', 'short_description', 'weight_kg', 'tax_class' );

	/** The update's name for good.
	 *
	 * @var string
	 */
	public $key;

	/** The shop's number of it; 0 when the sidecar knows none.
	 *
	 * @var int
	 */
	public $product_id;

	/** The SKU; empty for none.
	 *
	 * @var string
	 */
	public $sku;

	/** The GTIN; empty for none.
	 *
	 * @var string
	 */
	public $gtin;

	/** The SKU of a variation's parent; empty for what is no variation.
	 *
	 * @var string
	 */
	public $parent_sku;

	/** By name, each of its own kind: text, a list of texts, `attributes`, or true and false.
	 *
	 * @var array<string, mixed>
	 */
	public $fields = array();

	/**
	 * Read it.
	 *
	 * @param Update $update As it came.
	 * @throws Refusal Naming what is not as it must be.
	 */
	public static function read( Update $update ): self {
		$said             = new self();
		$said->key        = $update->key;
		$said->product_id = $update->entity_id < Update::STAND_INS ? $update->entity_id : 0;
		foreach ( array( 'sku', 'gtin', 'parent_sku' ) as $name ) {
			$said->$name = $update->text( $name );
			if ( strlen( $said->$name ) > 100 ) {
				throw new Refusal( "its $name is longer than WooCommerce keeps" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
		}
		$fields = $update->data['fields'] ?? array();
		foreach ( is_array( $fields ) ? $fields : array() as $name => $value ) {
			if ( in_array( $name, Fields::NAMES, true ) && null !== $value ) {
				$said->fields[ $name ] = self::checked( $name, $value );
			}
		}
		return $said;
	}

	/**
	 * A field's value, when it is of the right kind.
	 *
	 * @param string $name  The field.
	 * @param mixed  $value Its value.
	 * @return mixed
	 * @throws Refusal When it is not.
	 */
	private static function checked( string $name, $value ) {
		$good = in_array( $name, self::TEXTS, true ) ? is_string( $value ) : is_bool( $value );
		if ( in_array( $name, array( 'images', 'categories' ), true ) ) {
			$good = self::are_texts( $value );
		} elseif ( 'attributes' === $name ) {
			$good = is_array( $value ) && count( $value ) <= self::MOST_VALUES && ! array_filter( $value, static fn( $one ) => ! self::is_attribute( $one ) );
		} elseif ( 'weight_kg' === $name ) {
			$good = is_string( $value ) && preg_match( '~^([0-9]{1,9}(\.[0-9]{1,6})?)?\z~', $value );
		}
		if ( ! $good ) {
			throw new Refusal( "its “{$name}” is not as it must be" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $value;
	}

	/**
	 * Whether it is an attribute: `name`, `values`, `varies`.
	 *
	 * @param mixed $value What came.
	 */
	private static function is_attribute( $value ): bool {
		return is_array( $value ) && is_string( $value['name'] ?? null ) && '' !== trim( $value['name'] ) && strlen( $value['name'] ) <= self::LONGEST && self::are_texts( $value['values'] ?? null );
	}

	/**
	 * Whether it is a list of texts, none too long.
	 *
	 * @param mixed $value What came.
	 */
	private static function are_texts( $value ): bool {
		return is_array( $value ) && count( $value ) <= self::MOST_VALUES && ! array_filter( $value, static fn( $one ) => ! is_string( $one ) || strlen( $one ) > 2000 );
	}

	/**
	 * Whether it has variations.
	 */
	public function varies(): bool {
		return '' === $this->parent_sku && (bool) array_filter( $this->fields['attributes'] ?? array(), static fn( $one ) => true === ( $one['varies'] ?? false ) );
	}

	/**
	 * What it is called where only one name fits.
	 */
	public function name_of_it(): string {
		return '' !== $this->sku ? $this->sku : ( '' !== $this->gtin ? $this->gtin : $this->key );
	}
}
