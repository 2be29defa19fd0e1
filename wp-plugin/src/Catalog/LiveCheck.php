<?php
/**
 * Asks the sidecar, at the moment of the order, whether the goods are still there.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Json;
use Causeway\Log;
use Causeway\Options;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * The owner's choice, and off unless chosen: a customer waits for it, three tenths of a second at
 * most. Whoever does not answer in time is left alone for a while, and then the figure holds that
 * the shop has anyway: WooCommerce's own stock.
 */
final class LiveCheck {

	private const SECONDS   = 0.3;
	private const BUDGET_MS = 200;
	private const MOST      = 100;

	/** Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/** Whether it is worth the wait.
	 *
	 * @var LiveBreaker
	 */
	private $breaker;

	/** What was sold and is not counted.
	 *
	 * @var Sales
	 */
	private $sales;

	/** What was answered in this request: WooCommerce looks at a cart that it refuses once more, for its reply.
	 *
	 * @var array<string, array>
	 */
	private $answers = array();

	/**
	 * Give it its parts.
	 *
	 * @param Client      $client  Speaks to the sidecar.
	 * @param LiveBreaker $breaker Whether it is worth the wait.
	 * @param Sales       $sales   What was sold and is not counted.
	 */
	public function __construct( Client $client, LiveBreaker $breaker, Sales $sales ) {
		$this->client  = $client;
		$this->breaker = $breaker;
		$this->sales   = $sales;
	}

	/**
	 * The classic checkout is about to take an order.
	 *
	 * @param mixed $data   The form's.
	 * @param mixed $errors WP_Error: what is wrong with it.
	 */
	public function classic( $data, $errors ): void {
		if ( $errors instanceof \WP_Error && ! $errors->has_errors() ) {
			$this->ask_into( $errors );
		}
	}

	/**
	 * The block checkout looks at its cart. Only when the order is placed is anybody asked.
	 *
	 * @param mixed $errors WP_Error: what is wrong with it.
	 */
	public function block( $errors ): void {
		$method = isset( $_SERVER['REQUEST_METHOD'] ) ? sanitize_text_field( wp_unslash( $_SERVER['REQUEST_METHOD'] ) ) : '';
		$path   = isset( $_SERVER['REQUEST_URI'] ) ? rawurldecode( wp_unslash( $_SERVER['REQUEST_URI'] ) ) : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- only looked at.
		if ( 'POST' === $method && preg_match( '~/wc/store(/v1)?/checkout~', $path ) && $errors instanceof \WP_Error && ! $errors->has_errors() ) {
			$this->ask_into( $errors );
		}
	}

	/**
	 * Add what the cart has too much of.
	 *
	 * @param \WP_Error $errors Where to.
	 */
	private function ask_into( \WP_Error $errors ): void {
		if ( ! Options::is_on( Options::LIVE_CHECK ) || ! Options::is_on( Options::SYNC_STOCK ) || ! WC()->cart ) {
			return;
		}
		$wanted = Wanted::of( WC()->cart->get_cart() );
		if ( ! $wanted || count( $wanted ) > self::MOST ) {
			return;
		}
		foreach ( $this->too_much( $wanted, $this->asked( $wanted ) ) as $number => $sentence ) {
			$errors->add( "causeway_stock_$number", $sentence );
		}
	}

	/**
	 * What the sidecar says; empty when it says nothing in time.
	 *
	 * @param array<string, Wanted> $wanted By SKU.
	 * @return array
	 */
	private function asked( array $wanted ): array {
		$lines = array();
		foreach ( $wanted as $sku => $line ) {
			$lines[] = array(
				'sku'      => (string) $sku,
				'quantity' => (string) ( $line->quantity + 0 ),
			);
		}
		$body = Json::encode(
			array(
				'lines'     => $lines,
				'live'      => true,
				'budget_ms' => self::BUDGET_MS,
			)
		);

		$this->answers[ $body ] = $this->answers[ $body ] ?? $this->answer( $body );
		return $this->answers[ $body ];
	}

	/**
	 * Ask the sidecar, unless it is left alone for a while.
	 *
	 * @param string $body What it is asked, as JSON.
	 * @return array What it says; empty when it says nothing in time.
	 */
	private function answer( string $body ): array {
		if ( ! $this->breaker->allows() ) {
			return array();
		}
		try {
			$answer = $this->client->post( '/v1/availability', $body, self::SECONDS )->json();
			$this->breaker->succeeded();
			return $answer;
		} catch ( TransportError $error ) {
			$this->breaker->failed();
			Log::warning( "The live check of a cart was not answered ({$error->kind}); the shop’s own stock holds." );
			return array();
		}
	}

	/**
	 * What there is too little of.
	 *
	 * @param array<string, Wanted> $wanted By SKU.
	 * @param array                 $answer The sidecar's.
	 * @return string[] What the customer reads.
	 */
	private function too_much( array $wanted, array $answer ): array {
		$until = is_string( $answer['events_until'] ?? null ) ? $answer['events_until'] : null;
		$left  = array();
		foreach ( is_array( $answer['lines'] ?? null ) ? $answer['lines'] : array() as $line ) {
			$sku       = is_array( $line ) && is_string( $line['sku'] ?? null ) ? $line['sku'] : '';
			$available = $line['available'] ?? null;
			if ( isset( $wanted[ $sku ] ) && is_string( $available ) && is_numeric( $available ) && true !== ( $line['backorders'] ?? false ) ) {
				$left[ $sku ] = (float) $available;
			}
		}
		return $this->sales->too_much( $wanted, $left, $until );
	}
}
