<?php
/**
 * An order's journey as HTML.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Draws a journey. All of it came over the network, so all of it is checked and escaped here.
 */
final class JourneyView {

	private const MOST = 50;

	/**
	 * The whole journey.
	 *
	 * @param array $journey  As Journeys gives it.
	 * @param int   $order_id Whose it is.
	 * @return string HTML.
	 */
	public static function html( array $journey, int $order_id ): string {
		return self::states( $journey )
			. self::cases( self::records( $journey, 'cases' ) )
			. self::waits( self::records( $journey, 'waits' ) )
			. self::deliveries( self::records( $journey, 'deliveries' ) )
			. self::parts( self::records( $journey, 'parts' ) )
			. self::parcels( self::records( $journey, 'parcels' ), $order_id )
			. self::returns( self::records( $journey, 'returns' ) )
			. self::milestones( self::records( $journey, 'milestones' ) );
	}

	/**
	 * The three states, and what the back office calls the order.
	 *
	 * @param array $journey As Journeys gives it.
	 */
	private static function states( array $journey ): string {
		list( $name, $sentence ) = Words::state( (array) ( $journey['state'] ?? array() ) );
		list( $money, $about )   = Words::financial( (array) ( $journey['financial'] ?? array() ) );
		$rows                    = array(
			array( __( 'Payment', 'causeway-for-woocommerce' ), $money, $about ),
			array( __( 'Shipping', 'causeway-for-woocommerce' ), Words::fulfilment( self::text( $journey, 'fulfilment' ) ), '' ),
		);
		$booked                  = self::text( $journey, 'booked_as' );
		if ( '' !== $booked ) {
			array_unshift( $rows, array( __( 'Back office', 'causeway-for-woocommerce' ), $booked, '' ) );
		}
		$html = sprintf( '<p class="causeway-state"><strong>%s</strong> <span>%s</span></p><dl class="causeway-facts">', esc_html( $name ), esc_html( $sentence ) );
		foreach ( $rows as list( $label, $value, $title ) ) {
			$html .= sprintf( '<div><dt>%s</dt><dd title="%s">%s</dd></div>', esc_html( $label ), esc_attr( $title ), esc_html( $value ) );
		}
		return $html . '</dl>';
	}

	/**
	 * What a person must look at, in the sidecar's own words.
	 *
	 * @param array[] $cases The sidecar's.
	 */
	private static function cases( array $cases ): string {
		$html = '';
		foreach ( $cases as $case ) {
			$html .= sprintf(
				'<li><strong lang="en">%s</strong><p lang="en">%s</p>%s</li>',
				esc_html( self::text( $case, 'title' ) ),
				esc_html( self::text( $case, 'detail' ) ),
				self::remedy( self::text( $case, 'remedy' ) )
			);
		}
		return self::section( __( 'To be looked at', 'causeway-for-woocommerce' ), 'causeway-cases', $html );
	}

	/**
	 * Deliveries that are not done. Those that are parked have a case above that says why.
	 *
	 * @param array[] $deliveries The sidecar's.
	 */
	private static function deliveries( array $deliveries ): string {
		$html = '';
		foreach ( $deliveries as $delivery ) {
			$told  = (array) ( $delivery['state'] ?? array() );
			$value = self::text( $told, 'value' );
			if ( in_array( $value, array( 'done', 'cancelled', 'sending', 'shadow' ), true ) || ( 'waiting' === $value && 0 === (int) ( $delivery['attempts'] ?? 0 ) ) ) {
				continue;
			}
			list( $name, $sentence ) = Words::delivery( $told );
			/* translators: 1: what is done, as “Booking”; 2: the system, as “erp”; 3: its state. */
			$title = sprintf( __( '%1$s at %2$s: %3$s', 'causeway-for-woocommerce' ), Words::operation( self::text( $delivery, 'operation' ) ), self::text( $delivery, 'connection' ), $name );
			$due   = Times::read( $delivery['due_at'] ?? null );
			$html .= sprintf( '<li><strong>%s</strong><p>%s</p>', esc_html( $title ), esc_html( trim( self::sentence( self::text( $delivery, 'reason' ) ) . ' ' . $sentence ) ) );
			if ( 'waiting' === $value && $due > 0 ) {
				/* translators: %s: a time. */
				$html .= '<p>' . sprintf( esc_html__( 'Next try: %s', 'causeway-for-woocommerce' ), Times::html( $due ) ) . '</p>';
			}
			$html .= '</li>';
		}
		return self::section( __( 'Deliveries in trouble', 'causeway-for-woocommerce' ), 'causeway-deliveries', $html );
	}

	/**
	 * For whom the order waits. For what is said in the sidecar's own words.
	 *
	 * @param array[] $waits The sidecar's.
	 */
	private static function waits( array $waits ): string {
		$html = '';
		foreach ( $waits as $wait ) {
			$html .= sprintf( '<li><strong>%s</strong> <span lang="en">%s</span></li>', esc_html( Words::awaited( self::text( $wait, 'who' ) ) ), esc_html( self::text( $wait, 'what' ) ) );
		}
		return self::section( __( 'Waits for', 'causeway-for-woocommerce' ), 'causeway-waits', $html );
	}

	/**
	 * Each warehouse's part of the order: how far it is, and how many of each product have left.
	 *
	 * @param array[] $parts The sidecar's.
	 */
	private static function parts( array $parts ): string {
		$html = '';
		foreach ( $parts as $part ) {
			$who    = self::text( $part, 'warehouse' );
			$who    = '' === $who ? self::text( $part, 'connection' ) : $who;
			$status = (array) ( $part['status'] ?? array() );
			$goods  = '';
			foreach ( self::records( $part, 'lines' ) as $line ) {
				/* translators: 1: how many were sent; 2: of how many; 3: a product. */
				$goods .= '<br>' . esc_html( sprintf( __( '%1$s of %2$s sent: %3$s', 'causeway-for-woocommerce' ), self::text( $line, 'shipped' ), self::text( $line, 'quantity' ), self::text( $line, 'name' ) ) );
			}
			$html .= sprintf(
				'<li><strong>%s</strong> %s%s</li>',
				esc_html( '' === $who ? __( 'Back office', 'causeway-for-woocommerce' ) : $who ),
				esc_html( Words::fulfilment( self::text( $status, 'value' ) ) ),
				$goods
			);
		}
		return self::section( __( 'Warehouses', 'causeway-for-woocommerce' ), 'causeway-parts', $html );
	}

	/**
	 * Goods on their way back.
	 *
	 * @param array[] $returns The sidecar's.
	 */
	private static function returns( array $returns ): string {
		$html = '';
		foreach ( $returns as $back ) {
			list( $name, $sentence ) = Words::goods_back( $back );

			$html .= sprintf( '<li><strong>%s</strong> <span class="causeway-ref">%s</span><br>%s</li>', esc_html( $name ), esc_html( self::text( $back, 'id' ) ), esc_html( $sentence ) );
		}
		return self::section( __( 'Returns', 'causeway-for-woocommerce' ), 'causeway-returns', $html );
	}

	/**
	 * The parcels that left, with where to follow them and their labels.
	 *
	 * @param array[] $parcels  The sidecar's.
	 * @param int     $order_id Whose they are.
	 */
	private static function parcels( array $parcels, int $order_id ): string {
		$html = '';
		foreach ( $parcels as $parcel ) {
			$number = self::text( $parcel, 'tracking_number' );
			$number = '' === $number ? self::text( $parcel, 'id' ) : $number;
			$link   = esc_url( self::text( $parcel, 'tracking_url' ), array( 'http', 'https' ) );
			$html  .= sprintf(
				'<li><strong>%s</strong> %s%s</li>',
				esc_html( self::text( $parcel, 'carrier' ) ),
				'' === $link ? esc_html( $number ) : sprintf( '<a href="%s" target="_blank" rel="noopener noreferrer">%s</a>', $link, esc_html( $number ) ),
				true === ( $parcel['label'] ?? false ) ? self::label( $order_id, self::text( $parcel, 'id' ), $number ) : ''
			);
		}
		return self::section( __( 'Parcels', 'causeway-for-woocommerce' ), 'causeway-parcels', $html );
	}

	/**
	 * The way to a parcel's label.
	 *
	 * @param int    $order_id Whose it is.
	 * @param string $parcel   Its id.
	 * @param string $number   What people call it.
	 */
	private static function label( int $order_id, string $parcel, string $number ): string {
		/* translators: %s: a parcel's number. */
		$said = sprintf( __( 'Label of parcel %s', 'causeway-for-woocommerce' ), $number );
		return sprintf(
			' <a class="causeway-label" href="%s" target="_blank" aria-label="%s">%s</a>',
			esc_url( OrderLabel::address( $order_id, $parcel ) ),
			esc_attr( $said ),
			esc_html__( 'Label', 'causeway-for-woocommerce' )
		);
	}

	/**
	 * The steps taken, with their times.
	 *
	 * @param array[] $milestones The sidecar's.
	 */
	private static function milestones( array $milestones ): string {
		$html = '';
		foreach ( $milestones as $milestone ) {
			$detail = self::text( $milestone, 'detail' );
			$html  .= sprintf(
				'<li><strong>%s</strong>%s<br>%s</li>',
				esc_html( Words::milestone( self::text( $milestone, 'name' ) ) ),
				'' === $detail ? '' : ' <span class="causeway-ref">' . esc_html( $detail ) . '</span>',
				Times::html( Times::read( $milestone['at'] ?? null ) )
			);
		}
		return self::section( __( 'Journey', 'causeway-for-woocommerce' ), 'causeway-milestones', $html, 'ol' );
	}

	/**
	 * A heading with a list; nothing when the list is empty.
	 *
	 * @param string $heading What it lists.
	 * @param string $name    Its class.
	 * @param string $items   HTML, escaped.
	 * @param string $element `ul` or `ol`.
	 */
	private static function section( string $heading, string $name, string $items, string $element = 'ul' ): string {
		return '' === $items ? '' : sprintf( '<h3>%1$s</h3><%2$s class="%3$s">%4$s</%2$s>', esc_html( $heading ), $element, esc_attr( $name ), $items );
	}

	/**
	 * What to do about a case.
	 *
	 * @param string $remedy In a sentence.
	 */
	private static function remedy( string $remedy ): string {
		/* translators: %s: what to do, in a sentence. */
		return '' === $remedy ? '' : '<p>' . sprintf( esc_html__( 'What to do: %s', 'causeway-for-woocommerce' ), '<span lang="en">' . esc_html( $remedy ) . '</span>' ) . '</p>';
	}

	/**
	 * Words as a sentence of their own: reasons come as they stand behind a colon.
	 *
	 * @param string $words As “it cannot be reached”.
	 */
	private static function sentence( string $words ): string {
		return '' === $words ? '' : ucfirst( $words ) . ( preg_match( '~[.!?…]\z~u', $words ) ? '' : '.' );
	}

	/**
	 * A member that is a list of records.
	 *
	 * @param array  $from The journey.
	 * @param string $name The member.
	 * @return array[]
	 */
	private static function records( array $from, string $name ): array {
		$list = is_array( $from[ $name ] ?? null ) ? $from[ $name ] : array();
		return array_slice( array_values( array_filter( $list, 'is_array' ) ), 0, self::MOST );
	}

	/**
	 * A member that is text.
	 *
	 * @param array  $from The record.
	 * @param string $name The member.
	 */
	private static function text( array $from, string $name ): string {
		$value = $from[ $name ] ?? '';
		return is_string( $value ) || is_int( $value ) ? trim( (string) $value ) : '';
	}
}
