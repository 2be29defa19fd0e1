<?php
/**
 * What is wrong with the connection, and what to do, in words.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * A sentence and a remedy for each kind of TransportError.
 */
final class Advice {

	/**
	 * The two sentences of a kind.
	 *
	 * @param string $kind One of TransportError's, or `ok`.
	 * @return array{0: string, 1: string}
	 */
	public static function of( string $kind ): array {
		$known = self::sentences();
		return $known[ $kind ] ?? $known[ TransportError::UNREACHABLE ];
	}

	/**
	 * All of them.
	 *
	 * @return array<string, array{0: string, 1: string}>
	 */
	private static function sentences(): array {
		return array(
			'ok'                        => array( __( 'Connected: the sidecar answered and both signatures are right.', 'causeway-for-woocommerce' ), '' ),
			TransportError::NOT_PAIRED  => array( __( 'This shop is not paired with a sidecar.', 'causeway-for-woocommerce' ), __( 'Enter the pairing code that “causeway store add” prints.', 'causeway-for-woocommerce' ) ),
			TransportError::BLOCKED     => array( __( 'WordPress is not allowed to call the sidecar.', 'causeway-for-woocommerce' ), __( 'Add the sidecar’s host to WP_ACCESSIBLE_HOSTS in wp-config.php, or turn WP_HTTP_BLOCK_EXTERNAL off.', 'causeway-for-woocommerce' ) ),
			TransportError::DNS         => array( __( 'The sidecar’s host name is not known to this server.', 'causeway-for-woocommerce' ), __( 'Check the name for typing errors, and that this server’s DNS knows it.', 'causeway-for-woocommerce' ) ),
			TransportError::CONNECT     => array( __( 'Nothing answers at the sidecar’s address.', 'causeway-for-woocommerce' ), __( 'Check that the sidecar runs, that the port is right, and that no firewall stands between the two.', 'causeway-for-woocommerce' ) ),
			TransportError::TLS         => array( __( 'The sidecar’s certificate is not accepted.', 'causeway-for-woocommerce' ), __( 'Check that it has not expired, names this host, and comes with its intermediate certificates.', 'causeway-for-woocommerce' ) ),
			TransportError::TIMEOUT     => array( __( 'The sidecar did not answer in time.', 'causeway-for-woocommerce' ), __( 'Check that it is not overloaded, and that a firewall does not drop packets silently.', 'causeway-for-woocommerce' ) ),
			TransportError::UNREACHABLE => array( __( 'The sidecar could not be reached.', 'causeway-for-woocommerce' ), __( 'Look at WooCommerce’s log “causeway” for the exact words.', 'causeway-for-woocommerce' ) ),
			TransportError::REDIRECT    => array( __( 'The address sends elsewhere.', 'causeway-for-woocommerce' ), __( 'Pair with the sidecar’s final address; redirects are not followed.', 'causeway-for-woocommerce' ) ),
			TransportError::FIREWALL    => array( __( 'A web page answered instead of the sidecar: a login, a firewall, or a parked domain.', 'causeway-for-woocommerce' ), __( 'Let this server’s requests to /v1/ pass without a challenge.', 'causeway-for-woocommerce' ) ),
			TransportError::UNSIGNED    => array( __( 'The answer is not signed by the paired sidecar.', 'causeway-for-woocommerce' ), __( 'Pair the shop again; if that does not help, something between the two changes the answers.', 'causeway-for-woocommerce' ) ),
			TransportError::CLOCK       => array( __( 'The clocks of this server and the sidecar are more than five minutes apart.', 'causeway-for-woocommerce' ), __( 'Set the clock of the one that is wrong, best by NTP.', 'causeway-for-woocommerce' ) ),
			TransportError::SECRET      => array( __( 'The sidecar does not accept this shop’s signature.', 'causeway-for-woocommerce' ), __( 'The secret was changed: pair the shop again with a new code.', 'causeway-for-woocommerce' ) ),
			TransportError::STORE       => array( __( 'The sidecar does not know this store.', 'causeway-for-woocommerce' ), __( 'Pair the shop again with a code that this sidecar printed.', 'causeway-for-woocommerce' ) ),
			TransportError::REFUSED     => array( __( 'The sidecar refused the request.', 'causeway-for-woocommerce' ), __( 'The detail says why; versions that are far apart can be the reason.', 'causeway-for-woocommerce' ) ),
			TransportError::TOO_LARGE   => array( __( 'The request was too large for the sidecar.', 'causeway-for-woocommerce' ), __( 'Raise intake.max_body_bytes in the sidecar’s settings, or the limit of the proxy before it.', 'causeway-for-woocommerce' ) ),
			TransportError::NOT_FOUND   => array( __( 'The address is not a sidecar’s, or an older one’s.', 'causeway-for-woocommerce' ), __( 'Check the address in the pairing code, and upgrade the sidecar.', 'causeway-for-woocommerce' ) ),
			TransportError::BUSY        => array( __( 'The sidecar is there and cannot work at the moment.', 'causeway-for-woocommerce' ), __( 'Nothing is lost: it is tried again by itself. The sidecar’s log says more.', 'causeway-for-woocommerce' ) ),
		);
	}
}
