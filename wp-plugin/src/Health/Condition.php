<?php
/**
 * How the plugin is.
 *
 * @package Causeway
 */

namespace Causeway\Health;

use Causeway\Admin\Times;
use Causeway\DbError;
use Causeway\Outbox\Breaker;
use Causeway\Outbox\Statistics;
use Causeway\Pairing;
use Causeway\Schedule\Heartbeat;
use Causeway\Schedule\Jobs;
use Causeway\Transport\Advice;

defined( 'ABSPATH' ) || exit;

/**
 * Finds what the owner should know, the most urgent first. Asks the database only, never the
 * sidecar, so that any page may ask.
 */
final class Condition {

	public const LATE_SECONDS = 15 * MINUTE_IN_SECONDS;

	private const KEPT = 60;
	private const NAME = 'causeway_condition';

	/**
	 * How much waits.
	 *
	 * @var Statistics
	 */
	private $statistics;

	/**
	 * Whether the sidecar is worth a try.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * When each job last ran.
	 *
	 * @var Heartbeat
	 */
	private $heartbeat;

	/**
	 * Give it what it looks at.
	 *
	 * @param Statistics $statistics How much waits.
	 * @param Breaker    $breaker    Whether the sidecar is worth a try.
	 * @param Heartbeat  $heartbeat  When each job last ran.
	 */
	public function __construct( Statistics $statistics, Breaker $breaker, Heartbeat $heartbeat ) {
		$this->statistics = $statistics;
		$this->breaker    = $breaker;
		$this->heartbeat  = $heartbeat;
	}

	/**
	 * What the owner should know; empty when all is well.
	 *
	 * @return Finding[]
	 */
	public function findings(): array {
		if ( null === Pairing::current() ) {
			return array( $this->not_paired() );
		}
		try {
			return array_values( array_filter( array( $this->silent(), $this->late() ) ) );
		} catch ( DbError $error ) {
			return array(
				new Finding( 'no_table', __( 'Causeway’s table in the database cannot be read.', 'causeway-for-woocommerce' ), __( 'Deactivate the plugin and activate it again; the orders that were missed are found by themselves.', 'causeway-for-woocommerce' ), 'queue' ),
			);
		}
	}

	/**
	 * The most urgent finding as of the last minute, for pages that must be quick; null when all is
	 * well.
	 */
	public function worst(): ?Finding {
		$kept = get_transient( self::NAME );
		if ( ! is_array( $kept ) ) {
			$found = $this->findings();
			$kept  = $found ? array_values( get_object_vars( $found[0] ) ) : array();
			set_transient( self::NAME, $kept, self::KEPT );
		}
		return 4 === count( $kept ) ? new Finding( ...array_map( 'strval', $kept ) ) : null;
	}

	/**
	 * Look anew the next time, because something was done.
	 */
	public static function forget(): void {
		delete_transient( self::NAME );
	}

	/**
	 * Why the last try failed, in a sentence; empty while all is well.
	 */
	public function last_error(): string {
		$trouble = $this->breaker->trouble();
		return $trouble ? Advice::of( (string) ( $trouble['kind'] ?? '' ) )[0] : '';
	}

	/**
	 * When any job last came to its end, in Unix seconds; 0 for never.
	 */
	public function last_beat(): int {
		return max( array_map( array( $this->heartbeat, 'last' ), array_column( Jobs::TABLE, 0 ) ) );
	}

	/**
	 * No sidecar.
	 */
	private function not_paired(): Finding {
		if ( Pairing::is_from_config() ) {
			return new Finding( 'bad_constant', __( 'Causeway cannot read the pairing code in wp-config.php.', 'causeway-for-woocommerce' ), __( 'Copy the code again, from “causeway1.” to its end, into CAUSEWAY_PAIRING_CODE.', 'causeway-for-woocommerce' ), '' );
		}
		return new Finding( 'not_paired', __( 'Causeway is active but not paired: orders are collected and not sent yet.', 'causeway-for-woocommerce' ), __( 'Enter the pairing code of your sidecar.', 'causeway-for-woocommerce' ), '' );
	}

	/**
	 * No job has run for long.
	 */
	private function silent(): ?Finding {
		$beat = max( $this->last_beat(), Pairing::since() );
		if ( $beat <= 0 || time() - $beat <= self::LATE_SECONDS ) {
			return null;
		}
		if ( 0 === $this->last_beat() ) {
			$sentence = __( 'Causeway’s scheduled work has never run.', 'causeway-for-woocommerce' );
		} else {
			/* translators: %s: a span of time with “ago”. */
			$sentence = sprintf( __( 'Causeway’s scheduled work last ran %s.', 'causeway-for-woocommerce' ), Times::relative( $this->last_beat() ) );
		}
		return new Finding( 'silent', $sentence, __( 'Check that WP-Cron or a system cron runs; “wp causeway worker” can take its place.', 'causeway-for-woocommerce' ), 'queue' );
	}

	/**
	 * Something waits for long.
	 */
	private function late(): ?Finding {
		$age = $this->statistics->oldest_age();
		if ( null === $age || $age <= self::LATE_SECONDS ) {
			return null;
		}
		/* translators: %s: a span of time, as “20 minutes”. */
		$sentence = sprintf( __( 'Changes in this shop have waited for %s to be sent to Causeway.', 'causeway-for-woocommerce' ), human_time_diff( time() - $age ) );
		$trouble  = $this->breaker->trouble();
		$why      = $trouble ? implode( ' ', Advice::of( (string) ( $trouble['kind'] ?? '' ) ) ) : __( 'The queue’s page says why.', 'causeway-for-woocommerce' );
		return new Finding( 'late', $sentence, trim( $why ), 'queue' );
	}
}
