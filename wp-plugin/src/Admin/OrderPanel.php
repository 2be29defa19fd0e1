<?php
/**
 * The panel beside an order.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Outbox\Outbox;
use Causeway\Pairing;

defined( 'ABSPATH' ) || exit;

/**
 * Shows what the outbox knows at once; the journey is fetched by the browser once the page is
 * there, so that a slow sidecar never holds up the page.
 */
final class OrderPanel {

	private const NONCE = 'causeway_resend_';

	/**
	 * What waits to be sent.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Give it its outbox.
	 *
	 * @param Outbox $outbox What waits to be sent.
	 */
	public function __construct( Outbox $outbox ) {
		$this->outbox = $outbox;
	}

	/**
	 * Add the box, in both order storages.
	 *
	 * @param mixed $screen A screen's id, or a post type.
	 */
	public function add( $screen ): void {
		if ( Screens::order() === $screen && current_user_can( 'edit_shop_orders' ) ) {
			// Above the notes, which grow long.
			add_meta_box( 'causeway-order', __( 'Causeway', 'causeway-for-woocommerce' ), array( $this, 'show' ), $screen, 'side', 'core' );
		}
	}

	/**
	 * Print the box.
	 *
	 * @param \WC_Order|\WP_Post $order The order, in either storage's shape.
	 */
	public function show( $order ): void {
		$id = $order instanceof \WP_Post ? (int) $order->ID : (int) $order->get_id();
		try {
			$this->print_panel( $id );
		} catch ( \Throwable $error ) {
			\Causeway\Log::failure( 'The order panel', $error );
			echo '<p>' . esc_html__( 'Causeway’s table in the database cannot be read.', 'causeway-for-woocommerce' ) . '</p>';
		}
	}

	/**
	 * The outbox's state as HTML.
	 *
	 * @param int $id The order.
	 */
	public function local_html( int $id ): string {
		$state = new OrderState( $this->outbox->find( 'order', array( $id ) )[ $id ] ?? null );
		return sprintf(
			'<p class="causeway-local"><mark class="order-status causeway-mark causeway-%s"><span>%s</span></mark> %s</p>',
			esc_attr( $state->kind ),
			esc_html( $state->label ),
			esc_html( $state->sentence )
		);
	}

	/**
	 * Send an order again: the way for browsers without JavaScript.
	 */
	public function resend(): void {
		$id = isset( $_GET['order_id'] ) ? absint( $_GET['order_id'] ) : 0;
		check_admin_referer( self::NONCE . $id );
		if ( ! self::may_send( $id ) ) {
			wp_die( esc_html__( 'You may not send this order.', 'causeway-for-woocommerce' ), '', array( 'response' => 403 ) );
		}
		$this->send( $id );
		wp_safe_redirect( wp_get_referer() ? wp_get_referer() : admin_url() );
		exit;
	}

	/**
	 * Have an order sent again.
	 *
	 * @param int $id The order.
	 */
	public function send( int $id ): void {
		$this->outbox->resend( 'order', array( $id ) );
		Journeys::forget( $id );
	}

	/**
	 * Whether this person may have an order sent, or see its journey.
	 *
	 * @param int $id The order.
	 */
	public static function may_send( int $id ): bool {
		return current_user_can( 'edit_shop_orders' ) && 'shop_order' === \Automattic\WooCommerce\Utilities\OrderUtil::get_order_type( $id );
	}

	/**
	 * The panel.
	 *
	 * @param int $id The order.
	 */
	private function print_panel( int $id ): void {
		echo '<div class="causeway-panel" data-causeway-order="' . esc_attr( (string) $id ) . '">';
		echo '<div data-causeway-local>' . wp_kses_post( $this->local_html( $id ) ) . '</div>';
		if ( null !== Pairing::current() ) {
			echo '<div data-causeway-journey aria-live="polite" aria-busy="false"><noscript><p>' . esc_html__( 'The journey is shown with JavaScript.', 'causeway-for-woocommerce' ) . '</p></noscript></div>';
			// The script fills it: without one there is nobody to send the form.
			echo '<div class="causeway-return" data-causeway-return></div><div role="status" data-causeway-asked></div>';
		}
		$address = wp_nonce_url( admin_url( "admin-post.php?action=causeway_resend&order_id=$id" ), self::NONCE . $id );
		printf(
			'<p class="causeway-actions"><a class="button" href="%s" data-causeway-resend>%s</a> <button type="button" class="button-link" data-causeway-refresh hidden>%s</button></p></div>',
			esc_url( $address ),
			esc_html__( 'Send again', 'causeway-for-woocommerce' ),
			esc_html__( 'Refresh', 'causeway-for-woocommerce' )
		);
	}
}
