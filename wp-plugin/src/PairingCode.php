<?php
/**
 * The pairing code: all a shop needs to know of its sidecar, as one string to copy.
 *
 * @package Causeway
 */

namespace Causeway;

use Causeway\Transport\Signer;

defined( 'ABSPATH' ) || exit;

/**
 * What a code says: address, store and secret. `causeway1.` and the base64url JSON of the three.
 */
final class PairingCode {

	private const PREFIX  = 'causeway1.';
	private const LONGEST = 8192;

	/**
	 * Where the sidecar is, without a slash at its end.
	 *
	 * @var string
	 */
	public $url;

	/**
	 * The name the sidecar knows this shop by.
	 *
	 * @var string
	 */
	public $store;

	/**
	 * What messages are signed with, beginning with `whsec_`.
	 *
	 * @var string
	 */
	public $secret;

	/**
	 * Made by read() alone.
	 *
	 * @param string $url    Where the sidecar is.
	 * @param string $store  This shop's name there.
	 * @param string $secret What messages are signed with.
	 */
	private function __construct( string $url, string $store, string $secret ) {
		$this->url    = $url;
		$this->store  = $store;
		$this->secret = $secret;
	}

	/**
	 * Read a code; null for one that was not copied whole.
	 *
	 * @param string $code As the sidecar prints it.
	 */
	public static function read( string $code ): ?self {
		$code = trim( $code );
		if ( strlen( $code ) > self::LONGEST || 0 !== strpos( $code, self::PREFIX ) ) {
			return null;
		}
		$body = substr( $code, strlen( self::PREFIX ) );
		if ( ! preg_match( '~^[A-Za-z0-9_-]+\z~', $body ) ) {
			return null;
		}
		$raw  = json_decode( (string) base64_decode( strtr( $body, '-_', '+/' ), true ), true, 4 ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
		$good = is_array( $raw )
			&& is_string( $raw['url'] ?? null ) && preg_match( '~^https?://[^\s/]\S*\z~', $raw['url'] )
			&& is_string( $raw['store'] ?? null ) && preg_match( '~^[A-Za-z0-9_-]{1,40}\z~', $raw['store'] )
			&& is_string( $raw['secret'] ?? null ) && null !== Signer::key( $raw['secret'] );
		return $good ? new self( rtrim( $raw['url'], '/' ), $raw['store'], $raw['secret'] ) : null;
	}
}
