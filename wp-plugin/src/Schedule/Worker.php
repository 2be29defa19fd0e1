<?php
/**
 * Does the scheduled work.
 *
 * @package Causeway
 */

namespace Causeway\Schedule;

use Causeway\Catalog\Puller;
use Causeway\Memory;
use Causeway\Pairing;
use Causeway\Services;

defined( 'ABSPATH' ) || exit;

/**
 * One method for each job. Each has a budget of seconds, and goes on next time where it stopped.
 */
final class Worker {

	private const SECONDS = 20;

	/** Where the parts come from.
	 *
	 * @var Services
	 */
	private $services;

	/** When each job last ran.
	 *
	 * @var Heartbeat
	 */
	private $heartbeat;

	/**
	 * Give it its parts.
	 *
	 * @param Services  $services  Where the parts come from.
	 * @param Heartbeat $heartbeat When each job last ran.
	 */
	public function __construct( Services $services, Heartbeat $heartbeat ) {
		$this->services  = $services;
		$this->heartbeat = $heartbeat;
	}

	/**
	 * Send what waits; when more is left than fits into a run, the next follows at once.
	 */
	public function send(): void {
		if ( null !== Pairing::current() ) {
			$this->services->backfill()->step();
			$report = $this->services->sender()->run( self::SECONDS );
			if ( $report->more ) {
				Scheduler::soon( 'causeway_send_more' );
			}
		}
		$this->heartbeat->beat( 'send' );
	}

	/**
	 * Fetch and apply what the shop must be told.
	 */
	public function poll(): void {
		$this->services->poller()->run( self::SECONDS );
		$this->heartbeat->beat( 'poll' );
	}

	/**
	 * Fetch and apply stock and prices. What was sold goes out first, so that the sidecar's figures
	 * count it.
	 */
	public function catalog(): void {
		if ( null !== Pairing::current() && $this->services->catalog()->is_wanted() ) {
			$this->services->sender()->run( self::SECONDS );
			$this->services->catalog_puller()->run();
			if ( ! $this->services->catalog_applier()->run( self::SECONDS ) ) {
				Scheduler::soon( 'causeway_catalog_more' );
			}
		}
		$this->images();
		$this->heartbeat->beat( 'catalog' );
	}

	/**
	 * Fetch pictures that products wait for.
	 */
	public function images(): void {
		if ( null !== Pairing::current() && $this->services->product_images()->run( self::SECONDS ) ) {
			Scheduler::soon( 'causeway_images' );
		}
	}

	/**
	 * Find what no hook told.
	 */
	public function reconcile(): void {
		$this->services->sweep()->recent();
		$this->services->manifest()->run( HOUR_IN_SECONDS );
		$this->heartbeat->beat( 'reconcile' );
	}

	/**
	 * Look at everything: once a day.
	 */
	public function sweep(): void {
		$this->services->sweep()->everything();
		$this->services->manifest()->run( 7 * DAY_IN_SECONDS );
		$this->services->catalog()->retry_unknown();
		$this->services->catalog()->compare( true );
		Puller::start_anew();
		$this->heartbeat->beat( 'sweep' );
	}

	/**
	 * Remove what nobody asks for again.
	 */
	public function purge(): void {
		$this->services->outbox()->purge();
		$this->heartbeat->beat( 'purge' );
	}

	/**
	 * Do all of it for a while, as a process of system cron does.
	 *
	 * @param int $seconds How long at most.
	 */
	public function run( int $seconds = 55 ): void {
		$until = time() + $seconds;
		do {
			$start = microtime( true );
			foreach ( Jobs::TABLE as list( $job, $interval ) ) {
				$is_due = in_array( $job, array( 'send', 'poll' ), true ) || time() - $this->heartbeat->last( $job ) >= $interval;
				if ( $is_due && time() < $until ) {
					$this->$job();
				}
			}
			$this->forget_request();
			if ( microtime( true ) - $start < 1 && time() + 2 < $until ) {
				sleep( 2 );
			}
		} while ( time() + 2 < $until );
	}

	/**
	 * Let go of what WordPress remembers of this request, so that memory stays flat.
	 */
	private function forget_request(): void {
		global $wpdb;
		$this->services->marks()->flush_now();
		$wpdb->queries = array();
		Memory::release();
		gc_collect_cycles();
	}
}
