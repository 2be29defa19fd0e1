<?php
/**
 * Fetches stock and prices.
 *
 * @package Causeway
 */

namespace Causeway\Catalog;

use Causeway\Log;
use Causeway\Options;
use Causeway\Outbox\Breaker;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * Reads the catalog from its cursor into the cache. When nothing changed the sidecar answers 304.
 */
final class Puller {

	private const PAGE       = 2000;
	private const MOST_PAGES = 50;

	/** Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/** Where lines are kept.
	 *
	 * @var Cache
	 */
	private $cache;

	/** Whether it is worth a try.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * Give it its parts.
	 *
	 * @param Client  $client  Speaks to the sidecar.
	 * @param Cache   $cache   Where lines are kept.
	 * @param Breaker $breaker Whether it is worth a try.
	 */
	public function __construct( Client $client, Cache $cache, Breaker $breaker ) {
		$this->client  = $client;
		$this->cache   = $cache;
		$this->breaker = $breaker;
	}

	/**
	 * Fetch what changed.
	 *
	 * @return int How many lines came.
	 */
	public function run(): int {
		return $this->breaker->allows() ? (int) $this->cache->alone( array( $this, 'fetch' ), 0 ) : 0;
	}

	/**
	 * Fetch it, while no other process does: an older page must not be kept after a newer one.
	 *
	 * @return int How many lines came.
	 */
	public function fetch(): int {
		$count = 0;
		try {
			for ( $pages = 0; $pages < self::MOST_PAGES; ++$pages ) {
				$page = $this->page();
				if ( null === $page ) {
					break;
				}
				$count += count( $page->lines );
				foreach ( array_unique( $page->faults ) as $fault ) {
					Log::warning( "The catalog has lines that make no sense: $fault" );
				}
				if ( ! $page->more ) {
					break;
				}
			}
			$this->breaker->succeeded();
		} catch ( TransportError $error ) {
			$this->breaker->failed( $error );
			Log::warning( "Fetching stock and prices stopped ({$error->kind}): {$error->getMessage()}" );
		}
		return $count;
	}

	/**
	 * The next page; null when nothing changed. The cursor moves only when its lines are kept.
	 *
	 * @throws TransportError When the sidecar cannot be reached.
	 */
	private function page(): ?Page {
		$state   = Options::record( Options::CATALOG_CURSOR );
		$after   = (int) ( $state['cursor'] ?? 0 );
		$etag    = (string) ( $state['etag'] ?? '' );
		$headers = '' !== $etag ? array( 'if-none-match' => $etag ) : array();
		$applied = (int) ( $state['applied'] ?? 0 );
		$answer  = $this->client->get( "/v1/catalog?after=$after&limit=" . self::PAGE . "&applied=$applied", $headers );
		if ( 304 === $answer->status ) {
			return null;
		}
		try {
			$page = Page::read( $answer->json() );
		} catch ( \UnexpectedValueException $error ) {
			throw new TransportError( TransportError::REFUSED, 'The catalog cannot be read: ' . $error->getMessage(), $answer->status ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		$this->cache->keep( $page->lines );
		Options::set(
			Options::CATALOG_CURSOR,
			array(
				'cursor'  => $page->cursor,
				'etag'    => $page->cursor === $after ? $answer->header( 'etag' ) : '',
				'at'      => time(),
				// A figure that lies on a later page may be older than what this page counts.
				'until'   => $page->more ? ( $state['until'] ?? null ) : $page->events_until,
				'applied' => $applied,
			)
		);
		return $page;
	}

	/**
	 * The number of the event up to which all figures that are known here count this shop's orders,
	 * as text; null when the sidecar does not say.
	 */
	public static function counted_until(): ?string {
		$until = Options::record( Options::CATALOG_CURSOR )['until'] ?? null;
		return is_string( $until ) ? $until : null;
	}

	/**
	 * All that was read is in force.
	 */
	public static function note_applied(): void {
		$state = Options::record( Options::CATALOG_CURSOR );
		if ( $state && (int) ( $state['applied'] ?? 0 ) !== (int) ( $state['cursor'] ?? 0 ) ) {
			Options::set( Options::CATALOG_CURSOR, array( 'applied' => (int) ( $state['cursor'] ?? 0 ) ) + $state );
		}
	}

	/**
	 * Read everything again with the next run. What figures count and what is in force stay known.
	 */
	public static function start_anew(): void {
		$state = Options::record( Options::CATALOG_CURSOR );
		Options::set(
			Options::CATALOG_CURSOR,
			array_diff_key(
				$state,
				array(
					'cursor' => 0,
					'etag'   => '',
				)
			)
		);
	}
}
