<?php
/**
 * Which addresses a sidecar may have.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress's own check forbids private networks and most ports, and that is where sidecars live.
 * This one asks for what matters: TLS, unless the way is a private one, since orders hold personal
 * data.
 */
final class Address {

	private const PRIVATE_NAMES = '~(^[a-z0-9-]+|\.(local|localhost|internal|lan|home\.arpa|test))\z~i';

	/**
	 * Whether orders may be sent there.
	 *
	 * @param string $url The sidecar's address.
	 */
	public static function is_acceptable( string $url ): bool {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['query'] ) || isset( $parts['fragment'] ) ) {
			return false;
		}
		$scheme = strtolower( $parts['scheme'] ?? '' );
		return 'https' === $scheme || ( 'http' === $scheme && self::may_be_plain( trim( $parts['host'], '[]' ) ) );
	}

	/**
	 * Whether a host is on this machine or in a private network, or the owner says plain is fine.
	 *
	 * @param string $host Name or IP address.
	 */
	private static function may_be_plain( string $host ): bool {
		if ( defined( 'CAUSEWAY_ALLOW_HTTP' ) && constant( 'CAUSEWAY_ALLOW_HTTP' ) ) {
			return true;
		}
		if ( filter_var( $host, FILTER_VALIDATE_IP ) ) {
			return ! filter_var( $host, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE );
		}
		return (bool) preg_match( self::PRIVATE_NAMES, $host );
	}
}
