<?php
/**
 * What was received and is to be applied once.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Db;
use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps each update by the hash of its key, so that the same one delivered again is known. An
 * entity's updates are applied in their order, one at a time; those of others do not wait for it.
 */
final class Inbox {

	public const WAITING = 0;
	public const CLAIMED = 1;
	public const APPLIED = 2;
	public const REFUSED = 3;

	private const LEASE_SECONDS = 120;

	/**
	 * Keep a page's updates.
	 *
	 * @param Update[] $updates In order.
	 * @return int How many are new.
	 */
	public function receive( array $updates ): int {
		$new = 0;
		foreach ( array_chunk( $updates, 100 ) as $chunk ) {
			$values = array();
			foreach ( $chunk as $update ) {
				array_push( $values, hash( 'sha256', $update->key ), $update->id, $update->kind, $update->entity, $update->entity_id, $update->key, Json::encode( $update->data ) );
			}
			$row  = '(%s, %d, LEFT(%s, 20), LEFT(%s, 20), %d, LEFT(%s, 190), %s, UNIX_TIMESTAMP())';
			$new += Db::run(
				'INSERT IGNORE INTO ' . self::table() . ' (key_hash, feed_id, kind, entity, entity_id, name, data, received_at) VALUES '
				. implode( ', ', array_fill( 0, count( $chunk ), $row ) ),
				$values
			);
		}
		return $new;
	}

	/**
	 * Take the next due updates for this runner alone: of each entity the first that is open.
	 *
	 * @param int $limit How many at most.
	 * @return \stdClass[] Rows of the table, each with its claim_token.
	 */
	public function claim( int $limit = 20 ): array {
		$table = self::table();
		Db::run( "UPDATE $table SET state = 0, claim_token = '' WHERE state = 1 AND claimed_until < UNIX_TIMESTAMP()" );
		$ids     = Db::column(
			"SELECT i.id FROM $table i WHERE i.state = 0 AND i.available_at <= UNIX_TIMESTAMP() AND NOT EXISTS (
				SELECT 1 FROM $table e WHERE e.entity = i.entity AND e.entity_id = i.entity_id AND e.state IN (0, 1) AND e.feed_id < i.feed_id
			) ORDER BY i.feed_id LIMIT %d",
			array( $limit )
		);
		$token   = bin2hex( random_bytes( 16 ) );
		$claimed = array();
		foreach ( $ids as $id ) {
			$mine = Db::run(
				"UPDATE $table SET state = 1, claim_token = %s, claimed_until = UNIX_TIMESTAMP() + %d, attempts = attempts + 1 WHERE id = %d AND state = 0",
				array( $token, self::LEASE_SECONDS, $id )
			);
			if ( $mine ) {
				$claimed[] = (int) $id;
			}
		}
		return $claimed ? Db::rows( "SELECT * FROM $table WHERE claim_token = %s AND state = 1 ORDER BY feed_id", array( $token ) ) : array();
	}

	/**
	 * An update came to its end. What it said is no longer kept.
	 *
	 * @param \stdClass $row    A claimed row.
	 * @param int       $state  APPLIED or REFUSED.
	 * @param string    $result In a sentence.
	 */
	public function finish( \stdClass $row, int $state, string $result ): void {
		Db::run(
			'UPDATE ' . self::table() . " SET state = %d, result = LEFT(%s, 250), data = '', claim_token = '', applied_at = UNIX_TIMESTAMP() WHERE id = %d AND claim_token = %s",
			array( $state, $result, $row->id, $row->claim_token )
		);
	}

	/**
	 * An update could not be applied now.
	 *
	 * @param \stdClass $row   A claimed row.
	 * @param string    $error In a sentence.
	 * @param int       $wait  Seconds until it is due again.
	 */
	public function fail( \stdClass $row, string $error, int $wait ): void {
		Db::run(
			'UPDATE ' . self::table() . " SET state = 0, result = LEFT(%s, 250), claim_token = '', available_at = UNIX_TIMESTAMP() + %d WHERE id = %d AND claim_token = %s",
			array( $error, $wait, $row->id, $row->claim_token )
		);
	}

	/**
	 * The place in the feed up to which everything has come to its end.
	 *
	 * @param int $cursor Up to where the feed was read.
	 */
	public function done_up_to( int $cursor ): int {
		$open = Db::value( 'SELECT MIN(feed_id) FROM ' . self::table() . ' WHERE state IN (0, 1)' );
		return null === $open ? $cursor : min( $cursor, (int) $open - 1 );
	}

	/**
	 * What was refused past a place in the feed, up to another: reasons by place, in order.
	 *
	 * @param int $after Past this place.
	 * @param int $until Up to this one.
	 * @return array<int, string> One more at most than an acknowledgement holds.
	 */
	public function refused_between( int $after, int $until ): array {
		$rows = Db::rows(
			'SELECT feed_id, result FROM ' . self::table() . ' WHERE state = %d AND feed_id > %d AND feed_id <= %d ORDER BY feed_id LIMIT %d',
			array( self::REFUSED, $after, $until, Acknowledgement::MOST_REFUSED + 1 )
		);
		return array_column( $rows, 'result', 'feed_id' );
	}

	/**
	 * How many are not yet applied.
	 */
	public function waiting(): int {
		return (int) Db::value( 'SELECT COUNT(*) FROM ' . self::table() . ' WHERE state IN (0, 1)' );
	}

	/**
	 * What could not be applied and is tried again, and what was refused in the last days.
	 *
	 * @param int $limit How many at most.
	 * @param int $days  How far back.
	 * @return \stdClass[] Those tried again first, then the newest: kind, entity, entity_id, state, result, available_at, applied_at.
	 */
	public function not_applied( int $limit, int $days = 7 ): array {
		return Db::rows(
			'SELECT kind, entity, entity_id, state, result, available_at, applied_at FROM ' . self::table() . "
			WHERE state IN (0, 1, 3) AND result <> '' AND (state < 2 OR applied_at > UNIX_TIMESTAMP() - %d) ORDER BY state, applied_at DESC LIMIT %d",
			array( $days * DAY_IN_SECONDS, $limit )
		);
	}

	/**
	 * Rows of the old sidecar's feed do not count for the new one's places.
	 */
	public function forget_places(): void {
		Db::run( 'UPDATE ' . self::table() . ' SET feed_id = 0' );
	}

	/**
	 * The table's name.
	 */
	private static function table(): string {
		return Db::table( 'inbox' );
	}
}
