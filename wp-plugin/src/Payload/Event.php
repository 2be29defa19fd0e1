<?php
/**
 * One event as the sidecar reads it.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * The envelope of one version of one entity. Its id is made of all that it says, so that the same
 * content sent again is known as such, and other content never passes for it.
 */
final class Event {

	/** Namespace of the ids: UUIDv5 of the URL namespace and `urn:causeway:event`. */
	private const NAME_SPACE = '841172d2-e2b1-5a24-9a17-f11b6de9d142';

	/** Its id.
	 *
	 * @var string
	 */
	public $id;

	/** The whole event as JSON.
	 *
	 * @var string
	 */
	public $json;

	/**
	 * Made by make() alone.
	 *
	 * @param string $id   Its id.
	 * @param string $json The whole event.
	 */
	private function __construct( string $id, string $json ) {
		$this->id   = $id;
		$this->json = $json;
	}

	/**
	 * Write an event.
	 *
	 * @param string  $store       This shop's name.
	 * @param string  $entity      `order`, `product`, `customer` or `note`.
	 * @param int     $entity_id   Its id.
	 * @param string  $version     Its version, digits alone.
	 * @param int     $occurred_at When it changed, in Unix seconds.
	 * @param Content $content     What it says.
	 * @param bool    $is_history  Whether nobody waits for it: the sidecar takes it after the others.
	 */
	public static function make( string $store, string $entity, int $entity_id, string $version, int $occurred_at, Content $content, bool $is_history = false ): self {
		$data = Json::encode( $content->data );
		$name = implode( "\n", array( $store, $entity, $entity_id, $version, $content->topic, $content->schema, hash( 'sha256', $data ) ) );
		$id   = self::uuid5( self::NAME_SPACE, $name );
		$head = Json::encode(
			array(
				'id'          => $id,
				'topic'       => $content->topic,
				'entity'      => $entity,
				'entity_id'   => (string) $entity_id,
				'occurred_at' => gmdate( 'Y-m-d\TH:i:s\Z', $occurred_at ),
				'schema'      => $content->schema,
			) + ( $is_history ? array( 'history' => true ) : array() )
		);
		// The version is written as a number even where PHP's integers are too small for it.
		return new self( $id, substr( $head, 0, -1 ) . ',"version":' . $version . ',"data":' . $data . '}' );
	}

	/**
	 * The body of a batch.
	 *
	 * @param self[] $events In order.
	 */
	public static function batch( array $events ): string {
		return '{"events":[' . implode( ',', array_map( static fn( $event ) => $event->json, $events ) ) . ']}';
	}

	/**
	 * The UUID of a name (RFC 9562, version 5).
	 *
	 * @param string $space The namespace's UUID.
	 * @param string $name  The name.
	 */
	public static function uuid5( string $space, string $name ): string {
		$hash    = substr( sha1( hex2bin( str_replace( '-', '', $space ) ) . $name, true ), 0, 16 );
		$hash[6] = chr( ( ord( $hash[6] ) & 0x0f ) | 0x50 );
		$hash[8] = chr( ( ord( $hash[8] ) & 0x3f ) | 0x80 );
		return vsprintf( '%s%s-%s-%s-%s-%s%s%s', str_split( bin2hex( $hash ), 4 ) );
	}
}
