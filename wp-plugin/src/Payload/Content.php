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
		$this->data   = $data;
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
		$key = is_object( $meta ) ? ( $meta->key ?? '' ) : ( $meta['key'] ?? '' );
		return 0 !== strpos( (string) $key, '_causeway_' ) && ! in_array( $key, array( '_wc_shipment_tracking_items', '_fulfillment_status' ), true );
	}
}
