<?php
/**
 * Fetches what the shop must be told.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

use Causeway\Log;
use Causeway\Options;
use Causeway\Outbox\Breaker;
use Causeway\Pairing;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * Reads the feed from its cursor, keeps every page before the cursor moves, applies, and
 * acknowledges up to the last update before which nothing is open.
 */
final class Poller {

	private const PAGE       = 100;
	private const MOST_PAGES = 20;

	/** Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/** What was received.
	 *
	 * @var Inbox
	 */
	private $inbox;

	/** Applies it.
	 *
	 * @var Applier
	 */
	private $applier;

	/** Whether it is worth a try.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * Give it its parts.
	 *
	 * @param Client  $client  Speaks to the sidecar.
	 * @param Inbox   $inbox   What was received.
	 * @param Applier $applier Applies it.
	 * @param Breaker $breaker Whether it is worth a try.
	 */
	public function __construct( Client $client, Inbox $inbox, Applier $applier, Breaker $breaker ) {
		$this->client  = $client;
		$this->inbox   = $inbox;
		$this->applier = $applier;
		$this->breaker = $breaker;
	}

	/**
	 * Fetch, apply, acknowledge.
	 *
	 * @param int $seconds How long applying may take.
	 * @return int How many updates came to their end.
	 */
	public function run( int $seconds = 20 ): int {
		$until = microtime( true ) + $seconds;
		$open  = null !== Pairing::current() && $this->breaker->allows();
		try {
			if ( $open ) {
				$this->fetch();
			}
			$done = $this->applier->run( $until );
			if ( $open ) {
				$this->acknowledge();
			}
			return $done;
		} catch ( TransportError $error ) {
			$this->breaker->failed( $error );
			Log::warning( "Polling stopped ({$error->kind}): {$error->getMessage()}" );
			return $this->applier->run( $until );
		}
	}

	/**
	 * Keep what is new.
	 *
	 * @throws TransportError When the sidecar cannot be reached.
	 */
	private function fetch(): void {
		$cursor = (int) ( self::state()['read'] ?? 0 );
		for ( $pages = 0; $pages < self::MOST_PAGES; ++$pages ) {
			$answer = $this->client->get( '/v1/updates?after=' . $cursor . '&limit=' . self::PAGE );
			try {
				$page = Page::read( $answer->json() );
			} catch ( \UnexpectedValueException $error ) {
				throw new TransportError( TransportError::REFUSED, 'The feed cannot be read: ' . $error->getMessage(), $answer->status ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
			$this->inbox->receive( $page->updates );
			$cursor = max( $cursor, $page->cursor );
			self::remember( 'read', $cursor );
			if ( ! $page->more ) {
				break;
			}
		}
		$this->breaker->succeeded();
	}

	/**
	 * Tell the sidecar how far everything is done, and what of it was refused.
	 *
	 * @throws TransportError When the sidecar cannot be reached.
	 */
	private function acknowledge(): void {
		do {
			$state = self::state();
			$told  = (int) ( $state['told'] ?? 0 );
			$done  = $this->inbox->done_up_to( (int) ( $state['read'] ?? 0 ) );
			if ( $done <= $told ) {
				return;
			}
			$said = new Acknowledgement( $done, $this->inbox->refused_between( $told, $done ) );
			try {
				$this->client->post( '/v1/updates/ack', $said->json() );
				self::remember( 'told', $said->cursor );
			} catch ( TransportError $error ) {
				if ( null === $error->problem || 'invalid' !== $error->problem->type || 'cursor' !== $error->problem->field ) {
					throw $error;
				}
				// The sidecar’s feed is shorter than what we read: it begins anew, and keys stay known.
				Log::warning( 'The sidecar’s feed began anew; it is read from its beginning.' );
				$this->inbox->forget_places();
				Options::forget( Options::FEED_CURSOR );
				return;
			}
		} while ( $said->more );
	}

	/**
	 * How far the feed was `read`, and how far the sidecar was `told`.
	 *
	 * @return array
	 */
	public static function state(): array {
		return Options::record( Options::FEED_CURSOR );
	}

	/**
	 * Note a place; it never goes back.
	 *
	 * @param string $name  `read` or `told`.
	 * @param int    $place In the feed.
	 */
	private static function remember( string $name, int $place ): void {
		$state          = self::state();
		$state[ $name ] = max( (int) ( $state[ $name ] ?? 0 ), $place );
		Options::set( Options::FEED_CURSOR, $state );
	}
}
