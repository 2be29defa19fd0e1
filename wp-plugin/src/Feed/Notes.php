<?php
/**
 * Writes notes, each once.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Db;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Order notes from the systems behind: `text`, and whether it goes `to_customer`. The key is written
 * with the comment, so that a note is never written twice.
 */
final class Notes implements Handler {

	public const META_KEY = '_causeway_key';

	/**
	 * The key of the note being written; empty when none is.
	 *
	 * @var string
	 */
	private $key = '';

	/**
	 * Write a note.
	 *
	 * @param Update    $update What is to be done.
	 * @param \WC_Order $order  The order.
	 * @throws Refusal When there is no text.
	 */
	public function apply( Update $update, \WC_Order $order ): string {
		$text = trim( $update->text( 'text' ) );
		if ( '' === $text ) {
			throw new Refusal( 'the note has no text' );
		}
		if ( ! Options::is_on( Options::APPLY_NOTES ) ) {
			return 'left out: this shop takes no notes';
		}
		$to_customer = true === ( $update->data['to_customer'] ?? false );
		return $this->write( $order, esc_html( $text ), $to_customer, $update->key ) ? 'note written' : 'the note was there';
	}

	/**
	 * Write a note unless it is there.
	 *
	 * @param \WC_Order $order       The order.
	 * @param string    $html        Its text; what WordPress allows in posts.
	 * @param bool      $to_customer Whether it is mailed to the customer.
	 * @param string    $key         Its name for good.
	 * @return bool Whether it was written now.
	 * @throws \RuntimeException When it could not be written.
	 */
	public function write( \WC_Order $order, string $html, bool $to_customer, string $key ): bool {
		if ( self::find( $order->get_id(), $key ) ) {
			return false;
		}
		$this->key = $key;
		try {
			$id = $order->add_order_note( wp_kses_post( $html ), $to_customer ? 1 : 0, false );
		} finally {
			$this->key = '';
		}
		if ( ! $id ) {
			throw new \RuntimeException( 'the note could not be written' );
		}
		return true;
	}

	/**
	 * Put the key into the comment as it is written.
	 *
	 * @param mixed $data The comment's data.
	 * @return mixed
	 */
	public function with_key( $data ) {
		if ( '' !== $this->key && is_array( $data ) ) {
			$data['comment_meta'] = array_merge( $data['comment_meta'] ?? array(), array( self::META_KEY => $this->key ) );
			$this->key            = ''; // A failed mail writes a note of its own meanwhile.
		}
		return $data;
	}

	/**
	 * The comment written under a key; 0 for none.
	 *
	 * @param int    $order_id The order.
	 * @param string $key      The note's name for good.
	 */
	private static function find( int $order_id, string $key ): int {
		global $wpdb;
		return (int) Db::value(
			"SELECT c.comment_ID FROM {$wpdb->comments} c JOIN {$wpdb->commentmeta} m ON m.comment_id = c.comment_ID
			WHERE c.comment_post_ID = %d AND m.meta_key = %s AND m.meta_value = %s LIMIT 1",
			array( $order_id, self::META_KEY, $key )
		);
	}
}
