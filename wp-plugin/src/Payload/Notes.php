<?php
/**
 * A note as an event says it.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

use Causeway\Feed\Notes as Ours;

defined( 'ABSPATH' ) || exit;

/**
 * The note as WooCommerce's REST v3 renders it, with its order's id.
 */
final class Notes {

	private const SCHEMA = 'woocommerce.note/3';

	/**
	 * Read a note; null when it is gone, is none, or is our own.
	 *
	 * @param int $id The comment.
	 */
	public static function read( int $id ): ?Content {
		$note = get_comment( $id );
		if ( ! $note || 'order_note' !== $note->comment_type || get_comment_meta( $id, Ours::META_KEY, true ) ) {
			return null;
		}
		$data = Rendering::of( \WC_REST_Order_Notes_Controller::class, 'prepare_item_for_response', $note );
		unset( $data['_links'] );
		return new Content(
			'note.created',
			self::SCHEMA,
			array(
				'order_id' => (int) $note->comment_post_ID,
				'note'     => $data,
			)
		);
	}
}
