<?php
/**
 * Standard Webhooks signatures, made and verified on raw bytes.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * Signs what goes out and believes only what is signed.
 *
 * A message without a body signs its request line (“GET /v1/catalog?after=7”), an answer without
 * one its status (“304”).
 *
 * @link https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
final class Signer {

	public const ID        = 'webhook-id';
	public const TIMESTAMP = 'webhook-timestamp';
	public const SIGNATURE = 'webhook-signature';
	public const STORE     = 'causeway-store';
	public const TOLERANCE = 300;

	private const PREFIX  = 'whsec_';
	private const LONGEST = 2048;
	private const MOST    = 8;

	/**
	 * What messages are signed with, the current one first.
	 *
	 * @var string[]
	 */
	private $secrets;

	/**
	 * Give it its secrets.
	 *
	 * @param string[] $secrets The current one first; two while rotating.
	 */
	public function __construct( array $secrets ) {
		$this->secrets = $secrets;
	}

	/**
	 * The key in a `whsec_…` secret; null unless it is base64 of 24 to 64 bytes.
	 *
	 * @param string $secret The secret.
	 */
	public static function key( string $secret ): ?string {
		$body = 0 === strpos( $secret, self::PREFIX ) ? substr( $secret, strlen( self::PREFIX ) ) : '';
		if ( ! preg_match( '~^[A-Za-z0-9+/]+={0,2}\z~', $body ) || 0 !== strlen( $body ) % 4 ) {
			return null;
		}
		$key = base64_decode( $body, true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
		return is_string( $key ) && strlen( $key ) >= 24 && strlen( $key ) <= 64 ? $key : null;
	}

	/**
	 * The three headers of a message.
	 *
	 * @param string $id        A fresh one for each attempt.
	 * @param int    $timestamp In Unix seconds.
	 * @param string $payload   The raw body, or what stands for it.
	 * @return array<string, string>
	 */
	public function headers( string $id, int $timestamp, string $payload ): array {
		return array(
			self::ID        => $id,
			self::TIMESTAMP => (string) $timestamp,
			self::SIGNATURE => implode( ' ', $this->signatures( $id, (string) $timestamp, $payload ) ),
		);
	}

	/**
	 * Believe a message, or say why not. The time is judged after the signature, so that a clock can
	 * be named as the trouble.
	 *
	 * @param array<string, mixed> $headers   The message's, by their names in small letters.
	 * @param string               $payload   The raw body, or what stands for it.
	 * @param int                  $now       In Unix seconds.
	 * @param int                  $tolerance In seconds.
	 * @return string The message's id.
	 * @throws SignatureError When it is not to be believed.
	 */
	public function verify( array $headers, string $payload, int $now, int $tolerance = self::TOLERANCE ): string {
		$id = self::header( $headers, self::ID );
		if ( ! preg_match( '~^[A-Za-z0-9_-]{1,128}\z~', $id ) ) {
			throw new SignatureError( 'malformed', self::ID );
		}
		$stamp = self::header( $headers, self::TIMESTAMP );
		if ( ! preg_match( '~^[0-9]{1,11}\z~', $stamp ) ) {
			throw new SignatureError( 'malformed', self::TIMESTAMP );
		}
		$offered = self::offered( self::header( $headers, self::SIGNATURE ) );
		if ( ! $this->fits( $offered, $this->signatures( $id, (string) (int) $stamp, $payload ) ) ) {
			throw new SignatureError( 'mismatch', self::SIGNATURE );
		}
		if ( abs( $now - (int) $stamp ) > $tolerance ) {
			throw new SignatureError( 'skew', self::TIMESTAMP, (int) $stamp - $now );
		}
		return $id;
	}

	/**
	 * One signature for each secret.
	 *
	 * @param string $id      The message's.
	 * @param string $stamp   In Unix seconds.
	 * @param string $payload The raw body.
	 * @return string[]
	 */
	private function signatures( string $id, string $stamp, string $payload ): array {
		$found = array();
		foreach ( $this->secrets as $secret ) {
			$key = self::key( $secret );
			if ( null !== $key ) {
				$found[] = 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$stamp.$payload", $key, true ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode
			}
		}
		return $found;
	}

	/**
	 * Whether one of those offered is one of ours. All are compared, in constant time.
	 *
	 * @param string[] $offered  The message's.
	 * @param string[] $expected Ours.
	 */
	private function fits( array $offered, array $expected ): bool {
		$fits = false;
		foreach ( $offered as $one ) {
			foreach ( $expected as $other ) {
				$fits = hash_equals( $other, $one ) || $fits;
			}
		}
		return $fits;
	}

	/**
	 * A header that is there, once, short and plain.
	 *
	 * @param array  $headers The message's.
	 * @param string $name    Which.
	 * @throws SignatureError When it is not.
	 */
	private static function header( array $headers, string $name ): string {
		$value = $headers[ $name ] ?? '';
		if ( '' === $value ) {
			throw new SignatureError( 'missing', $name ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		if ( ! is_string( $value ) || strlen( $value ) > self::LONGEST || preg_match( '~[^\x00-\x7F]~', $value ) ) {
			throw new SignatureError( 'malformed', $name ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $value;
	}

	/**
	 * The `v1` signatures of a list; versions nobody here knows are passed over.
	 *
	 * @param string $value The header.
	 * @return string[]
	 * @throws SignatureError When there is none.
	 */
	private static function offered( string $value ): array {
		$found = array();
		foreach ( array_slice( explode( ' ', $value ), 0, self::MOST ) as $one ) {
			if ( 0 === strpos( $one, 'v1,' ) ) {
				$found[] = $one;
			}
		}
		if ( ! $found ) {
			throw new SignatureError( 'malformed', self::SIGNATURE );
		}
		return $found;
	}
}
