<?php
/**
 * Watches order notes.
 *
 * @package Causeway
 */

namespace Causeway\Capture;

use Causeway\Options;
use Causeway\Origin;

defined( 'ABSPATH' ) || exit;

/**
 * Marks notes that are news: not our own, and not what WooCommerce writes about itself.
 */
final class Notes {

	/**
	 * Where marks go.
	 *
	 * @var Marks
	 */
	private $marks;

	/**
	 * Knows our own writings.
	 *
	 * @var Origin
	 */
	private $origin;

	/**
	 * The order whose customer is being told something; 0 for none.
	 *
	 * @var int
	 */
	private $told = 0;

	/**
	 * Give it its marks.
	 *
	 * @param Marks  $marks  Where marks go.
	 * @param Origin $origin Knows our own writings.
	 */
	public function __construct( Marks $marks, Origin $origin ) {
		$this->marks  = $marks;
		$this->origin = $origin;
	}

	/**
	 * A note goes to the customer. WooCommerce says so before it says that the note was added.
	 *
	 * @param mixed $note Its order and its text.
	 */
	public function telling( $note ): void {
		$this->told = is_array( $note ) ? (int) ( $note['order_id'] ?? 0 ) : 0;
	}

	/**
	 * A note was added to an order.
	 *
	 * @param mixed $id The comment.
	 */
	public function added( $id ): void {
		$id = (int) $id;
		if ( ! $this->origin->is_ours() && Options::is_on( Options::SEND_NOTES ) && $this->is_news( $id ) ) {
			$this->marks->mark( 'note', $id );
		}
	}

	/**
	 * Whether a person wrote the note, or it went to the customer. WooCommerce signs its own notes
	 * with the shop's host, and since 10.4 puts them into a group. A checkout writes half a dozen of
	 * its own: they cost no query.
	 *
	 * @param int $id The comment.
	 */
	private function is_news( int $id ): bool {
		$note = get_comment( $id );
		if ( ! $note ) {
			return false;
		}
		$is_system = 0 === strpos( $note->comment_author_email, strtolower( __( 'WooCommerce', 'woocommerce' ) ) . '@' ); // phpcs:ignore WordPress.WP.I18n.TextDomainMismatch
		if ( $is_system && (int) $note->comment_post_ID !== $this->told ) {
			return false;
		}
		return ! get_comment_meta( $id, 'note_group', true ) && ( ! $is_system || get_comment_meta( $id, 'is_customer_note', true ) );
	}
}
