<?php
/**
 * How long to wait before the next try.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Doubles from ten seconds, with a fifth of chance, up to a limit; there is no last try.
 */
final class Backoff {

	public const FIRST = 10;

	/**
	 * Seconds to wait.
	 *
	 * @param int        $attempts How many tries failed, from 1.
	 * @param int        $most     The longest wait.
	 * @param float|null $chance   From 0 to 1; null to draw it.
	 */
	public static function seconds( int $attempts, int $most = 3600, ?float $chance = null ): int {
		$plain  = min( $most, self::FIRST * 2 ** min( 20, max( 0, $attempts - 1 ) ) );
		$chance = $chance ?? wp_rand( 0, 1000 ) / 1000;
		return (int) min( $most, round( $plain * ( 0.8 + 0.4 * $chance ) ) );
	}
}
