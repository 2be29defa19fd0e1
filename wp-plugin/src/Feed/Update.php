<?php
/**
 * One thing the shop must be told.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

defined( 'ABSPATH' ) || exit;

/**
 * An update of the sidecar's feed. Its key names it for good: one key is applied once.
 */
final class Update {

	/** From here on numbers stand for products that the shop does not have. */
	public const STAND_INS = 1 << 60;

	/** Its place in the feed.
	 *
	 * @var int
	 */
	public $id;

	/** Its name for good.
	 *
	 * @var string
	 */
	public $key;

	/** `note`, `status`, `shipment`, `refund` or `product`.
	 *
	 * @var string
	 */
	public $kind;

	/** What it is about: `order` or `product`.
	 *
	 * @var string
	 */
	public $entity;

	/** Which; 0 when the id is not a number.
	 *
	 * @var int
	 */
	public $entity_id;

	/** The kind's own.
	 *
	 * @var array
	 */
	public $data;

	/**
	 * Take it over.
	 *
	 * @param int    $id        Its place in the feed.
	 * @param string $key       Its name for good.
	 * @param string $kind      `note`, `status`, `shipment`, `refund` or `product`.
	 * @param string $entity    What it is about.
	 * @param int    $entity_id Which.
	 * @param array  $data      The kind's own.
	 */
	public function __construct( int $id, string $key, string $kind, string $entity, int $entity_id, array $data ) {
		$this->id        = $id;
		$this->key       = $key;
		$this->kind      = $kind;
		$this->entity    = $entity;
		$this->entity_id = $entity_id;
		$this->data      = $data;
	}

	/**
	 * Read one of a page.
	 *
	 * @param mixed $raw As the sidecar wrote it.
	 * @throws \UnexpectedValueException Naming the member that is not as it must be.
	 */
	public static function read( $raw ): self {
		foreach ( array( 'id', 'key', 'kind', 'entity', 'entity_id' ) as $name ) {
			if ( ! is_array( $raw ) || ! is_string( $raw[ $name ] ?? null ) || '' === $raw[ $name ] || strlen( $raw[ $name ] ) > 500 ) {
				throw new \UnexpectedValueException( "“{$name}” of an update is not text" ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
		}
		if ( ! preg_match( '~^[0-9]{1,18}\z~', $raw['id'] ) ) {
			throw new \UnexpectedValueException( '“id” of an update is not a number' );
		}
		if ( ! is_array( $raw['data'] ?? null ) ) {
			throw new \UnexpectedValueException( '“data” of an update is not an object' );
		}
		$which = preg_match( '~^[0-9]{1,18}\z~', $raw['entity_id'] ) ? (int) $raw['entity_id'] : 0;
		if ( 'product' === $raw['kind'] && 0 === $which ) {
			$which = self::stand_in( $raw );
		}
		return new self( (int) $raw['id'], $raw['key'], $raw['kind'], $raw['entity'], $which, $raw['data'] );
	}

	/**
	 * A number for a product that the shop does not have: updates of one product are applied one
	 * after the other, and none waits for another product's. It lies past every id.
	 *
	 * @param array $raw As the sidecar wrote it.
	 */
	private static function stand_in( array $raw ): int {
		$sku = is_string( $raw['data']['sku'] ?? null ) ? $raw['data']['sku'] : '';
		return self::STAND_INS + (int) hexdec( substr( md5( '' !== $sku ? $sku : $raw['key'] ), 0, 13 ) );
	}

	/**
	 * A member of the data that is text; empty when it is not there.
	 *
	 * @param string $name The member.
	 */
	public function text( string $name ): string {
		$value = $this->data[ $name ] ?? '';
		return is_string( $value ) || is_int( $value ) ? (string) $value : '';
	}
}
