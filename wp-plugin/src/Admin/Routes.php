<?php
/**
 * What the admin's pages ask for.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Services;

defined( 'ABSPATH' ) || exit;

/**
 * REST routes under `causeway/v1/admin`, for logged-in people with a nonce. Parts of pages are given
 * as HTML that is escaped here.
 */
final class Routes {

	private const BASE = 'causeway/v1';

	/**
	 * Where the parts come from.
	 *
	 * @var Services
	 */
	private $services;

	/**
	 * Give it its parts.
	 *
	 * @param Services $services Where the parts come from.
	 */
	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/**
	 * Register the routes.
	 */
	public function register(): void {
		$manager = static fn() => current_user_can( 'manage_woocommerce' );
		$clerk   = static fn( \WP_REST_Request $request ) => OrderPanel::may_send( (int) $request['id'] );
		$this->route( 'POST', '/admin/test', 'test', $manager );
		$this->route( 'GET', '/admin/queue', 'queue', $manager );
		$this->route( 'POST', '/admin/dismiss', 'dismiss', $manager );
		$this->route( 'GET', '/admin/site-health', 'site_health', static fn() => current_user_can( 'view_site_health_checks' ) );
		$this->route( 'GET', '/admin/orders/(?P<id>\d{1,18})', 'order', $clerk );
		$this->route( 'POST', '/admin/orders/(?P<id>\d{1,18})/send', 'send', $clerk );
		$this->route( 'POST', '/admin/orders/(?P<id>\d{1,18})/returns', 'ask_return', $clerk );
	}

	/**
	 * Try the connection.
	 */
	public function test(): \WP_REST_Response {
		$found = $this->services->connection_test()->run();
		\Causeway\Health\Condition::forget();
		return new \WP_REST_Response(
			array(
				'ok'   => $found['ok'],
				'html' => TestAnswer::html( $found ),
			)
		);
	}

	/**
	 * The queue's figures.
	 */
	public function queue(): \WP_REST_Response {
		$queue = $this->services->admin_queue();
		return new \WP_REST_Response(
			array(
				'figures' => $queue->figures_html(),
				'history' => $queue->history_html(),
			)
		);
	}

	/**
	 * Do not show a notice for a while.
	 *
	 * @param \WP_REST_Request $request `kind`.
	 */
	public function dismiss( \WP_REST_Request $request ): \WP_REST_Response {
		Notice::dismiss( sanitize_key( (string) $request['kind'] ) );
		return new \WP_REST_Response( array( 'dismissed' => true ) );
	}

	/**
	 * The connection, for Site Health.
	 */
	public function site_health(): \WP_REST_Response {
		return new \WP_REST_Response( $this->services->site_health()->connection() );
	}

	/**
	 * An order's journey.
	 *
	 * @param \WP_REST_Request $request `id`.
	 */
	public function order( \WP_REST_Request $request ): \WP_REST_Response {
		$id    = (int) $request['id'];
		$found = $this->services->journeys()->find( $id );
		return new \WP_REST_Response(
			array(
				'local'   => $this->services->order_panel()->local_html( $id ),
				'returns' => $this->services->return_form()->html( $id ),
				'journey' => null !== $found['journey']
					? JourneyView::html( $found['journey'], $id )
					: sprintf( '<p>%s</p><p>%s</p>', esc_html( $found['sentence'] ), esc_html( $found['remedy'] ) ),
			)
		);
	}

	/**
	 * Ask for a return.
	 *
	 * @param \WP_REST_Request $request `id`, `number`, `lines`, `reason`.
	 * @return \WP_REST_Response|\WP_Error
	 */
	public function ask_return( \WP_REST_Request $request ) {
		return $this->services->return_form()->ask( $request );
	}

	/**
	 * Send an order again.
	 *
	 * @param \WP_REST_Request $request `id`.
	 */
	public function send( \WP_REST_Request $request ): \WP_REST_Response {
		$id = (int) $request['id'];
		$this->services->order_panel()->send( $id );
		$report = $this->services->sender()->run( 8, array( array( 'order', $id ) ), 5 );
		if ( $report->sent + $report->unchanged > 0 ) {
			$said = __( 'Sent. The journey follows in a moment.', 'causeway-for-woocommerce' );
		} else {
			$said = __( 'It is queued, and will be sent as soon as possible.', 'causeway-for-woocommerce' );
		}
		return new \WP_REST_Response( array( 'said' => $said ) );
	}

	/**
	 * Register one route.
	 *
	 * @param string   $method  GET or POST.
	 * @param string   $path    Under the base.
	 * @param string   $answers A method of this class.
	 * @param callable $may     Whether this person may.
	 */
	private function route( string $method, string $path, string $answers, callable $may ): void {
		register_rest_route(
			self::BASE,
			$path,
			array(
				'methods'             => $method,
				'callback'            => array( $this, $answers ),
				'permission_callback' => $may,
			)
		);
	}
}
