<?php
/**
 * What the sidecar knows of an order.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Transport\Advice;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * Asks for an order's journey and keeps the answer for a few seconds. Names and addresses are left
 * out before anything is kept.
 */
final class Journeys {

	private const SECONDS = 5;
	private const KEPT    = 20;
	private const MEMBERS = array( 'number', 'state', 'financial', 'fulfilment', 'booked_as', 'milestones', 'deliveries', 'cases', 'parcels', 'returns', 'parts', 'waits' );

	/**
	 * Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/**
	 * Give it its client.
	 *
	 * @param Client $client Speaks to the sidecar.
	 */
	public function __construct( Client $client ) {
		$this->client = $client;
	}

	/**
	 * An order's journey, or why there is none.
	 *
	 * @param int $order_id The order.
	 * @return array{journey: array|null, sentence: string, remedy: string}
	 */
	public function find( int $order_id ): array {
		$kept = get_transient( self::key( $order_id ) );
		if ( is_array( $kept ) ) {
			return $kept;
		}
		$found = $this->ask( $order_id );
		if ( null !== $found['journey'] ) {
			set_transient( self::key( $order_id ), $found, self::KEPT );
		}
		return $found;
	}

	/**
	 * Ask anew the next time, because something was done.
	 *
	 * @param int $order_id The order.
	 */
	public static function forget( int $order_id ): void {
		delete_transient( self::key( $order_id ) );
	}

	/**
	 * Ask the sidecar.
	 *
	 * @param int $order_id The order.
	 * @return array{journey: array|null, sentence: string, remedy: string}
	 */
	private function ask( int $order_id ): array {
		try {
			$answer = $this->client->get( "/v1/orders/$order_id", array(), self::SECONDS )->json();
			return self::answer( array_intersect_key( $answer, array_flip( self::MEMBERS ) ) );
		} catch ( TransportError $error ) {
			if ( 404 === $error->status && null !== $error->problem && '' !== $error->problem->type ) {
				return self::answer( null, __( 'This order has not arrived at Causeway yet.', 'causeway-for-woocommerce' ) );
			}
			list( $sentence, $remedy ) = Advice::of( $error->kind );
			return self::answer( null, $sentence, $remedy );
		}
	}

	/**
	 * Put together what find() gives.
	 *
	 * @param array|null $journey  What the sidecar knows.
	 * @param string     $sentence Why it knows nothing.
	 * @param string     $remedy   What to do.
	 * @return array{journey: array|null, sentence: string, remedy: string}
	 */
	private static function answer( ?array $journey, string $sentence = '', string $remedy = '' ): array {
		return array(
			'journey'  => $journey,
			'sentence' => $sentence,
			'remedy'   => $remedy,
		);
	}

	/**
	 * Where an order's is kept.
	 *
	 * @param int $order_id The order.
	 */
	private static function key( int $order_id ): string {
		return "causeway_journey_$order_id";
	}
}
