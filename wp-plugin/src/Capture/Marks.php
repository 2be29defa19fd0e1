<?php
/**
 * What changed in this request.
 *
 * @package Causeway
 */

namespace Causeway\Capture;

use Causeway\DbError;
use Causeway\Installer;
use Causeway\Log;
use Causeway\Outbox\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Counts each changed entity once a request, however often it is saved.
 *
 * The first touch is written at once, due in ten seconds: it survives a request that dies. Later
 * touches cost nothing, nor does a product of which an order takes stock: it is written at the end,
 * and reconciliation finds it should the end not come. At the end the versions are raised in one
 * statement and due at once; what is touched after that is written directly. Nothing here reads the
 * entity: the sender does.
 */
final class Marks {

	private const EARLY_SECONDS = 10;
	private const MOST          = 200;
	private const LONG_SECONDS  = 2.0;

	/**
	 * Where they are written.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Finds the order an id stands for, 0 for none.
	 *
	 * @var callable
	 */
	private $resolve_order;

	/**
	 * Touched since the last flush: "entity:id" => [entity, id].
	 *
	 * @var array<string, array{0: string, 1: int}>
	 */
	private $touched = array();

	/**
	 * Whether an order was touched since the last flush.
	 *
	 * @var bool
	 */
	private $has_order = false;

	/**
	 * Orders or refunds whose items were touched, by id; which of both is found out at the flush.
	 *
	 * @var array<int, true>
	 */
	private $unresolved = array();

	/**
	 * Orders worth sending right after the response.
	 *
	 * @var array<int, true>
	 */
	private $urgent = array();

	/**
	 * Whether shutdown's flush is over.
	 *
	 * @var bool
	 */
	private $over = false;

	/**
	 * Whether the table could not be written in this request.
	 *
	 * @var bool
	 */
	private $broken = false;

	/**
	 * When the first of those touched now was touched.
	 *
	 * @var float
	 */
	private $since = 0.0;

	/**
	 * Give it its table.
	 *
	 * @param Outbox   $outbox        Where marks are written.
	 * @param callable $resolve_order int → int, the order an id stands for.
	 */
	public function __construct( Outbox $outbox, callable $resolve_order ) {
		$this->outbox        = $outbox;
		$this->resolve_order = $resolve_order;
	}

	/**
	 * Something changed.
	 *
	 * @param string $entity `order`, `product`, `customer` or `note`.
	 * @param int    $id     Its id.
	 */
	public function mark( string $entity, int $id ): void {
		if ( $id <= 0 ) {
			return;
		}
		if ( $this->over ) {
			$this->write( array( array( $entity, $id ) ), 0 );
			return;
		}
		if ( ! $this->touched ) {
			$this->since = microtime( true );
		}
		$key = "$entity:$id";
		if ( ! isset( $this->touched[ $key ] ) ) {
			$this->touched[ $key ] = array( $entity, $id );
			$this->has_order       = $this->has_order || 'order' === $entity;
			if ( ! $this->has_order || 'product' !== $entity ) {
				$this->write( array( array( $entity, $id ) ), self::EARLY_SECONDS );
			}
		}
		if ( count( $this->touched ) >= self::MOST || $this->is_long_run() ) {
			$this->raise();
		}
	}

	/**
	 * An order, worth being sent as soon as the customer has the answer.
	 *
	 * @param int $id The order.
	 */
	public function mark_urgent( int $id ): void {
		$this->urgent[ $id ] = true;
		$this->mark( 'order', $id );
	}

	/**
	 * Items of an order or a refund changed; which of both is not asked now.
	 *
	 * @param int $id The order or refund.
	 */
	public function mark_items( int $id ): void {
		if ( $this->over ) {
			$this->mark( 'order', (int) call_user_func( $this->resolve_order, $id ) );
		} elseif ( ! isset( $this->touched[ "order:$id" ] ) ) {
			$this->unresolved[ $id ] = true;
		}
	}

	/**
	 * An order or refund was looked at by a hook that knows it: its items need no second look.
	 *
	 * @param int $id The order or refund.
	 */
	public function settle_items( int $id ): void {
		unset( $this->unresolved[ $id ] );
	}

	/**
	 * Raise the versions of all that was touched. Called once, at the end of the request.
	 */
	public function flush(): void {
		if ( $this->over ) {
			return;
		}
		try {
			$this->flush_now();
		} finally {
			$this->over = true;
		}
	}

	/**
	 * Raise the versions of all that was touched so far, in a process that lives on.
	 */
	public function flush_now(): void {
		foreach ( array_keys( $this->unresolved ) as $id ) {
			$order = (int) call_user_func( $this->resolve_order, $id );
			if ( $order > 0 && ! isset( $this->touched[ "order:$order" ] ) ) {
				$this->touched[ "order:$order" ] = array( 'order', $order );
			}
		}
		$this->unresolved = array();
		$this->raise();
	}

	/**
	 * The orders to be sent right after the response.
	 *
	 * @return int[]
	 */
	public function urgent(): array {
		return $this->broken ? array() : array_keys( $this->urgent );
	}

	/**
	 * One statement for all that was touched since the last.
	 */
	private function raise(): void {
		$touched         = array_values( $this->touched );
		$this->touched   = array();
		$this->has_order = false;
		$this->broken    = false;
		foreach ( array_chunk( $touched, self::MOST ) as $chunk ) {
			$this->write( $chunk, 0 );
		}
	}

	/**
	 * Write, or remember that it was not possible: reconciliation finds what is missing.
	 *
	 * @param array $marks Pairs of entity and id.
	 * @param int   $delay Seconds until they are due.
	 */
	private function write( array $marks, int $delay ): void {
		if ( $this->broken ) {
			return;
		}
		try {
			$this->outbox->mark( $marks, $delay );
		} catch ( DbError $error ) {
			$this->broken = true;
			$ids          = implode( ', ', array_map( static fn( $mark ) => "$mark[0] $mark[1]", array_slice( $marks, 0, 10 ) ) );
			Log::warning( "The outbox could not be written; reconciliation will find $ids. " . $error->getMessage() );
			if ( $error->is_missing_table() ) {
				Installer::ask_for_repair();
			}
		}
	}

	/**
	 * Imports and workers run long; what they touch should not wait for their end.
	 */
	private function is_long_run(): bool {
		$is_worker = 'cli' === PHP_SAPI || wp_doing_cron();
		return $is_worker && microtime( true ) - $this->since > self::LONG_SECONDS;
	}

	/**
	 * The process goes to another site of a network: what was touched belongs to the one it leaves.
	 *
	 * @param mixed $site   Where it goes.
	 * @param mixed $leaves Where it comes from.
	 */
	public function switched( $site, $leaves ): void {
		if ( (int) $site === (int) $leaves || ( ! $this->touched && ! $this->unresolved ) ) {
			return;
		}
		list( $touched, $unresolved ) = array( $this->touched, $this->unresolved );

		$this->touched    = array();
		$this->unresolved = array();
		switch_to_blog( (int) $leaves );
		$this->touched    = $touched;
		$this->unresolved = $unresolved;
		$this->flush_now();
		restore_current_blog();
	}
}
