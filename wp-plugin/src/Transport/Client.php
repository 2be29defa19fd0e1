<?php
/**
 * Speaks to the sidecar.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

use Causeway\Pairing;

defined( 'ABSPATH' ) || exit;

/**
 * Signs every request afresh and gives back only answers that the sidecar signed for that very
 * request. Never used while a customer waits, but for the live check that the owner may choose.
 */
final class Client {

	private const MOST_BYTES = 8388608;

	/**
	 * Ask for something.
	 *
	 * @param string                $path    With its query, as `/v1/updates?after=7`.
	 * @param array<string, string> $headers Further ones.
	 * @param int                   $timeout In seconds.
	 * @throws TransportError When there is no answer that can be used.
	 */
	public function get( string $path, array $headers = array(), int $timeout = 10 ): Answer {
		return $this->send( 'GET', $path, '', $headers, $timeout );
	}

	/**
	 * Send something.
	 *
	 * @param string $path    As `/v1/events`.
	 * @param string $body    JSON.
	 * @param float  $timeout In seconds.
	 * @throws TransportError When there is no answer that can be used.
	 */
	public function post( string $path, string $body, float $timeout = 10 ): Answer {
		return $this->send( 'POST', $path, $body, array( 'content-type' => 'application/json' ), $timeout );
	}

	/**
	 * One attempt.
	 *
	 * @param string                $method  GET or POST.
	 * @param string                $path    With its query.
	 * @param string                $body    The very bytes that are signed.
	 * @param array<string, string> $headers Further ones.
	 * @param float                 $timeout In seconds.
	 * @throws TransportError When there is no answer that can be used.
	 */
	private function send( string $method, string $path, string $body, array $headers, float $timeout ): Answer {
		$pairing = Pairing::current();
		if ( null === $pairing || ! Address::is_acceptable( $pairing->url ) ) {
			throw new TransportError( TransportError::NOT_PAIRED, 'This shop is not paired with a sidecar.' );
		}
		$signer   = $pairing->signer();
		$id       = 'msg_' . bin2hex( random_bytes( 16 ) );
		$payload  = '' !== $body ? $body : "$method $path";
		$response = wp_remote_request(
			$pairing->url . $path,
			array(
				'method'              => $method,
				'headers'             => array_merge( $headers, array( Signer::STORE => $pairing->store ), $signer->headers( $id, time(), $payload ) ),
				'body'                => '' !== $body ? $body : null,
				'timeout'             => $timeout,
				'redirection'         => 0,
				'sslverify'           => true,
				'limit_response_size' => self::MOST_BYTES,
				'user-agent'          => 'Causeway/' . CAUSEWAY_PLUGIN_VERSION . ' WooCommerce/' . ( defined( 'WC_VERSION' ) ? WC_VERSION : '-' ),
			)
		);
		if ( is_wp_error( $response ) ) {
			throw Failure::of_request( $response );
		}
		$answer = self::answer( $response );
		if ( 304 !== $answer->status && ( $answer->status < 200 || $answer->status > 299 ) ) {
			throw Failure::of_answer( $answer );
		}
		self::believe( $signer, $answer, $id );
		return $answer;
	}

	/**
	 * Believe an answer only when it is signed, for this request.
	 *
	 * @param Signer $signer Holds the secret.
	 * @param Answer $answer The answer.
	 * @param string $id     The request's id.
	 * @throws TransportError When it is not to be believed.
	 */
	private static function believe( Signer $signer, Answer $answer, string $id ): void {
		try {
			$signed = $signer->verify( $answer->headers, '' !== $answer->body ? $answer->body : (string) $answer->status, time() );
		} catch ( SignatureError $error ) {
			throw Failure::of_signature( $error, $answer );
		}
		if ( $signed !== $id ) {
			throw new TransportError( TransportError::UNSIGNED, 'The answer was signed for another request.', $answer->status ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
	}

	/**
	 * WordPress's response as ours.
	 *
	 * @param array $response As wp_remote_request gives it.
	 */
	private static function answer( array $response ): Answer {
		$headers = wp_remote_retrieve_headers( $response );
		$headers = is_object( $headers ) ? $headers->getAll() : (array) $headers;
		return new Answer(
			(int) wp_remote_retrieve_response_code( $response ),
			(string) wp_remote_retrieve_body( $response ),
			array_change_key_case( $headers, CASE_LOWER )
		);
	}
}
