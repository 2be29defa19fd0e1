<?php
/**
 * The commands.
 *
 * @package Causeway
 */

namespace Causeway\Cli;

use Causeway\Admin\Window;
use Causeway\Admin\Words;
use Causeway\Services;
use Causeway\Transport\Advice;
use WP_CLI;

defined( 'ABSPATH' ) || exit;

/**
 * Shows and moves what goes between this shop and the Causeway sidecar.
 */
final class Command {

	private const ENTITIES = array( 'order', 'product', 'customer', 'note' );

	/**
	 * Where the parts come from.
	 *
	 * @var Services
	 */
	private $services;

	/**
	 * Give it its parts.
	 *
	 * @param Services $services Where the parts come from.
	 */
	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/**
	 * Shows what waits, how long, and why. Ends with 1 when somebody should look at it.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : How to print it: table, json, csv or yaml.
	 * ---
	 * default: table
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway status
	 *     wp causeway status --format=json
	 *
	 * @param array $args    None.
	 * @param array $options `format`.
	 */
	public function status( $args, $options ): void {
		$rows = array();
		foreach ( $this->services->figures()->all() as $name => list( $label, $value ) ) {
			$rows[] = compact( 'name', 'label', 'value' );
		}
		WP_CLI\Utils\format_items( $options['format'] ?? 'table', $rows, array( 'name', 'label', 'value' ) );
		$found = $this->services->condition()->findings();
		foreach ( $found as $finding ) {
			WP_CLI::warning( trim( "$finding->sentence $finding->remedy" ) );
		}
		if ( $found ) {
			WP_CLI::halt( 1 );
		}
	}

	/**
	 * Sends what is due, now.
	 *
	 * ## OPTIONS
	 *
	 * [--max-seconds=<seconds>]
	 * : How long at most.
	 * ---
	 * default: 55
	 * ---
	 *
	 * [--all]
	 * : Also what waits for a later try.
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway send
	 *     wp causeway send --all --max-seconds=300
	 *
	 * @param array $args    None.
	 * @param array $options `max-seconds`, `all`.
	 */
	public function send( $args, $options ): void {
		$this->services->breaker()->succeeded();
		if ( isset( $options['all'] ) ) {
			$this->services->outbox()->retry_all();
		}
		$report = $this->services->sender()->run( $this->seconds( $options ) );
		if ( '' !== $report->error ) {
			WP_CLI::error( implode( ' ', Advice::of( $report->error ) ) );
		}
		/* translators: 1 to 4: numbers. */
		WP_CLI::log( sprintf( __( '%1$d sent, %2$d unchanged, %3$d with nothing to tell, %4$d refused', 'causeway-for-woocommerce' ), $report->sent, $report->unchanged, $report->settled, $report->failed ) );
		if ( $report->failed > 0 ) {
			WP_CLI::error( __( 'Some were refused; “wp causeway status” and WooCommerce’s log say why.', 'causeway-for-woocommerce' ) );
		}
		WP_CLI::success( $report->more ? __( 'More is due.', 'causeway-for-woocommerce' ) : __( 'Nothing more is due.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Does all scheduled work for a while: for system cron, once a minute.
	 *
	 * ## OPTIONS
	 *
	 * [--max-seconds=<seconds>]
	 * : How long at most.
	 * ---
	 * default: 55
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     * * * * * wp causeway worker --max-seconds=55 --quiet
	 *
	 * @param array $args    None.
	 * @param array $options `max-seconds`.
	 */
	public function worker( $args, $options ): void {
		$this->services->worker()->run( $this->seconds( $options ) );
		WP_CLI::success( __( 'The worker’s time is over.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Sends things again though they have not changed.
	 *
	 * ## OPTIONS
	 *
	 * <entity>
	 * : order, product, customer or note.
	 *
	 * <id>...
	 * : Which.
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway replay order 1042 1043
	 *
	 * @param array $args The entity and the ids.
	 */
	public function replay( $args ): void {
		$entity = array_shift( $args );
		$ids    = array_filter( array_map( 'absint', $args ) );
		if ( ! in_array( $entity, self::ENTITIES, true ) || count( $ids ) !== count( $args ) || ! $ids ) {
			WP_CLI::error( __( 'Name order, product, customer or note, and then ids, as in: wp causeway replay order 1042', 'causeway-for-woocommerce' ) );
		}
		$this->services->outbox()->resend( $entity, $ids );
		/* translators: %s: as “2 orders”. */
		WP_CLI::success( sprintf( __( '%s will be sent again by the next run.', 'causeway-for-woocommerce' ), Words::counted( $entity, count( $ids ) ) ) );
	}

	/**
	 * Finds what no hook told, and compares with what the sidecar has.
	 *
	 * ## OPTIONS
	 *
	 * [--days=<days>]
	 * : How far back.
	 * ---
	 * default: 7
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway reconcile --days=30
	 *
	 * @param array $args    None.
	 * @param array $options `days`.
	 */
	public function reconcile( $args, $options ): void {
		$days   = max( 1, absint( $options['days'] ?? 7 ) );
		$missed = $this->services->sweep()->everything( $days );
		$wanted = $this->services->manifest()->run( $days * DAY_IN_SECONDS );
		/* translators: %d: a number. */
		WP_CLI::log( sprintf( __( '%d changes had been missed in the shop.', 'causeway-for-woocommerce' ), $missed ) );
		/* translators: %d: a number. */
		WP_CLI::log( null === $wanted ? __( 'The sidecar could not compare.', 'causeway-for-woocommerce' ) : sprintf( __( '%d orders were lacking at the sidecar.', 'causeway-for-woocommerce' ), $wanted ) );
		WP_CLI::success( __( 'What was missing is queued.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Fetches and applies stock and prices.
	 *
	 * ## OPTIONS
	 *
	 * [--full]
	 * : From the beginning, not only what changed.
	 *
	 * [--max-seconds=<seconds>]
	 * : How long to apply at most.
	 * ---
	 * default: 55
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway pull-stock --full
	 *
	 * @subcommand pull-stock
	 *
	 * @param array $args    None.
	 * @param array $options `full`, `max-seconds`.
	 */
	public function pull_stock( $args, $options ): void {
		if ( ! $this->services->catalog()->is_wanted() ) {
			WP_CLI::error( __( 'Neither stock nor prices are to be applied.', 'causeway-for-woocommerce' ) );
		}
		if ( isset( $options['full'] ) ) {
			\Causeway\Catalog\Puller::start_anew();
			$this->services->catalog()->retry_unknown();
			$this->services->catalog()->compare( true );
		}
		$this->services->breaker()->succeeded();
		$lines   = $this->services->catalog_puller()->run();
		$trouble = $this->services->breaker()->trouble();
		if ( $trouble ) {
			WP_CLI::error( implode( ' ', Advice::of( (string) ( $trouble['kind'] ?? '' ) ) ) );
		}
		$is_done = $this->services->catalog_applier()->run( $this->seconds( $options ) );
		/* translators: %d: a number. */
		WP_CLI::log( sprintf( __( '%d lines came.', 'causeway-for-woocommerce' ), $lines ) );
		WP_CLI::success( $is_done ? __( 'The shop has them.', 'causeway-for-woocommerce' ) : __( 'More is to be applied by the next run.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Sends the shop's history, in portions, behind everything new.
	 *
	 * ## OPTIONS
	 *
	 * [--from=<day>]
	 * : The first day, as 2025-01-01.
	 *
	 * [--to=<day>]
	 * : The last day; today when left out.
	 *
	 * [--queue-only]
	 * : Begin, and leave the rest to the scheduled work.
	 *
	 * [--stop]
	 * : Queue no more of it.
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway backfill --from=2024-01-01 --to=2024-12-31
	 *     wp causeway backfill                                       # goes on where it stopped
	 *
	 * @param array $args    None.
	 * @param array $options `from`, `to`, `queue-only`, `stop`.
	 */
	public function backfill( $args, $options ): void {
		$backfill = $this->services->backfill();
		if ( isset( $options['stop'] ) ) {
			$backfill->stop();
			WP_CLI::success( __( 'Stopped. What was queued is sent all the same.', 'causeway-for-woocommerce' ) );
			return;
		}
		if ( isset( $options['from'] ) ) {
			$window = Window::read( (string) $options['from'], (string) ( $options['to'] ?? wp_date( 'Y-m-d' ) ) );
			if ( null === $window ) {
				WP_CLI::error( __( 'Enter a first and a last day, the first not after the last.', 'causeway-for-woocommerce' ) );
			}
			$backfill->start( $window->from, $window->to );
		} elseif ( ! $backfill->progress()['active'] ) {
			WP_CLI::error( __( 'No history is being sent. Name the first day, as in: wp causeway backfill --from=2025-01-01', 'causeway-for-woocommerce' ) );
		}
		isset( $options['queue-only'] ) ? $this->tell( $backfill->step() ) : $this->drain();
		WP_CLI::success( $backfill->progress()['active'] ? __( 'It goes on with the scheduled work.', 'causeway-for-woocommerce' ) : __( 'All of it is queued.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Tries the connection and names what is wrong.
	 *
	 * ## EXAMPLES
	 *
	 *     wp causeway test
	 */
	public function test(): void {
		$found = $this->services->connection_test()->run();
		if ( ! $found['ok'] ) {
			WP_CLI::error( trim( "{$found['sentence']} {$found['remedy']} {$found['detail']}" ) );
		}
		WP_CLI::success( "{$found['sentence']} ({$found['milliseconds']} ms)" );
	}

	/**
	 * Queue and send history until all of it is gone, or the sidecar does not answer.
	 */
	private function drain(): void {
		do {
			$is     = $this->services->backfill()->step();
			$report = $this->services->sender()->run( 30 );
			$this->tell( $this->services->backfill()->progress() );
			if ( '' !== $report->error ) {
				WP_CLI::warning( implode( ' ', Advice::of( $report->error ) ) );
				return;
			}
			wp_cache_flush_runtime();
		} while ( $is['active'] || $report->more );
	}

	/**
	 * Say how far the history is.
	 *
	 * @param array $is As Backfill gives it.
	 */
	private function tell( array $is ): void {
		/* translators: 1 to 4: numbers. */
		WP_CLI::log( sprintf( __( '%1$d of %2$d orders looked at, %3$d queued, %4$d still wait', 'causeway-for-woocommerce' ), $is['seen'], $is['total'], $is['queued'], $is['waiting'] ) );
	}

	/**
	 * How long to work.
	 *
	 * @param array $options `max-seconds`.
	 */
	private function seconds( array $options ): int {
		return max( 1, absint( $options['max-seconds'] ?? 55 ) );
	}
}
