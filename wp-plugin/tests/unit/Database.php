<?php
/**
 * A database that notes what it is asked, for tests without one.
 *
 * @package Causeway
 */

// phpcs:disable
class Database {

	/** @var string[] */
	public $asked = array();
	public $prefix = 'wp_';
	public $insert_id = 7;
	public $rows_affected = 3;
	public $last_error = '';

	/** @var string What the next statements fail with; empty when they do not. */
	public $fails = '';

	/** @var int How many of them fail. */
	public $times = PHP_INT_MAX;

	public function suppress_errors( $suppress ) {
		return ! $suppress;
	}

	public function prepare( $sql, $values ) {
		return vsprintf( str_replace( '%s', "'%s'", $sql ), $values );
	}

	public function query( $sql ) {
		$this->asked[]    = preg_replace( '~\s+~', ' ', $sql );
		$fails            = '' !== $this->fails && $this->times-- > 0;
		$this->last_error = $fails ? $this->fails : '';
		$this->insert_id  = 99;
		return $fails ? false : 1;
	}

	/** The entities each statement wrote, as "order 7 in 10". */
	public function marked(): array {
		$found = array();
		foreach ( $this->asked as $sql ) {
			preg_match_all( "~\('(\w+)', (\d+), '\d+', \d+, UNIX_TIMESTAMP\(\) \+ (\d+)~", $sql, $rows, PREG_SET_ORDER );
			$found[] = array_map( static fn( $row ) => "$row[1] $row[2] in $row[3]", $rows );
		}
		return $found;
	}
}
