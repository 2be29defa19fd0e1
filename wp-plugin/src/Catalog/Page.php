<?php
/**
 * A page of the catalog.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

defined( 'ABSPATH' ) || exit;

/**
 * Lines in the order of their changes, the cursor past them, and whether there are more. A line
 * that makes no sense is left out and counted: it must not hold up the others.
 */
final class Page {

	/** In order.
	 *
	 * @var Line[]
	 */
	public $lines = array();

	/** Where the next page begins.
	 *
	 * @var int
	 */
	public $cursor;

	/** The number of an event in the sidecar's ledger up to which every figure counts this shop's
	 * orders, as text; null when it does not say.
	 *
	 * @var string|null
	 */
	public $events_until;

	/** Whether there are more.
	 *
	 * @var bool
	 */
	public $more;

	/** What was wrong with lines left out.
	 *
	 * @var string[]
	 */
	public $faults = array();

	/**
	 * Read a page.
	 *
	 * @param array $body As the sidecar wrote it.
	 * @throws \UnexpectedValueException When it is no page.
	 */
	public static function read( array $body ): self {
		if ( ! is_array( $body['rows'] ?? null ) ) {
			throw new \UnexpectedValueException( '“rows” is not a list' );
		}
		if ( ! is_string( $body['cursor'] ?? null ) || ! preg_match( '~^[0-9]{1,18}\z~', $body['cursor'] ) ) {
			throw new \UnexpectedValueException( '“cursor” is not a number as text' );
		}
		$page               = new self();
		$page->cursor       = (int) $body['cursor'];
		$until              = $body['events_until'] ?? null;
		$page->events_until = is_string( $until ) && preg_match( '~^[0-9]{1,18}\z~', $until ) ? $until : null;
		$page->more         = true === ( $body['more'] ?? false );
		foreach ( $body['rows'] as $raw ) {
			try {
				$page->lines[] = Line::read( $raw );
			} catch ( \UnexpectedValueException $error ) {
				$page->faults[] = $error->getMessage();
			}
		}
		return $page;
	}
}
