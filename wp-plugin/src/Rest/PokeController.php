<?php
/**
 * Where the sidecar says: look now.
 *
 * @package Causeway
 */

namespace Causeway\Rest;

use Causeway\Outbox\AfterResponse;
use Causeway\Pairing;
use Causeway\Schedule\Scheduler;
use Causeway\Transport\SignatureError;
use Causeway\Transport\Signer;

defined( 'ABSPATH' ) || exit;

/**
 * POST causeway/v1/poke: signed, carries nothing, makes the plugin poll. What it does twice does no
 * harm, so ids need not be remembered.
 */
final class PokeController {

	private const MOST_BYTES = 1024;

	/** Schedules the poll.
	 *
	 * @var Scheduler
	 */
	private $scheduler;

	/** Polls at once where the server allows it.
	 *
	 * @var AfterResponse
	 */
	private $after_response;

	/**
	 * Give it its parts.
	 *
	 * @param Scheduler     $scheduler      Schedules the poll.
	 * @param AfterResponse $after_response Polls at once where the server allows it.
	 */
	public function __construct( Scheduler $scheduler, AfterResponse $after_response ) {
		$this->scheduler      = $scheduler;
		$this->after_response = $after_response;
	}

	/**
	 * Register the route.
	 */
	public function register(): void {
		register_rest_route(
			'causeway/v1',
			'/poke',
			array(
				'methods'             => \WP_REST_Server::CREATABLE,
				'callback'            => array( $this, 'poke' ),
				'permission_callback' => array( $this, 'is_signed' ),
			)
		);
	}

	/**
	 * Whether the sidecar signed it. The answer is the same whatever is wrong.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return true|\WP_Error
	 */
	public function is_signed( \WP_REST_Request $request ) {
		$refusal = new \WP_Error( 'causeway_not_signed', __( 'The message is not signed as it must be.', 'causeway-for-woocommerce' ), array( 'status' => 401 ) );
		$pairing = Pairing::current();
		$body    = $request->get_body();
		$length  = isset( $_SERVER['CONTENT_LENGTH'] ) ? absint( $_SERVER['CONTENT_LENGTH'] ) : 0;
		if ( null === $pairing || $length > self::MOST_BYTES || strlen( $body ) > self::MOST_BYTES || $request->get_header( 'causeway_store' ) !== $pairing->store ) {
			return $refusal;
		}
		$headers = array();
		foreach ( array( Signer::ID, Signer::TIMESTAMP, Signer::SIGNATURE ) as $name ) {
			$headers[ $name ] = $request->get_header( $name );
		}
		// The very bytes of the request line are signed; nothing is made of them but a hash.
		$line = 'POST ' . ( isset( $_SERVER['REQUEST_URI'] ) ? wp_unslash( $_SERVER['REQUEST_URI'] ) : '' ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized
		try {
			$pairing->signer()->verify( $headers, '' !== $body ? $body : $line, time() );
			return true;
		} catch ( SignatureError $error ) {
			return $refusal;
		}
	}

	/**
	 * Poll soon.
	 */
	public function poke(): \WP_REST_Response {
		$this->scheduler->poll_soon();
		$this->after_response->ask_for_poll();
		return new \WP_REST_Response( array( 'polling' => true ), 202 );
	}
}
