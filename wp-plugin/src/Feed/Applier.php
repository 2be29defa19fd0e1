<?php
/**
 * Applies what waits in the inbox.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Db;
use Causeway\Json;
use Causeway\Log;
use Causeway\Memory;
use Causeway\Origin;
use Causeway\Outbox\Backoff;

defined( 'ABSPATH' ) || exit;

/**
 * Gives each update to what knows its kind, under a lock on its order, marked as our own writing.
 */
final class Applier {

	private const MOST_ATTEMPTS = 20;
	private const LOCK_SECONDS  = 5;

	/** What waits.
	 *
	 * @var Inbox
	 */
	private $inbox;

	/** Marks our own writing.
	 *
	 * @var Origin
	 */
	private $origin;

	/** Makes what applies updates of products.
	 *
	 * @var callable
	 */
	private $products;

	/** By kind.
	 *
	 * @var array<string, Handler>
	 */
	private $handlers;

	/**
	 * Give it its parts.
	 *
	 * @param Inbox                  $inbox    What waits.
	 * @param Origin                 $origin   Marks our own writing.
	 * @param callable               $products Makes what applies updates of products.
	 * @param array<string, Handler> $handlers By kind.
	 */
	public function __construct( Inbox $inbox, Origin $origin, callable $products, array $handlers ) {
		$this->inbox    = $inbox;
		$this->origin   = $origin;
		$this->products = $products;
		$this->handlers = $handlers;
	}

	/**
	 * Apply what is due.
	 *
	 * @param float $until A time as microtime( true ) gives it.
	 * @return int How many came to their end.
	 */
	public function run( float $until ): int {
		$done = 0;
		do {
			$rows = $this->inbox->claim();
			foreach ( $rows as $row ) {
				$done += $this->work_on( $row ) ? 1 : 0;
			}
		} while ( $rows && microtime( true ) < $until );
		return $done;
	}

	/**
	 * One update.
	 *
	 * @param \stdClass $row A claimed row.
	 */
	private function work_on( \stdClass $row ): bool {
		try {
			if ( $row->attempts > self::MOST_ATTEMPTS ) {
				throw new Refusal( $row->result ? $row->result : 'it ended its worker several times' ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
			$result = $this->locked( $row );
			$this->inbox->finish( $row, Inbox::APPLIED, $result );
			return true;
		} catch ( Refusal $refusal ) {
			$this->inbox->finish( $row, Inbox::REFUSED, $refusal->getMessage() );
			Log::warning( "Update “{$row->name}” was not applied: {$refusal->getMessage()}" );
			return true;
		} catch ( \Throwable $error ) {
			$this->inbox->fail( $row, $error->getMessage(), Backoff::seconds( (int) $row->attempts ) );
			Log::failure( "Applying update “{$row->name}”", $error );
			return false;
		}
	}

	/**
	 * Apply it while nobody else works on this order.
	 *
	 * @param \stdClass $row A claimed row.
	 * @throws \RuntimeException When somebody else does.
	 */
	private function locked( \stdClass $row ): string {
		$lock = substr( md5( DB_NAME . Db::table( 'inbox' ) . $row->entity . $row->entity_id ), 0, 32 );
		if ( '1' !== Db::value( 'SELECT GET_LOCK(%s, %d)', array( $lock, self::LOCK_SECONDS ) ) ) {
			throw new \RuntimeException( 'another worker is busy with this order' );
		}
		try {
			return $this->applied( $row );
		} finally {
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( $lock ) );
		}
	}

	/**
	 * Apply it.
	 *
	 * @param \stdClass $row A claimed row.
	 * @throws Refusal When it will never be possible.
	 */
	private function applied( \stdClass $row ): string {
		$update = new Update( (int) $row->feed_id, $row->name, $row->kind, $row->entity, (int) $row->entity_id, Json::decode( $row->data ) ?? array() );
		// The row's key is cut to its column; the hash names it for good.
		$update->key = $row->key_hash;
		if ( 'product' === $row->entity && 'product' === $row->kind ) {
			Memory::release();
			return $this->origin->during( fn() => call_user_func( $this->products )->apply( $update ) );
		}
		$handler = $this->handlers[ $row->kind ] ?? null;
		if ( null === $handler || 'order' !== $row->entity ) {
			throw new Refusal( 'this version of the plugin does not know such updates; update the plugin' );
		}
		// Workers live long: what was read before the lock may be old.
		Memory::release();
		$order = wc_get_order( (int) $row->entity_id );
		if ( ! $order instanceof \WC_Order ) {
			throw new Refusal( 'there is no such order in this shop' );
		}
		return $this->origin->during( static fn() => $handler->apply( $update, $order ) );
	}
}
