<?php
/**
 * The orders' settings.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * What is sent besides orders, and what Causeway may do to an order.
 */
final class OrdersSection extends Section {

	/** Its title. */
	public function title(): string {
		return __( 'Orders', 'causeway-for-woocommerce' );
	}

	/**
	 * Its fields.
	 *
	 * @return array[]
	 */
	public function fields(): array {
		return array(
			self::heading( 'sent', __( 'From the shop', 'causeway-for-woocommerce' ), __( 'Orders and their refunds are always sent. These go with them:', 'causeway-for-woocommerce' ) ),
			self::checkbox( Options::SEND_NOTES, __( 'Send', 'causeway-for-woocommerce' ), __( 'Order notes written in the shop', 'causeway-for-woocommerce' ), '', 'start' ),
			self::checkbox( Options::SEND_CUSTOMERS, '', __( 'Customer accounts', 'causeway-for-woocommerce' ), '', 'middle' ),
			self::checkbox( Options::SEND_PRODUCTS, '', __( 'Products', 'causeway-for-woocommerce' ), '', 'end' ),
			self::end( 'sent' ),
			self::heading( 'applied', __( 'Into the shop', 'causeway-for-woocommerce' ), __( 'Shipments and refunds that your back office reports are always recorded on the order. A status is set only when it is allowed here and the order has not moved on meanwhile.', 'causeway-for-woocommerce' ) ),
			self::checkbox( Options::APPLY_NOTES, __( 'Record', 'causeway-for-woocommerce' ), __( 'Notes from the back office', 'causeway-for-woocommerce' ), __( 'Those meant for the customer are e-mailed to them. Messages about a parcel are sent all the same.', 'causeway-for-woocommerce' ) ),
			array(
				'type'              => 'multiselect',
				'class'             => 'wc-enhanced-select',
				'id'                => Options::ALLOWED_STATUSES,
				'title'             => __( 'Statuses Causeway may set', 'causeway-for-woocommerce' ),
				'desc'              => __( 'Setting a status sends the same e-mails as setting it by hand. Leave it empty to allow none.', 'causeway-for-woocommerce' ),
				'options'           => self::statuses(),
				'default'           => Options::DEFAULTS[ Options::ALLOWED_STATUSES ],
				'custom_attributes' => array( 'data-placeholder' => __( 'None', 'causeway-for-woocommerce' ) ),
			),
			self::end( 'applied' ),
		);
	}

	/**
	 * The shop's statuses without their prefix, so that other plugins' are offered too.
	 *
	 * @return array<string, string>
	 */
	private static function statuses(): array {
		$found = array();
		foreach ( wc_get_order_statuses() as $name => $label ) {
			$found[ preg_replace( '~^wc-~', '', $name ) ] = $label;
		}
		return $found;
	}
}
