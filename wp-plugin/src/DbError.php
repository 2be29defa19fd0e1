<?php
/**
 * The database refused.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * A statement on one of our tables failed; the message is the database's.
 */
final class DbError extends \RuntimeException {

	/**
	 * Whether a table of ours is not there.
	 */
	public function is_missing_table(): bool {
		return (bool) preg_match( "~doesn't exist|no such table~i", $this->getMessage() );
	}

	/**
	 * Whether two statements stood in each other's way: the same one may well succeed now.
	 */
	public function is_deadlock(): bool {
		return false !== stripos( $this->getMessage(), 'deadlock' );
	}
}
