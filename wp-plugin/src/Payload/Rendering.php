<?php
/**
 * WooCommerce's own JSON, without a request.
 *
 * @package Causeway
 */

namespace Causeway\Payload;

defined( 'ABSPATH' ) || exit;

/**
 * Lets WooCommerce's REST v3 controllers render an object. Their checks of who is asking belong to
 * their routes; rendering needs no user, and none is set.
 */
final class Rendering {

	/**
	 * Controllers made so far.
	 *
	 * @var array<string, object>
	 */
	private static $controllers = array();

	/**
	 * What the controller answers for an object.
	 *
	 * @param string $controller Its class.
	 * @param string $method     `prepare_object_for_response` or `prepare_item_for_response`.
	 * @param mixed  $thing      What to render.
	 * @param array  $parameters Of the request.
	 * @return array
	 * @throws \RuntimeException When WooCommerce cannot render it.
	 */
	public static function of( string $controller, string $method, $thing, array $parameters = array() ): array {
		if ( ! isset( self::$controllers[ $controller ] ) ) {
			self::$controllers[ $controller ] = new $controller();
		}
		$request = new \WP_REST_Request( 'GET' );
		foreach ( array_merge( array( 'context' => 'view' ), $parameters ) as $name => $value ) {
			$request->set_param( $name, $value );
		}
		$answer = self::$controllers[ $controller ]->$method( $thing, $request );
		if ( is_wp_error( $answer ) ) {
			throw new \RuntimeException( 'WooCommerce cannot render it: ' . $answer->get_error_code() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		$data = $answer instanceof \WP_REST_Response ? $answer->get_data() : $answer;
		return is_array( $data ) ? $data : array();
	}
}
