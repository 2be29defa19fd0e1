<?php
/**
 * A page of the feed.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

defined( 'ABSPATH' ) || exit;

/**
 * Updates in order, the cursor past them, and whether there are more.
 */
final class Page {

	/** In order.
	 *
	 * @var Update[]
	 */
	public $updates;

	/** Where the next page begins.
	 *
	 * @var int
	 */
	public $cursor;

	/** Whether there are more.
	 *
	 * @var bool
	 */
	public $more;

	/**
	 * Made by read() alone.
	 *
	 * @param Update[] $updates In order.
	 * @param int      $cursor  Where the next page begins.
	 * @param bool     $more    Whether there are more.
	 */
	private function __construct( array $updates, int $cursor, bool $more ) {
		$this->updates = $updates;
		$this->cursor  = $cursor;
		$this->more    = $more;
	}

	/**
	 * Read a page.
	 *
	 * @param array $body As the sidecar wrote it.
	 * @throws \UnexpectedValueException Naming the member that is not as it must be.
	 */
	public static function read( array $body ): self {
		if ( ! is_array( $body['updates'] ?? null ) ) {
			throw new \UnexpectedValueException( '“updates” is not a list' );
		}
		if ( ! is_string( $body['cursor'] ?? null ) || 1 !== preg_match( '~^[0-9]{1,18}\z~', $body['cursor'] ) ) {
			throw new \UnexpectedValueException( '“cursor” is not a number as text' );
		}
		$updates = array_map( array( Update::class, 'read' ), array_values( $body['updates'] ) );
		$more    = $body['more'] ?? false;
		return new self( $updates, (int) $body['cursor'], true === $more );
	}
}
