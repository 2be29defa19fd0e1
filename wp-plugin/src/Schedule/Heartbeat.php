<?php
/**
 * When each job last ran.
 *
 * @package Causeway
 */

namespace Causeway\Schedule;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Notes the end of each job's run, so that a dead scheduler is seen.
 */
final class Heartbeat {

	/**
	 * A job came to its end.
	 *
	 * @param string $job The worker's method.
	 */
	public function beat( string $job ): void {
		$times         = Options::record( Options::HEARTBEAT );
		$times[ $job ] = time();
		Options::set( Options::HEARTBEAT, $times );
	}

	/**
	 * When a job last came to its end, in Unix seconds; 0 for never.
	 *
	 * @param string $job The worker's method.
	 */
	public function last( string $job ): int {
		return (int) ( Options::record( Options::HEARTBEAT )[ $job ] ?? 0 );
	}

	/**
	 * Whether a job is overdue: twice its interval, and four minutes more.
	 *
	 * @param string $job     The worker's method.
	 * @param int    $seconds Its interval.
	 */
	public function is_late( string $job, int $seconds ): bool {
		return time() - $this->last( $job ) > 2 * $seconds + 240;
	}

	/**
	 * The jobs that are overdue.
	 *
	 * @return string[]
	 */
	public function late(): array {
		$found = array();
		foreach ( Jobs::TABLE as list( $job, $seconds ) ) {
			if ( $this->is_late( $job, $seconds ) ) {
				$found[] = $job;
			}
		}
		return $found;
	}
}
