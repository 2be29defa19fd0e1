<?php
/**
 * Which sidecar this shop belongs to.
 *
 * @package Causeway
 */

namespace Causeway;

use Causeway\Transport\Address;
use Causeway\Transport\Signer;

defined( 'ABSPATH' ) || exit;

/**
 * The pairing in force: `CAUSEWAY_PAIRING_CODE` in wp-config.php, or what the settings hold;
 * `CAUSEWAY_SECRET` replaces the secret of either. The secret stays in here: it is given to the
 * signer and to nobody else.
 */
final class Pairing {

	/**
	 * Where the sidecar is.
	 *
	 * @var string
	 */
	public $url;

	/**
	 * This shop's name there.
	 *
	 * @var string
	 */
	public $store;

	/**
	 * What messages are signed with.
	 *
	 * @var string
	 */
	private $secret;

	/**
	 * Made by current() alone.
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
	 * The pairing in force; null when there is none, or none that can be used.
	 */
	public static function current(): ?self {
		if ( self::is_from_config() ) {
			$code = PairingCode::read( (string) constant( 'CAUSEWAY_PAIRING_CODE' ) );
			return $code ? self::checked( $code->url, $code->store, self::fixed_secret( $code->secret ) ) : null;
		}
		$kept = Options::record( Options::PAIRING );
		if ( ! isset( $kept['url'], $kept['store'] ) ) {
			return null;
		}
		$secret = self::fixed_secret( (string) get_option( Options::SECRET, '' ) );
		return self::checked( (string) $kept['url'], (string) $kept['store'], $secret );
	}

	/**
	 * Pair with the sidecar that printed a code. Old cursors belong to the old sidecar and go.
	 *
	 * @param string $code As the sidecar prints it.
	 * @return self The pairing now in force.
	 * @throws \InvalidArgumentException In words, when the code cannot be used.
	 */
	public static function store( string $code ): self {
		$read = PairingCode::read( $code );
		if ( null === $read ) {
			throw new \InvalidArgumentException( esc_html__( 'This pairing code is not whole. Copy it again, from “causeway1.” to its end.', 'causeway-for-woocommerce' ) );
		}
		if ( ! Address::is_acceptable( $read->url ) ) {
			throw new \InvalidArgumentException( esc_html__( 'The sidecar’s address must begin with https://, since orders hold personal data. Plain http:// is accepted for this machine and for private networks only.', 'causeway-for-woocommerce' ) );
		}
		$before = Options::record( Options::PAIRING );
		$moved  = ( $before['url'] ?? '' ) !== $read->url || ( $before['store'] ?? '' ) !== $read->store;
		$since  = $moved ? 0 : (int) ( $before['since'] ?? 0 ); // A new secret is no new pairing.
		Options::set( Options::SECRET, $read->secret );
		Options::set(
			Options::PAIRING,
			array(
				'url'   => $read->url,
				'store' => $read->store,
				'since' => $since > 0 ? $since : time(),
			)
		);
		if ( $moved ) {
			self::begin_anew();
		}
		Options::forget( Options::BREAKER );
		return new self( $read->url, $read->store, $read->secret );
	}

	/**
	 * End the pairing. What waits in the outbox stays there.
	 */
	public static function forget(): void {
		foreach ( array( Options::PAIRING, Options::SECRET, Options::FEED_CURSOR, Options::CATALOG_CURSOR, Options::BREAKER ) as $name ) {
			Options::forget( $name );
		}
	}

	/**
	 * Another sidecar has seen nothing yet: what the old one acknowledged counts no more.
	 */
	private static function begin_anew(): void {
		foreach ( array( Options::FEED_CURSOR, Options::CATALOG_CURSOR, Options::MANIFEST ) as $name ) {
			Options::forget( $name );
		}
		try {
			Plugin::services()->inbox()->forget_places();
			Plugin::services()->outbox()->forget_receipts();
		} catch ( DbError $error ) {
			Log::failure( 'Pairing with another sidecar', $error );
		}
	}

	/**
	 * Since when the shop has been paired, in Unix seconds; 0 when that is not known. A code in
	 * wp-config.php counts from when the plugin was first asked.
	 */
	public static function since(): int {
		$kept = Options::record( Options::PAIRING );
		if ( ! isset( $kept['since'] ) && null !== self::current() ) {
			$kept['since'] = time();
			Options::set( Options::PAIRING, $kept );
		}
		return (int) ( $kept['since'] ?? 0 );
	}

	/**
	 * Whether wp-config.php names the sidecar, so that the settings cannot.
	 */
	public static function is_from_config(): bool {
		return defined( 'CAUSEWAY_PAIRING_CODE' ) && '' !== (string) constant( 'CAUSEWAY_PAIRING_CODE' );
	}

	/**
	 * Whether wp-config.php holds the secret.
	 */
	public static function is_secret_from_config(): bool {
		return self::is_from_config() || '' !== self::fixed_secret( '' );
	}

	/**
	 * A signer that holds the secret.
	 */
	public function signer(): Signer {
		return new Signer( array( $this->secret ) );
	}

	/**
	 * What var_dump and error reports show: no secret.
	 *
	 * @return array<string, string>
	 */
	public function __debugInfo() {
		return array(
			'url'    => $this->url,
			'store'  => $this->store,
			'secret' => '(hidden)',
		);
	}

	/**
	 * The secret of wp-config.php, or the one given.
	 *
	 * @param string $secret Used when the constant is not set.
	 */
	private static function fixed_secret( string $secret ): string {
		$fixed = defined( 'CAUSEWAY_SECRET' ) ? (string) constant( 'CAUSEWAY_SECRET' ) : '';
		return '' !== $fixed ? $fixed : $secret;
	}

	/**
	 * A pairing that can be used, or null.
	 *
	 * @param string $url    Where the sidecar is.
	 * @param string $store  This shop's name there.
	 * @param string $secret What messages are signed with.
	 */
	private static function checked( string $url, string $store, string $secret ): ?self {
		return null !== Signer::key( $secret ) ? new self( $url, $store, $secret ) : null;
	}
}
