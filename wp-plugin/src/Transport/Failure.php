<?php
/**
 * Names what went wrong with a request.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * Turns errors of WordPress, of HTTP and of signatures into a TransportError of the right kind.
 *
 * phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped
 */
final class Failure {

	/**
	 * The codes of cURL, as WordPress writes them into its message.
	 */
	private const CURL = array(
		5  => TransportError::DNS,
		6  => TransportError::DNS,
		7  => TransportError::CONNECT,
		28 => TransportError::TIMEOUT,
		35 => TransportError::TLS,
		51 => TransportError::TLS,
		58 => TransportError::TLS,
		60 => TransportError::TLS,
		77 => TransportError::TLS,
	);

	/**
	 * What problem types of the sidecar mean for the connection.
	 */
	private const TYPES = array(
		'bad-signature'  => TransportError::SECRET,
		'unknown-store'  => TransportError::STORE,
		'timestamp-skew' => TransportError::CLOCK,
		'body-too-large' => TransportError::TOO_LARGE,
		'not-found'      => TransportError::NOT_FOUND,
		'not-ready'      => TransportError::BUSY,
	);

	/**
	 * There was no answer.
	 *
	 * @param \WP_Error $error WordPress's.
	 */
	public static function of_request( \WP_Error $error ): TransportError {
		$text = $error->get_error_message();
		$kind = TransportError::UNREACHABLE;
		if ( 'http_request_not_executed' === $error->get_error_code() ) {
			$kind = TransportError::BLOCKED;
		} elseif ( preg_match( '~cURL error (\d+)~', $text, $found ) ) {
			$kind = self::CURL[ (int) $found[1] ] ?? $kind;
		} elseif ( preg_match( '~getaddrinfo|resolve~i', $text ) ) {
			$kind = TransportError::DNS;
		} elseif ( preg_match( '~ssl|certificate|crypto~i', $text ) ) {
			$kind = TransportError::TLS;
		} elseif ( preg_match( '~timed out~i', $text ) ) {
			$kind = TransportError::TIMEOUT;
		}
		return new TransportError( $kind, $text );
	}

	/**
	 * The answer is a refusal, or somebody else's.
	 *
	 * @param Answer $answer What came.
	 */
	public static function of_answer( Answer $answer ): TransportError {
		$status  = $answer->status;
		$problem = Problem::read( $answer->body );
		$wait    = ctype_digit( $answer->header( 'retry-after' ) ) ? (int) $answer->header( 'retry-after' ) : 0;
		if ( null !== $problem && '' !== $problem->type ) {
			$kind = self::TYPES[ $problem->type ] ?? ( $status >= 500 ? TransportError::BUSY : TransportError::REFUSED );
			return new TransportError( $kind, $problem->sentence(), $status, $problem, $wait );
		}
		$kind = TransportError::REFUSED;
		if ( $status >= 300 && $status < 400 ) {
			$kind = TransportError::REDIRECT;
		} elseif ( 413 === $status ) {
			$kind = TransportError::TOO_LARGE;
		} elseif ( self::is_page( $answer ) && $status < 500 ) {
			$kind = TransportError::FIREWALL;
		} elseif ( $status >= 500 || 429 === $status || 408 === $status ) {
			$kind = TransportError::BUSY;
		}
		return new TransportError( $kind, "The address answered with HTTP status $status.", $status, null, $wait );
	}

	/**
	 * The answer is not signed as it must be.
	 *
	 * @param SignatureError $error  Why not.
	 * @param Answer         $answer What came.
	 */
	public static function of_signature( SignatureError $error, Answer $answer ): TransportError {
		if ( 'skew' === $error->reason ) {
			return new TransportError( TransportError::CLOCK, "The sidecar’s clock is {$error->ahead} seconds ahead of this server’s.", $answer->status );
		}
		$kind = self::is_page( $answer ) ? TransportError::FIREWALL : TransportError::UNSIGNED;
		return new TransportError( $kind, "The answer is not signed as it must be ({$error->getMessage()}).", $answer->status );
	}

	/**
	 * Whether it is a page for people: a login, a firewall's question, a parked domain.
	 *
	 * @param Answer $answer What came.
	 */
	private static function is_page( Answer $answer ): bool {
		return false !== stripos( $answer->header( 'content-type' ), 'text/html' );
	}
}
