<?php
/**
 * Times as the owner reads them.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Times in the shop's zone and language.
 */
final class Times {

	/**
	 * Date and time.
	 *
	 * @param int $moment In Unix seconds; 0 for never.
	 */
	public static function at( int $moment ): string {
		if ( $moment <= 0 ) {
			return _x( 'never', 'a time', 'causeway-for-woocommerce' );
		}
		/* translators: 1: date, 2: time. */
		return sprintf( __( '%1$s, %2$s', 'causeway-for-woocommerce' ), wp_date( get_option( 'date_format' ), $moment ), wp_date( get_option( 'time_format' ), $moment ) );
	}

	/**
	 * How long ago, or how soon.
	 *
	 * @param int $moment In Unix seconds; 0 for never.
	 */
	public static function relative( int $moment ): string {
		if ( $moment <= 0 ) {
			return _x( 'never', 'a time', 'causeway-for-woocommerce' );
		}
		$now  = time();
		$span = human_time_diff( $moment, $now );
		if ( $moment > $now ) {
			/* translators: %s: a span of time, as “5 minutes”. */
			return sprintf( __( 'in %s', 'causeway-for-woocommerce' ), $span );
		}
		/* translators: %s: a span of time, as “5 minutes”. */
		return sprintf( __( '%s ago', 'causeway-for-woocommerce' ), $span );
	}

	/**
	 * A time element: what people read, with the exact time for machines and on hovering.
	 *
	 * @param int  $moment      In Unix seconds; 0 for never.
	 * @param bool $is_relative Whether to say how long ago.
	 * @return string HTML.
	 */
	public static function html( int $moment, bool $is_relative = false ): string {
		if ( $moment <= 0 ) {
			return esc_html( self::at( 0 ) );
		}
		return sprintf(
			'<time datetime="%s" title="%s">%s</time>',
			esc_attr( gmdate( 'Y-m-d\TH:i:s\Z', $moment ) ),
			esc_attr( self::at( $moment ) ),
			esc_html( $is_relative ? self::relative( $moment ) : self::at( $moment ) )
		);
	}

	/**
	 * A time of the sidecar's as Unix seconds; 0 when it is none.
	 *
	 * @param mixed $text RFC 3339.
	 */
	public static function read( $text ): int {
		$moment = is_string( $text ) && strlen( $text ) <= 40 ? strtotime( $text ) : false;
		return false === $moment ? 0 : $moment;
	}
}
