<?php
/**
 * Keeps the scheduled work going.
 *
 * @package Causeway
 */

namespace Causeway\Schedule;

use Causeway\Log;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Runs the jobs by Action Scheduler. A chain of recurring actions ends for good when its process is
 * killed or runs out of memory, so it is looked after: hourly in the admin, by Action Scheduler's
 * own daily check, and every five minutes by a twin in WP-Cron, which also does what is overdue.
 *
 * Arguments are always empty: what makes an action unique is hook and group before Action Scheduler
 * 4.0, and the arguments too since.
 */
final class Scheduler {

	public const GROUP = 'causeway';

	private const TWIN       = 'causeway_cron';
	private const TWIN_EVERY = 'causeway_five_minutes';
	private const CHECK_EACH = 3600;

	/** Does the work.
	 *
	 * @var Worker
	 */
	private $worker;

	/** When each job last ran.
	 *
	 * @var Heartbeat
	 */
	private $heartbeat;

	/**
	 * Give it its parts.
	 *
	 * @param Worker    $worker    Does the work.
	 * @param Heartbeat $heartbeat When each job last ran.
	 */
	public function __construct( Worker $worker, Heartbeat $heartbeat ) {
		$this->worker    = $worker;
		$this->heartbeat = $heartbeat;
	}

	/**
	 * Look after the jobs once an hour, where no customer waits.
	 */
	public function check(): void {
		$last  = (int) get_option( Options::SCHEDULE, 0 );
		$quiet = is_admin() || wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI );
		if ( $quiet && time() - $last > self::CHECK_EACH ) {
			$this->ensure();
		}
	}

	/**
	 * Have the jobs looked after at the next chance.
	 */
	public function ask_for_check(): void {
		Options::set( Options::SCHEDULE, 0 );
	}

	/**
	 * Schedule every job that is not scheduled.
	 */
	public function ensure(): void {
		if ( ! wp_next_scheduled( self::TWIN ) ) {
			wp_schedule_event( time() + 300, self::TWIN_EVERY, self::TWIN );
		}
		if ( self::has_action_scheduler() ) {
			$offset = 0;
			foreach ( Jobs::TABLE as $hook => list( , $seconds ) ) {
				if ( ! as_has_scheduled_action( $hook, array(), self::GROUP ) ) {
					as_schedule_recurring_action( time() + $offset, $seconds, $hook, array(), self::GROUP, true );
				}
				$offset += 5;
			}
		}
		Options::set( Options::SCHEDULE, time() );
	}

	/**
	 * WP-Cron's turn: mend the chains, and do what is overdue.
	 */
	public function twin(): void {
		$this->ensure();
		foreach ( $this->heartbeat->late() as $job ) {
			if ( $this->heartbeat->last( $job ) > 0 ) {
				Log::warning( "Job “{$job}” was overdue; WP-Cron does it." );
			}
			$this->worker->$job();
		}
	}

	/**
	 * WP-Cron's interval.
	 *
	 * @param mixed $schedules What there is.
	 * @return mixed
	 */
	public function intervals( $schedules ) {
		if ( is_array( $schedules ) ) {
			$schedules[ self::TWIN_EVERY ] = array(
				'interval' => 300,
				'display'  => 'Causeway: every five minutes',
			);
		}
		return $schedules;
	}

	/**
	 * Have the feed polled by the next runner.
	 */
	public static function poll_soon(): void {
		self::soon( 'causeway_poll_now' );
	}

	/**
	 * Have something done by the next runner, once.
	 *
	 * @param string $hook One of ours that is not recurring.
	 */
	public static function soon( string $hook ): void {
		if ( self::has_action_scheduler() ) {
			as_enqueue_async_action( $hook, array(), self::GROUP, true );
		}
	}

	/**
	 * Stop the scheduled work.
	 */
	public function stop(): void {
		wp_clear_scheduled_hook( self::TWIN );
		if ( self::has_action_scheduler() ) {
			as_unschedule_all_actions( '', array(), self::GROUP );
		}
		Options::forget( Options::SCHEDULE );
	}

	/**
	 * Whether Action Scheduler may be called now.
	 */
	private static function has_action_scheduler(): bool {
		return function_exists( 'as_has_scheduled_action' ) && class_exists( 'ActionScheduler' ) && \ActionScheduler::is_initialized();
	}
}
