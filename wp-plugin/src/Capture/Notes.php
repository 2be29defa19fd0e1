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
	 * A note was added to an order.
	 *
	 * @param mixed $id The comment.
	 */
	public function added( $id ): void {
		$id = (int) $id;
		if ( ! $this->origin->is_ours() && Options::is_on( Options::SEND_NOTES ) && self::is_news( $id ) ) {
			$this->marks->mark( 'note', $id );
		}
	}

	/**
	 * Whether a person wrote the note, or it went to the customer. WooCommerce signs its own notes
	 * with the shop's host, and since 10.4 puts them into a group.
	 *
	 * @param int $id The comment.
	 */
	private static function is_news( int $id ): bool {
		$note = get_comment( $id );
		if ( ! $note || get_comment_meta( $id, 'note_group', true ) ) {
			return false;
		}
		$is_system = 0 === strpos( $note->comment_author_email, strtolower( __( 'WooCommerce', 'woocommerce' ) ) . '@' ); // phpcs:ignore WordPress.WP.I18n.TextDomainMismatch
		return ! $is_system || (bool) get_comment_meta( $id, 'is_customer_note', true );
	}
}
