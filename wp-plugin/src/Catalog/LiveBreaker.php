<?php
/**
 * Whether a customer shall wait for the sidecar.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Db;
use Causeway\Options;
use Causeway\Outbox\Breaker;

defined( 'ABSPATH' ) || exit;

/**
 * After one answer that did not come nobody waits again for fifteen seconds, twice as long each
 * further time, five minutes at most. Then one customer tries it, and the others go on without.
 */
final class LiveBreaker {

	private const FIRST = 15;
	private const MOST  = 300;

	/** What the plugin's own traffic knows of the sidecar.
	 *
	 * @var Breaker
	 */
	private $line;

	/** Whether this request holds the lock of those who try.
	 *
	 * @var bool
	 */
	private $tries = false;

	/**
	 * Give it its part.
	 *
	 * @param Breaker $line What the plugin's own traffic knows of the sidecar.
	 */
	public function __construct( Breaker $line ) {
		$this->line = $line;
	}

	/**
	 * Whether to ask now. Where it is a try, no other request tries until this one has its outcome.
	 */
	public function allows(): bool {
		if ( ! $this->line->allows() ) {
			return false;
		}
		$state = Options::record( Options::LIVE_BREAKER );
		if ( ! $state ) {
			return true;
		}
		$this->tries = time() >= (int) ( $state['until'] ?? 0 ) && '1' === Db::value( 'SELECT GET_LOCK(%s, 0)', array( self::lock() ) );
		return $this->tries;
	}

	/**
	 * It answered in time.
	 */
	public function succeeded(): void {
		if ( Options::record( Options::LIVE_BREAKER ) ) {
			Options::set( Options::LIVE_BREAKER, array() );
		}
		$this->let_go();
	}

	/**
	 * It did not.
	 */
	public function failed(): void {
		$failures = (int) ( Options::record( Options::LIVE_BREAKER )['failures'] ?? 0 ) + 1;
		Options::set(
			Options::LIVE_BREAKER,
			array(
				'failures' => $failures,
				'until'    => time() + self::rest( $failures ),
			)
		);
		$this->let_go();
	}

	/**
	 * How long nobody waits, in seconds.
	 *
	 * @param int $failures How many in a row.
	 */
	public static function rest( int $failures ): int {
		return (int) min( self::MOST, self::FIRST * 2 ** min( max( $failures, 1 ) - 1, 10 ) );
	}

	/**
	 * The try is over.
	 */
	private function let_go(): void {
		if ( $this->tries ) {
			$this->tries = false;
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( self::lock() ) );
		}
	}

	/**
	 * The name of the lock of those who try.
	 */
	private static function lock(): string {
		return substr( md5( DB_NAME . Db::table( 'live' ) ), 0, 32 );
	}
}
