<?php
/**
 * Updates that the shop has not applied, for the owner's eyes.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Feed\Inbox;

defined( 'ABSPATH' ) || exit;

/**
 * What came from the sidecar and could not be done here, with the reason: below the queue's figures.
 */
final class NotApplied {

	private const MOST = 10;

	/**
	 * What was received.
	 *
	 * @var Inbox
	 */
	private $inbox;

	/**
	 * Give it its part.
	 *
	 * @param Inbox $inbox What was received.
	 */
	public function __construct( Inbox $inbox ) {
		$this->inbox = $inbox;
	}

	/**
	 * The list.
	 *
	 * @return string HTML; empty when there is nothing to list.
	 */
	public function html(): string {
		$rows = $this->inbox->not_applied( self::MOST );
		if ( ! $rows ) {
			return '';
		}
		return '<h3>' . esc_html__( 'From the back office, and not applied', 'causeway-for-woocommerce' ) . '</h3><ul class="causeway-refused">'
			. implode( '', array_map( array( __CLASS__, 'item' ), $rows ) ) . '</ul>';
	}

	/**
	 * One update.
	 *
	 * @param \stdClass $row Of Inbox::not_applied().
	 */
	private static function item( \stdClass $row ): string {
		$when = Inbox::REFUSED === (int) $row->state
			? esc_html__( 'Refused', 'causeway-for-woocommerce' ) . ' ' . Times::html( (int) $row->applied_at, true )
			/* translators: %s: how soon, as “in 5 minutes”. */
			: sprintf( esc_html__( 'Next try: %s', 'causeway-for-woocommerce' ), Times::html( (int) $row->available_at, true ) );
		return sprintf( '<li><strong>%s, %s</strong> <q lang="en">%s</q> <span>%s</span></li>', self::whose( (string) $row->entity, (int) $row->entity_id ), esc_html( Words::update( (string) $row->kind ) ), esc_html( (string) $row->result ), $when );
	}

	/**
	 * What it is about.
	 *
	 * @param string $entity `order` or `product`.
	 * @param int    $id     Its id; 0 for a product that is not there yet.
	 * @return string HTML.
	 */
	private static function whose( string $entity, int $id ): string {
		if ( $id <= 0 ) {
			return esc_html__( 'A new product', 'causeway-for-woocommerce' );
		}
		$name = esc_html( Words::entity( $entity, $id ) );
		return 'order' === $entity ? sprintf( '<a href="%s">%s</a>', esc_url( \Automattic\WooCommerce\Utilities\OrderUtil::get_order_admin_edit_url( $id ) ), $name ) : $name;
	}
}
