<?php
/**
 * Whether the sidecar is worth a try now.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

use Causeway\Options;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * While the sidecar is away, one runner tries it now and then, and nothing else is held up or
 * counted as a failed try. Five minutes is the longest wait, so that a shop is soon back.
 */
final class Breaker {

	private const MOST = 300;

	/**
	 * Whether to try now.
	 */
	public function allows(): bool {
		return time() >= $this->until();
	}

	/**
	 * When the next try is due, in Unix seconds; 0 while all is well.
	 */
	public function until(): int {
		return (int) ( Options::record( Options::BREAKER )['until'] ?? 0 );
	}

	/**
	 * What went wrong last: `failures`, `since`, `until`, `kind`, `detail`; empty while all is well.
	 *
	 * @return array
	 */
	public function trouble(): array {
		return Options::record( Options::BREAKER );
	}

	/**
	 * The sidecar answered as it should.
	 */
	public function succeeded(): void {
		if ( $this->trouble() ) {
			Options::forget( Options::BREAKER );
		}
	}

	/**
	 * The sidecar could not be reached, or would not have us.
	 *
	 * @param TransportError $error What went wrong.
	 */
	public function failed( TransportError $error ): void {
		$before   = $this->trouble();
		$failures = (int) ( $before['failures'] ?? 0 ) + 1;
		$wait     = max( Backoff::seconds( $failures, self::MOST ), min( self::MOST, $error->retry_after ) );
		Options::set(
			Options::BREAKER,
			array(
				'failures' => $failures,
				'since'    => (int) ( $before['since'] ?? time() ),
				'until'    => time() + $wait,
				'kind'     => $error->kind,
				'detail'   => $error->getMessage(),
			)
		);
	}
}
