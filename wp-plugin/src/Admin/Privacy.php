<?php
/**
 * What a customer's rights mean here.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Outbox\Outbox;
use Causeway\Pairing;
use Causeway\Returns\Asked;

defined( 'ABSPATH' ) || exit;

/**
 * The plugin keeps ids and nothing personal, so there is nothing to give out or erase here. It says
 * where the data went, and sends what was erased on its way to the systems behind.
 */
final class Privacy {

	private const PAGE = 50;

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
	 * Offer the shop's owner a text for the privacy policy.
	 */
	public function policy(): void {
		$text = '<p class="privacy-policy-tutorial">' . esc_html__( 'Causeway sends orders and customer accounts to your own sidecar, and from there to the systems you have connected to it. Name those systems here.', 'causeway-for-woocommerce' ) . '</p>'
			. '<p><strong class="privacy-policy-tutorial">' . esc_html__( 'Suggested text:', 'causeway-for-woocommerce' ) . '</strong> '
			. esc_html__( 'When you order from us, we pass your name, addresses, e-mail address, telephone number and what you bought to our systems for bookkeeping, warehousing and shipping, so that we can fulfil the contract with you. We keep them there for as long as the law requires.', 'causeway-for-woocommerce' ) . '</p>';
		wp_add_privacy_policy_content( __( 'Causeway for WooCommerce', 'causeway-for-woocommerce' ), wp_kses_post( $text ) );
	}

	/**
	 * Register the exporter.
	 *
	 * @param array $exporters WordPress's.
	 * @return array
	 */
	public function exporters( $exporters ) {
		$exporters['causeway'] = array(
			'exporter_friendly_name' => __( 'Causeway: what was passed on', 'causeway-for-woocommerce' ),
			'callback'               => array( $this, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Register the eraser, before WooCommerce's own: afterwards nobody could be found by the address.
	 *
	 * @param array $erasers WordPress's.
	 * @return array
	 */
	public function erasers( $erasers ) {
		$own = array(
			'causeway' => array(
				'eraser_friendly_name' => __( 'Causeway: pass the erasure on', 'causeway-for-woocommerce' ),
				'callback'             => array( $this, 'erase' ),
			),
		);
		return $own + $erasers;
	}

	/**
	 * Say which orders of a person were passed on, and when.
	 *
	 * @param string $email The person's address.
	 * @param int    $page  From 1.
	 * @return array{data: array[], done: bool}
	 */
	public function export( $email, $page ) {
		$ids  = $this->orders( (string) $email, (int) $page );
		$data = array();
		foreach ( $this->outbox->find( 'order', $ids ) as $id => $row ) {
			if ( $row->sent_at > 0 ) {
				$data[] = $this->passed_on( Words::entity( 'order', $id ), "causeway-order-$id", $row->sent_at );
			}
		}
		$user = 1 === (int) $page ? get_user_by( 'email', (string) $email ) : false;
		$row  = $user ? ( $this->outbox->find( 'customer', array( (int) $user->ID ) )[ (int) $user->ID ] ?? null ) : null;
		if ( $user && null !== $row && $row->sent_at > 0 ) {
			$data[] = $this->passed_on( __( 'Customer account', 'causeway-for-woocommerce' ), "causeway-customer-{$user->ID}", $row->sent_at );
		}
		return array(
			'data' => $data,
			'done' => count( $ids ) < self::PAGE,
		);
	}

	/**
	 * Have a person's orders and account sent again, so that the systems behind learn of the erasure.
	 * They are read when they are sent, ten minutes from now: by then WooCommerce has erased them.
	 *
	 * @param string $email The person's address.
	 * @param int    $page  From 1.
	 * @return array{items_removed: bool, items_retained: bool, messages: string[], done: bool}
	 */
	public function erase( $email, $page ) {
		$ids   = $this->orders( (string) $email, (int) $page );
		$marks = array_map( static fn( $id ) => array( 'order', $id ), $ids );
		$user  = 1 === (int) $page ? get_user_by( 'email', (string) $email ) : false;
		if ( $user ) {
			$marks[] = array( 'customer', (int) $user->ID );
		}
		$this->outbox->mark( $marks, 10 * MINUTE_IN_SECONDS );
		$messages = array();
		if ( $marks && 1 === (int) $page ) {
			$messages[] = __( 'Causeway passes the erasure on. Ask the systems connected to it what they must keep by law.', 'causeway-for-woocommerce' );
		}
		return array(
			'items_removed'  => false,
			'items_retained' => false,
			'messages'       => $messages,
			'done'           => count( $ids ) < self::PAGE,
		);
	}

	/**
	 * WooCommerce has just erased the person from an order: send it now. What a return's reason says
	 * of them goes too.
	 *
	 * @param \WC_Order $order The order.
	 */
	public function erased( $order ): void {
		if ( $order instanceof \WC_Order ) {
			Asked::forget_reasons( $order );
			$this->outbox->resend( 'order', array( $order->get_id() ) );
		}
	}

	/**
	 * One line of an export.
	 *
	 * @param string $what What was passed on.
	 * @param string $id   Its name in the export.
	 * @param int    $at   In Unix seconds.
	 */
	private function passed_on( string $what, string $id, int $at ): array {
		$pairing = Pairing::current();
		return array(
			'group_id'    => 'causeway',
			'group_label' => __( 'Passed on by Causeway', 'causeway-for-woocommerce' ),
			'item_id'     => $id,
			'data'        => array(
				array(
					'name'  => __( 'What', 'causeway-for-woocommerce' ),
					'value' => $what,
				),
				array(
					'name'  => __( 'To', 'causeway-for-woocommerce' ),
					'value' => $pairing ? $pairing->store : '–',
				),
				array(
					'name'  => __( 'Last at', 'causeway-for-woocommerce' ),
					'value' => Times::at( $at ),
				),
			),
		);
	}

	/**
	 * A page of a person's orders.
	 *
	 * @param string $email The person's address.
	 * @param int    $page  From 1.
	 * @return int[]
	 */
	private function orders( string $email, int $page ): array {
		$user  = get_user_by( 'email', $email );
		$query = array(
			'type'     => 'shop_order',
			'limit'    => self::PAGE,
			'page'     => max( 1, $page ),
			'orderby'  => 'ID',
			'order'    => 'ASC',
			'return'   => 'ids',
			'customer' => $user ? array( $email, (int) $user->ID ) : $email,
		);
		return array_map( 'intval', wc_get_orders( $query ) );
	}
}
