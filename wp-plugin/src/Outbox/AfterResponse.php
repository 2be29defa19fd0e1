<?php
/**
 * Sends an order right after the response.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

use Causeway\Capture\Marks;
use Causeway\Log;
use Causeway\Options;

defined( 'ABSPATH' ) || exit;

/**
 * Where the server can end the response first (PHP-FPM, LiteSpeed), what is urgent is done in the
 * same process after it: the marks get their last version, and orders are sent. Elsewhere the
 * customer would wait, so the marks are settled at once and the worker sends.
 */
final class AfterResponse {

	private const SECONDS = 8;
	private const TIMEOUT = 5;
	private const MOST    = 10;

	/** What changed in this request.
	 *
	 * @var Marks
	 */
	private $marks;

	/** Makes the sender.
	 *
	 * @var callable
	 */
	private $sender;

	/** Makes the poller.
	 *
	 * @var callable
	 */
	private $poller;

	/** Whether the feed is to be polled.
	 *
	 * @var bool
	 */
	private $poll = false;

	/**
	 * Give it its parts.
	 *
	 * @param Marks    $marks  What changed in this request.
	 * @param callable $sender Makes the sender.
	 * @param callable $poller Makes the poller.
	 */
	public function __construct( Marks $marks, callable $sender, callable $poller ) {
		$this->marks  = $marks;
		$this->sender = $sender;
		$this->poller = $poller;
	}

	/**
	 * Have the feed polled when this response is out.
	 */
	public function ask_for_poll(): void {
		$this->poll = true;
	}

	/**
	 * Whether this server can end a response before the process ends.
	 */
	public static function is_possible(): bool {
		return function_exists( 'fastcgi_finish_request' ) || function_exists( 'litespeed_finish_request' );
	}

	/**
	 * The shop has done its own at the end of the request: settle the marks now, unless they can
	 * wait until the customer has the answer.
	 */
	public function settle(): void {
		if ( ! $this->is_wanted() ) {
			$this->marks->flush();
		}
	}

	/**
	 * The last thing of a request.
	 */
	public function run(): void {
		$wanted = $this->is_wanted();
		try {
			if ( $wanted ) {
				self::end_response();
			}
		} finally {
			$this->marks->flush();
		}
		if ( $wanted ) {
			$this->work();
		}
	}

	/**
	 * Whether there is something to do for which the response is ended first. No query: the customer
	 * still waits.
	 */
	private function is_wanted(): bool {
		$orders = count( $this->marks->urgent() );
		$work   = $this->poll || ( $orders > 0 && $orders <= self::MOST );
		return $work && self::is_possible() && ! self::is_worker() && ( defined( 'CAUSEWAY_PAIRING_CODE' ) || Options::record( Options::PAIRING ) );
	}

	/**
	 * Send and poll.
	 */
	private function work(): void {
		$orders = $this->marks->urgent();
		try {
			if ( $orders && count( $orders ) <= self::MOST ) {
				call_user_func( $this->sender )->run( self::SECONDS, array_map( static fn( $id ) => array( 'order', $id ), $orders ), self::TIMEOUT );
			}
			if ( $this->poll ) {
				call_user_func( $this->poller )->run( self::SECONDS );
			}
		} catch ( \Throwable $error ) {
			Log::failure( 'Sending after the response', $error );
		}
	}

	/**
	 * Let the customer go.
	 */
	private static function end_response(): void {
		ignore_user_abort( true );
		if ( PHP_SESSION_ACTIVE === session_status() ) {
			session_write_close();
		}
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		} else {
			litespeed_finish_request();
		}
	}

	/**
	 * The worker sends by itself.
	 */
	private static function is_worker(): bool {
		return wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI );
	}
}
