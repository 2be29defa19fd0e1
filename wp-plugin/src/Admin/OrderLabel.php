<?php
/**
 * A parcel's label.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Transport\Advice;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * Passes on the label that the sidecar fetches from the warehouse's system. Nothing of it is kept.
 */
final class OrderLabel {

	private const NONCE   = 'causeway_label_';
	private const SECONDS = 20;

	/**
	 * Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/**
	 * Give it its client.
	 *
	 * @param Client $client Speaks to the sidecar.
	 */
	public function __construct( Client $client ) {
		$this->client = $client;
	}

	/**
	 * Where the label is for people who may see the order.
	 *
	 * @param int    $order_id The order.
	 * @param string $parcel   The parcel's id, as the journey has it.
	 */
	public static function address( int $order_id, string $parcel ): string {
		$address = admin_url( "admin-post.php?action=causeway_label&order_id=$order_id&parcel=" . rawurlencode( $parcel ) );
		return wp_nonce_url( $address, self::NONCE . $order_id );
	}

	/**
	 * Answer with the label, or say why there is none.
	 */
	public function show(): void {
		$id     = isset( $_GET['order_id'] ) ? absint( $_GET['order_id'] ) : 0;
		$parcel = isset( $_GET['parcel'] ) ? sanitize_text_field( wp_unslash( $_GET['parcel'] ) ) : '';
		check_admin_referer( self::NONCE . $id );
		if ( ! OrderPanel::may_send( $id ) ) {
			wp_die( esc_html__( 'You may not see this order.', 'causeway-for-woocommerce' ), '', array( 'response' => 403 ) );
		}
		try {
			$answer = $this->client->get( "/v1/orders/$id/labels/" . rawurlencode( $parcel ), array(), self::SECONDS );
		} catch ( TransportError $error ) {
			wp_die( esc_html( self::reason( $error ) ), '', array( 'response' => 502 ) );
		}
		self::send( $answer->body );
	}

	/**
	 * Send the label. What is no PDF is for a label printer, and is saved and not shown.
	 *
	 * @param string $label Its bytes.
	 */
	private static function send( string $label ): void {
		$pdf = 0 === strncmp( $label, '%PDF-', 5 );
		nocache_headers();
		header( 'Content-Type: ' . ( $pdf ? 'application/pdf' : 'application/octet-stream' ) );
		header( 'Content-Disposition: ' . ( $pdf ? 'inline; filename="label.pdf"' : 'attachment; filename="label.zpl"' ) );
		header( 'X-Content-Type-Options: nosniff' );
		header( 'Content-Length: ' . strlen( $label ) );
		echo $label; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- A file, and told to be one.
		exit;
	}

	/**
	 * Why there is no label.
	 *
	 * @param TransportError $error What happened.
	 */
	private static function reason( TransportError $error ): string {
		if ( null !== $error->problem && '' !== $error->problem->detail ) {
			return $error->problem->detail;
		}
		list( $sentence, $remedy ) = Advice::of( $error->kind );
		return trim( "$sentence $remedy" );
	}
}
