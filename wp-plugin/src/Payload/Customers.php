<?php
/**
 * A customer as an event says it.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

defined( 'ABSPATH' ) || exit;

/**
 * The customer as WooCommerce's REST v3 renders it. Users who are no customers are nobody's news.
 */
final class Customers {

	private const SCHEMA = 'woocommerce.customer/3';

	/**
	 * Read a customer; null for another kind of user, or one who is gone and was never sent.
	 *
	 * @param int  $id       The user.
	 * @param bool $was_sent Whether the sidecar has had it.
	 * @throws \RuntimeException When it is there and cannot be read.
	 */
	public static function read( int $id, bool $was_sent ): ?Content {
		$user = get_user_by( 'id', $id );
		if ( ! $user && Existence::of_user( $id ) ) {
			throw new \RuntimeException( 'WordPress cannot read it' );
		}
		if ( ! $user ) {
			return $was_sent ? new Content( 'customer.deleted', self::SCHEMA, array( 'customer' => array( 'id' => $id ) ) ) : null;
		}
		if ( ! $was_sent && ! in_array( 'customer', (array) $user->roles, true ) ) {
			return null;
		}
		$data = Rendering::of( \WC_REST_Customers_Controller::class, 'prepare_item_for_response', $user );
		unset( $data['_links'], $data['avatar_url'], $data['meta_data'] );
		return new Content( 'customer.updated', self::SCHEMA, array( 'customer' => $data ) );
	}
}
