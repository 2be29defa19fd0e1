<?php
/**
 * What the sidecar is told of its feed.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * How far everything has come to its end, and what of it was refused, with the reason: a person is
 * told there.
 */
final class Acknowledgement {

	public const MOST_REFUSED = 100;

	/** The place in the feed up to which everything has come to its end.
	 *
	 * @var int
	 */
	public $cursor;

	/** Whether more was refused than fits, so that another has to follow.
	 *
	 * @var bool
	 */
	public $more;

	/** Reasons by place.
	 *
	 * @var array<int, string>
	 */
	private $refused;

	/**
	 * One that goes as far as it can.
	 *
	 * @param int                $cursor  Up to where everything is done.
	 * @param array<int, string> $refused Reasons by place, in their order, up to there.
	 */
	public function __construct( int $cursor, array $refused ) {
		$this->more    = count( $refused ) > self::MOST_REFUSED;
		$this->refused = array_slice( $refused, 0, self::MOST_REFUSED, true );
		$this->cursor  = $this->more ? (int) array_key_last( $this->refused ) : $cursor;
	}

	/**
	 * As it is sent.
	 */
	public function json(): string {
		$refused = array();
		foreach ( $this->refused as $place => $reason ) {
			$refused[] = array(
				'id'     => (string) $place,
				'reason' => '' === $reason ? 'no reason is known' : $reason,
			);
		}
		return Json::encode( array( 'cursor' => (string) $this->cursor ) + ( $refused ? array( 'refused' => $refused ) : array() ) );
	}
}
