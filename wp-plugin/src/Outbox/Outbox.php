<?php
/**
 * What waits to be sent.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

use Causeway\Db;
use Causeway\DbError;

defined( 'ABSPATH' ) || exit;

/**
 * One row for each entity, with its version (`seq`). A row is done only when the version that was
 * read has been acknowledged; one that changed meanwhile stays waiting. Ids only: no personal data.
 *
 * Versions are milliseconds since 1970 or one more than the last, whichever is larger: they rise
 * even when the table was lost. Times are the database's, so that servers need not agree on them.
 */
final class Outbox {

	public const WAITING = 0;
	public const CLAIMED = 1;
	public const DONE    = 2;

	public const LANES   = array(
		'order'    => 0,
		'note'     => 0,
		'return'   => 0,
		'product'  => 1,
		'customer' => 1,
	);
	public const HISTORY = 2;

	private const LEASE_SECONDS = 120;
	private const MOST_TRIES    = 3;

	/**
	 * Something changed: a new version, due after a delay. Rows are written in one order by
	 * everybody, so that two checkouts with the same products do not wait for each other's.
	 *
	 * @param array    $marks Pairs of entity and id, each once.
	 * @param int      $delay Seconds until it is due.
	 * @param int|null $lane  Its lane; null for the entity's own.
	 */
	public function mark( array $marks, int $delay, ?int $lane = null ): void {
		if ( ! $marks ) {
			return;
		}
		sort( $marks );
		$version = sprintf( '%.0f', floor( microtime( true ) * 1000 ) );
		$values  = array();
		foreach ( $marks as list( $entity, $id ) ) {
			array_push( $values, $entity, $id, $version, $lane ?? self::LANES[ $entity ] ?? 1, $delay );
		}
		$row = '(%s, %d, %s, %d, UNIX_TIMESTAMP() + %d, UNIX_TIMESTAMP(), UNIX_TIMESTAMP())';
		$sql = 'INSERT INTO ' . self::table() . ' (entity, entity_id, seq, lane, available_at, marked_at, updated_at) VALUES '
			. implode( ', ', array_fill( 0, count( $marks ), $row ) ) . '
			ON DUPLICATE KEY UPDATE
				seq = GREATEST(seq + 1, VALUES(seq)),
				lane = IF(state = 2, VALUES(lane), LEAST(lane, VALUES(lane))),
				marked_at = IF(state = 2, VALUES(marked_at), marked_at),
				attempts = IF(state = 1, attempts, 0),
				available_at = VALUES(available_at),
				updated_at = VALUES(updated_at),
				state = IF(state = 1, 1, 0)';
		self::insist( $sql, $values );
	}

	/**
	 * Take up to `$limit` due rows for this runner alone, for as long as the lease lasts. Rows of a
	 * runner that died come back by themselves.
	 *
	 * @param int        $limit How many at most.
	 * @param array|null $only  Pairs of entity and id; null for whatever is due.
	 * @return Row[]
	 */
	public function claim( int $limit, ?array $only = null ): array {
		$this->take_back();
		$token = bin2hex( random_bytes( 16 ) );
		$which = 'available_at <= UNIX_TIMESTAMP() ORDER BY lane, available_at, id';
		$ids   = array();
		if ( null !== $only ) {
			if ( ! $only ) {
				return array();
			}
			$which = '(' . implode( ' OR ', array_fill( 0, count( $only ), '(entity = %s AND entity_id = %d)' ) ) . ')';
			$ids   = array_merge( ...array_map( 'array_values', $only ) );
		}
		$claimed = Db::run(
			'UPDATE ' . self::table() . " SET state = 1, claim_token = %s, claimed_until = UNIX_TIMESTAMP() + %d, attempts = attempts + 1
			WHERE state = 0 AND $which LIMIT %d",
			array_merge( array( $token, self::LEASE_SECONDS ), $ids, array( $limit ) )
		);
		return $claimed ? $this->claimed( $token ) : array();
	}

	/**
	 * These are about to be sent. Should this process end before it hears what became of them, they
	 * may have arrived: what differs from them then has to be another version.
	 *
	 * @param Row[] $rows Claimed rows.
	 */
	public function note_try( array $rows ): void {
		$case   = 'CASE id' . str_repeat( ' WHEN %d THEN %s', count( $rows ) ) . ' END';
		$hashes = array();
		foreach ( $rows as $row ) {
			array_push( $hashes, $row->id, $row->hash );
		}
		Db::run(
			'UPDATE ' . self::table() . " SET tried_hash = $case WHERE claim_token = %s AND id IN (" . self::ids( $rows ) . ')',
			array_merge( $hashes, array( $rows[0]->token ) )
		);
	}

	/**
	 * The sidecar has these versions. Those that changed meanwhile wait again.
	 *
	 * @param Row[]  $rows     Claimed rows.
	 * @param bool   $is_new   Whether they were sent just now, and not merely found unchanged.
	 * @param string $acked_to The number of an event in the sidecar's ledger by which it had kept them.
	 */
	public function acknowledge( array $rows, bool $is_new = true, string $acked_to = '0' ): void {
		if ( ! $rows ) {
			return;
		}
		$case   = 'CASE id' . str_repeat( ' WHEN %d THEN %s', count( $rows ) ) . ' END';
		$seqs   = array();
		$hashes = array();
		foreach ( $rows as $row ) {
			array_push( $seqs, $row->id, $row->seq );
			array_push( $hashes, $row->id, $row->hash );
		}
		$sent = $is_new ? "sent_at = UNIX_TIMESTAMP(), acked_to = %s, sent_seq = $case," : '';
		Db::run(
			'UPDATE ' . self::table() . " SET $sent payload_hash = $case, tried_hash = '', last_error = '', attempts = 0,
				state = IF(seq = $case, 2, 0), claim_token = ''
			WHERE claim_token = %s AND id IN (" . self::ids( $rows ) . ')',
			array_merge( $is_new ? array( $acked_to, ...$seqs ) : array(), $hashes, $seqs, array( $rows[0]->token ) )
		);
	}

	/**
	 * Nothing of these is to be sent: drafts, what is gone and was never sent, notes of our own.
	 *
	 * @param Row $row A claimed row.
	 */
	public function settle( Row $row ): void {
		Db::run(
			'UPDATE ' . self::table() . " SET state = IF(seq = %s, 2, 0), claim_token = '', attempts = 0, last_error = '' WHERE id = %d AND claim_token = %s",
			array( $row->seq, $row->id, $row->token )
		);
	}

	/**
	 * The sidecar knows that it is gone: so may the row be. Should it come back, its version is
	 * higher all the same.
	 *
	 * @param Row $row A claimed row.
	 */
	public function remove( Row $row ): void {
		$gone = Db::run( 'DELETE FROM ' . self::table() . ' WHERE id = %d AND seq = %s AND claim_token = %s', array( $row->id, $row->seq, $row->token ) );
		if ( ! $gone ) {
			$this->acknowledge( array( $row ) );
		}
	}

	/**
	 * A version that could not be delivered, through a fault of its own: tried again later, without
	 * end.
	 *
	 * @param Row    $row   A claimed row.
	 * @param string $error What went wrong, in a sentence.
	 * @param int    $wait  Seconds until it is due again.
	 */
	public function fail( Row $row, string $error, int $wait ): void {
		Db::run(
			'UPDATE ' . self::table() . " SET state = 0, claim_token = '', tried_hash = IF(%s = '', tried_hash, %s), last_error = %s,
				available_at = IF(seq = %s, UNIX_TIMESTAMP() + %d, available_at) WHERE id = %d AND claim_token = %s",
			array( $row->hash, $row->hash, self::cut( $error ), $row->seq, $wait, $row->id, $row->token )
		);
	}

	/**
	 * Give rows back as they were, because the sidecar could not be reached. What may have arrived
	 * all the same is remembered by its hash.
	 *
	 * @param Row[]  $rows  Claimed rows.
	 * @param string $error What went wrong, in a sentence.
	 */
	public function release( array $rows, string $error = '' ): void {
		foreach ( $rows as $row ) {
			Db::run(
				'UPDATE ' . self::table() . " SET state = 0, claim_token = '', attempts = IF(attempts > 0, attempts - 1, 0),
					tried_hash = IF(%s = '', tried_hash, %s), last_error = %s WHERE id = %d AND claim_token = %s",
				array( $row->hash, $row->hash, self::cut( $error ), $row->id, $row->token )
			);
		}
	}

	/**
	 * Give a claimed row a version of its own: what was tried under the last may have arrived, and
	 * differs from what there is now.
	 *
	 * @param Row $row A claimed row; its `seq` becomes the new one.
	 */
	public function renew( Row $row ): void {
		Db::run(
			'UPDATE ' . self::table() . ' SET seq = GREATEST(seq + 1, %s) WHERE id = %d AND claim_token = %s',
			array( sprintf( '%.0f', floor( microtime( true ) * 1000 ) ), $row->id, $row->token )
		);
		$row->seq = (string) Db::value( 'SELECT seq FROM ' . self::table() . ' WHERE id = %d', array( $row->id ) );
	}

	/**
	 * Send these again though they were sent before and have not changed.
	 *
	 * @param string $entity `order`, `product`, `customer` or `note`.
	 * @param int[]  $ids    Which.
	 * @param int    $lane   Its lane.
	 */
	public function resend( string $entity, array $ids, int $lane = 0 ): void {
		foreach ( array_chunk( array_unique( array_map( 'intval', $ids ) ), 200 ) as $chunk ) {
			$this->mark( array_map( static fn( $id ) => array( $entity, $id ), $chunk ), 0, $lane );
			$list = implode( ', ', $chunk );
			Db::run( 'UPDATE ' . self::table() . " SET payload_hash = '' WHERE entity = %s AND entity_id IN ($list)", array( $entity ) );
		}
	}

	/**
	 * What was acknowledged was acknowledged by another sidecar: the next change of it is news.
	 */
	public function forget_receipts(): void {
		Db::run( 'UPDATE ' . self::table() . " SET payload_hash = '', tried_hash = ''" );
	}

	/**
	 * Try everything that waits at once.
	 *
	 * @return int How many rows no longer wait for a later time.
	 */
	public function retry_all(): int {
		return Db::run( 'UPDATE ' . self::table() . ' SET available_at = UNIX_TIMESTAMP() WHERE state = 0 AND available_at > UNIX_TIMESTAMP()' );
	}

	/**
	 * Whether anything is due now.
	 */
	public function has_due(): bool {
		return null !== Db::value( 'SELECT id FROM ' . self::table() . ' WHERE state = 0 AND available_at <= UNIX_TIMESTAMP() LIMIT 1' );
	}

	/**
	 * Rows of several entities of one kind, for lists and panels: one query.
	 *
	 * @param string $entity `order`, `product`, `customer` or `note`.
	 * @param int[]  $ids    Which.
	 * @return array<int, Row> By entity id.
	 */
	public function find( string $entity, array $ids ): array {
		if ( ! $ids ) {
			return array();
		}
		$list  = implode( ', ', array_map( 'intval', $ids ) );
		$found = array();
		foreach ( Db::rows( 'SELECT * FROM ' . self::table() . " WHERE entity = %s AND entity_id IN ($list)", array( $entity ) ) as $raw ) {
			$found[ (int) $raw->entity_id ] = new Row( $raw );
		}
		return $found;
	}

	/**
	 * Remove what nobody asks for again: notes and returns that were sent, and what was never sent. They are
	 * looked for without a lock: a checkout must not wait for a search through the whole table.
	 *
	 * @param int $days Older than this.
	 * @return int How many rows.
	 */
	public function purge( int $days = 30 ): int {
		$which = "state = 2 AND updated_at < UNIX_TIMESTAMP() - %d AND (entity IN ('note', 'return') OR sent_seq = 0)";
		$age   = array( $days * DAY_IN_SECONDS );
		$found = Db::column( 'SELECT id FROM ' . self::table() . " WHERE $which LIMIT 5000", $age );
		$gone  = 0;
		foreach ( array_chunk( array_map( 'intval', $found ), 500 ) as $ids ) {
			$gone += Db::run( 'DELETE FROM ' . self::table() . ' WHERE id IN (' . implode( ', ', $ids ) . ") AND $which", $age );
		}
		return $gone;
	}

	/**
	 * Run a statement again that met another in a deadlock: the database ended it to let the other
	 * pass, and what it would have written must not be lost.
	 *
	 * @param string $sql    The statement.
	 * @param array  $values For its placeholders.
	 * @throws DbError When the database refuses for another reason, or for this one every time.
	 */
	private static function insist( string $sql, array $values ): void {
		for ( $try = 1; ; $try++ ) {
			try {
				Db::run( $sql, $values );
				return;
			} catch ( DbError $error ) {
				if ( self::MOST_TRIES === $try || ! $error->is_deadlock() ) {
					throw $error;
				}
			}
		}
	}

	/**
	 * Rows whose runner died.
	 */
	private function take_back(): void {
		Db::run( 'UPDATE ' . self::table() . " SET state = 0, claim_token = '' WHERE state = 1 AND claimed_until < UNIX_TIMESTAMP()" );
	}

	/**
	 * The rows of a claim, in the order in which they are to be sent.
	 *
	 * @param string $token The claim's.
	 * @return Row[]
	 */
	private function claimed( string $token ): array {
		$rows = Db::rows( 'SELECT * FROM ' . self::table() . ' WHERE claim_token = %s AND state = 1 ORDER BY lane, available_at, id', array( $token ) );
		return array_map( static fn( $raw ) => new Row( $raw ), $rows );
	}

	/**
	 * Ids for a list in SQL.
	 *
	 * @param Row[] $rows The rows.
	 */
	private static function ids( array $rows ): string {
		return implode( ', ', array_map( static fn( $row ) => (int) $row->id, $rows ) );
	}

	/**
	 * A sentence that fits its column.
	 *
	 * @param string $text The sentence.
	 */
	private static function cut( string $text ): string {
		return function_exists( 'mb_substr' ) ? mb_substr( $text, 0, 250 ) : substr( $text, 0, 250 );
	}

	/**
	 * The table's name.
	 */
	private static function table(): string {
		return Db::table( 'outbox' );
	}
}
