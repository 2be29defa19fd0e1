<?php
/**
 * Tries the connection and names what is wrong.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

use Causeway\Outbox\Breaker;

defined( 'ABSPATH' ) || exit;

/**
 * One signed request there and back. For the settings page and the command line.
 */
final class ConnectionTest {

	private const SECONDS = 5;

	/**
	 * Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/**
	 * Closed again when the test succeeds.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * Give it its client.
	 *
	 * @param Client  $client  Speaks to the sidecar.
	 * @param Breaker $breaker Closed again when the test succeeds.
	 */
	public function __construct( Client $client, Breaker $breaker ) {
		$this->client  = $client;
		$this->breaker = $breaker;
	}

	/**
	 * Try it. Never throws.
	 *
	 * @return array{ok: bool, kind: string, sentence: string, remedy: string, detail: string, milliseconds: int}
	 */
	public function run(): array {
		$start = microtime( true );
		try {
			$this->client->get( '/v1/updates?limit=1', array(), self::SECONDS );
			$this->breaker->succeeded();
			$kind   = 'ok';
			$detail = '';
		} catch ( TransportError $error ) {
			$kind   = $error->kind;
			$detail = $error->getMessage();
		}
		list( $sentence, $remedy ) = Advice::of( $kind );
		return array(
			'ok'           => 'ok' === $kind,
			'kind'         => $kind,
			'sentence'     => $sentence,
			'remedy'       => $remedy,
			'detail'       => $detail,
			'milliseconds' => (int) round( ( microtime( true ) - $start ) * 1000 ),
		);
	}
}
