<?php
/**
 * An answer that was signed by the sidecar.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * A verified answer: 2xx or 304.
 */
final class Answer {

	/** HTTP status.
	 *
	 * @var int
	 */
	public $status;

	/** The body.
	 *
	 * @var string
	 */
	public $body;

	/** Headers by their names in small letters.
	 *
	 * @var array<string, mixed>
	 */
	public $headers;

	/**
	 * Take it over.
	 *
	 * @param int    $status  HTTP status.
	 * @param string $body    The body.
	 * @param array  $headers By their names in small letters.
	 */
	public function __construct( int $status, string $body, array $headers ) {
		$this->status  = $status;
		$this->body    = $body;
		$this->headers = $headers;
	}

	/**
	 * The body's JSON.
	 *
	 * @return array
	 * @throws TransportError When it is none.
	 */
	public function json(): array {
		$value = Json::decode( $this->body );
		if ( null === $value ) {
			throw new TransportError( TransportError::UNREACHABLE, 'The sidecar’s answer is not JSON.', $this->status ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $value;
	}

	/**
	 * A header; empty when it is not there.
	 *
	 * @param string $name In small letters.
	 */
	public function header( string $name ): string {
		$value = $this->headers[ $name ] ?? '';
		return is_string( $value ) ? $value : '';
	}
}
