<?php
/**
 * What an event says.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * Topic, schema and data of an entity as it is now, and the hash by which a change is told from a
 * save that changed nothing.
 */
final class Content {

	/** As `order.updated`.
	 *
	 * @var string
	 */
	public $topic;

	/** As `woocommerce.order/3`.
	 *
	 * @var string
	 */
	public $schema;

	/** The entity itself.
	 *
	 * @var array
	 */
	public $data;

	/**
	 * Say it.
	 *
	 * @param string $topic  As `order.updated`.
	 * @param string $schema As `woocommerce.order/3`.
	 * @param array  $data   The entity itself.
	 */
	public function __construct( string $topic, string $schema, array $data ) {
		$this->topic  = $topic;
		$this->schema = $schema;
		$this->data   = self::steady( $data );
	}

	/**
	 * Whether it says that the entity is gone.
	 */
	public function is_deletion(): bool {
		return '.deleted' === substr( $this->topic, -8 );
	}

	/**
	 * The hash of what is worth sending. Times of saving, and what Causeway itself writes into an
	 * order, are not.
	 */
	public function hash(): string {
		return hash( 'sha256', $this->topic . "\n" . Json::encode( self::without_noise( $this->data ) ) );
	}

	/**
	 * The same data every time: with order tables, meta comes from the database in any order.
	 *
	 * @param array $data The entity, or a part of it.
	 * @return array
	 */
	private static function steady( array $data ): array {
		foreach ( $data as $name => $value ) {
			if ( 'meta_data' === $name && is_array( $value ) ) {
				usort( $data[ $name ], static fn( $one, $other ) => self::number( $one ) <=> self::number( $other ) );
			} elseif ( is_array( $value ) ) {
				$data[ $name ] = self::steady( $value );
			}
		}
		return $data;
	}

	/**
	 * The key of a piece of meta.
	 *
	 * @param mixed $meta An object or array with `key`.
	 */
	public static function key( $meta ): string {
		return (string) ( is_object( $meta ) ? ( $meta->key ?? '' ) : ( $meta['key'] ?? '' ) );
	}

	/**
	 * The number of a piece of meta.
	 *
	 * @param mixed $meta An object or array with `id`.
	 */
	private static function number( $meta ): int {
		return (int) ( is_object( $meta ) ? ( $meta->id ?? 0 ) : ( $meta['id'] ?? 0 ) );
	}

	/**
	 * Data without what changes at every save.
	 *
	 * @param array $data The entity.
	 * @return array
	 */
	private static function without_noise( array $data ): array {
		foreach ( $data as $part => $value ) {
			if ( ! is_array( $value ) ) {
				continue;
			}
			unset( $data[ $part ]['date_modified'], $data[ $part ]['date_modified_gmt'] );
			if ( isset( $value['meta_data'] ) && is_array( $value['meta_data'] ) ) {
				$data[ $part ]['meta_data'] = array_values( array_filter( $value['meta_data'], array( __CLASS__, 'is_theirs' ) ) );
			}
		}
		return $data;
	}

	/**
	 * Whether a piece of meta was written by somebody else.
	 *
	 * @param mixed $meta An object or array with `key`.
	 */
	private static function is_theirs( $meta ): bool {
		$key = self::key( $meta );
		return 0 !== strpos( $key, '_causeway_' ) && ! in_array( $key, array( '_wc_shipment_tracking_items', '_fulfillment_status' ), true );
	}
}
