<?php
/**
 * How much waits, how long, and why.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

use Causeway\Db;

defined( 'ABSPATH' ) || exit;

/**
 * Figures for the queue's page, Site Health and the command line. Each is one query on an index.
 */
final class Statistics {

	/**
	 * Rows not acknowledged, by entity.
	 *
	 * @return array<string, int>
	 */
	public function waiting(): array {
		$found = array();
		foreach ( Db::rows( 'SELECT entity, COUNT(*) AS n FROM ' . Db::table( 'outbox' ) . ' WHERE state IN (0, 1) GROUP BY entity' ) as $row ) {
			$found[ $row->entity ] = (int) $row->n;
		}
		return $found;
	}

	/**
	 * Seconds the oldest waits; null when nothing does. History does not count.
	 */
	public function oldest_age(): ?int {
		$age = Db::value( 'SELECT GREATEST(UNIX_TIMESTAMP(), MIN(marked_at)) - MIN(marked_at) FROM ' . Db::table( 'outbox' ) . ' WHERE state IN (0, 1) AND lane < %d', array( Outbox::HISTORY ) );
		return null === $age ? null : (int) $age;
	}

	/**
	 * When anything was last acknowledged, in Unix seconds; 0 for never.
	 */
	public function last_sent_at(): int {
		return (int) Db::value( 'SELECT MAX(sent_at) FROM ' . Db::table( 'outbox' ) );
	}

	/**
	 * Rows that were refused or could not be read, newest first.
	 *
	 * @param int $limit How many at most.
	 * @return Row[]
	 */
	public function failing( int $limit = 20 ): array {
		$rows = Db::rows(
			'SELECT * FROM ' . Db::table( 'outbox' ) . " WHERE state IN (0, 1) AND last_error <> '' ORDER BY updated_at DESC LIMIT %d",
			array( $limit )
		);
		return array_map( static fn( $raw ) => new Row( $raw ), $rows );
	}
}
