<?php
/**
 * Causeway in Site Health.
 *
 * @package Causeway
 */

namespace Causeway\Health;

use Causeway\Admin\Screens;
use Causeway\Pairing;
use Causeway\Transport\ConnectionTest;

defined( 'ABSPATH' ) || exit;

/**
 * Two tests, one of what the shop knows by itself and one that asks the sidecar, and the figures
 * for support.
 */
final class SiteHealth {

	/**
	 * How the plugin is.
	 *
	 * @var Condition
	 */
	private $condition;

	/**
	 * The plugin in figures.
	 *
	 * @var Figures
	 */
	private $figures;

	/**
	 * Tries the connection.
	 *
	 * @var ConnectionTest
	 */
	private $test;

	/**
	 * Give it its parts.
	 *
	 * @param Condition      $condition How the plugin is.
	 * @param Figures        $figures   The plugin in figures.
	 * @param ConnectionTest $test      Tries the connection.
	 */
	public function __construct( Condition $condition, Figures $figures, ConnectionTest $test ) {
		$this->condition = $condition;
		$this->figures   = $figures;
		$this->test      = $test;
	}

	/**
	 * Add the tests.
	 *
	 * @param array $tests WordPress's.
	 * @return array
	 */
	public function tests( $tests ) {
		$tests['direct']['causeway_queue'] = array(
			'label' => __( 'Causeway’s queue', 'causeway-for-woocommerce' ),
			'test'  => array( $this, 'queue' ),
		);
		if ( null !== Pairing::current() ) {
			$tests['async']['causeway_connection'] = array(
				'label'             => __( 'Causeway’s connection', 'causeway-for-woocommerce' ),
				'test'              => rest_url( 'causeway/v1/admin/site-health' ),
				'has_rest'          => true,
				'async_direct_test' => array( $this, 'connection' ),
			);
		}
		return $tests;
	}

	/**
	 * Whether what happens in the shop is sent.
	 *
	 * @return array As WordPress wants a test's result.
	 */
	public function queue(): array {
		$found = $this->condition->findings();
		if ( ! $found ) {
			return self::result( 'causeway_queue', 'good', __( 'Causeway sends what happens in the shop', 'causeway-for-woocommerce' ), __( 'Nothing waits for long, and the scheduled work runs.', 'causeway-for-woocommerce' ) );
		}
		$first = $found[0];
		return self::result( 'causeway_queue', 'not_paired' === $first->kind ? 'recommended' : 'critical', $first->sentence, $first->remedy, $first->section );
	}

	/**
	 * Whether the sidecar answers.
	 *
	 * @return array As WordPress wants a test's result.
	 */
	public function connection(): array {
		$found = $this->test->run();
		if ( $found['ok'] ) {
			return self::result( 'causeway_connection', 'good', __( 'Causeway’s sidecar answers', 'causeway-for-woocommerce' ), $found['sentence'] );
		}
		return self::result( 'causeway_connection', 'critical', $found['sentence'], $found['remedy'], '' );
	}

	/**
	 * Add the figures to Site Health's information.
	 *
	 * @param array $information WordPress's.
	 * @return array
	 */
	public function information( $information ) {
		$fields = array();
		foreach ( $this->figures->all() as $name => list( $label, $value ) ) {
			$fields[ $name ] = array(
				'label'   => $label,
				'value'   => $value,
				'private' => 'sidecar' === $name,
			);
		}
		$information['causeway'] = array(
			'label'  => __( 'Causeway', 'causeway-for-woocommerce' ),
			'fields' => $fields,
		);
		return $information;
	}

	/**
	 * Put a result together.
	 *
	 * @param string      $test     The test's name.
	 * @param string      $status   `good`, `recommended` or `critical`.
	 * @param string      $label    The heading.
	 * @param string      $sentence What it means, or what to do.
	 * @param string|null $section  The settings' section that helps; null for none.
	 */
	private static function result( string $test, string $status, string $label, string $sentence, ?string $section = null ): array {
		$link = null === $section ? '' : sprintf( '<p><a href="%s">%s</a></p>', esc_url( Screens::settings_url( $section ) ), esc_html__( 'Open Causeway’s settings', 'causeway-for-woocommerce' ) );
		return array(
			'test'        => $test,
			'status'      => $status,
			'label'       => $label,
			'badge'       => array(
				'label' => __( 'Causeway', 'causeway-for-woocommerce' ),
				'color' => 'blue',
			),
			'description' => '<p>' . esc_html( $sentence ) . '</p>',
			'actions'     => $link,
		);
	}
}
