<?php
/**
 * Sends what waits.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

use Causeway\Log;
use Causeway\Memory;
use Causeway\Pairing;
use Causeway\Payload\Builder;
use Causeway\Payload\Event;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * Claims rows, reads them afresh, posts them in batches, and closes those that were acknowledged.
 * Several runners may work at once: each has its own claim.
 */
final class Sender {

	/** What waits.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/** Makes events.
	 *
	 * @var Builder
	 */
	private $payloads;

	/** Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/** Whether it is worth a try.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * Give it its parts.
	 *
	 * @param Outbox  $outbox   What waits.
	 * @param Builder $payloads Makes events.
	 * @param Client  $client   Speaks to the sidecar.
	 * @param Breaker $breaker  Whether it is worth a try.
	 */
	public function __construct( Outbox $outbox, Builder $payloads, Client $client, Breaker $breaker ) {
		$this->outbox   = $outbox;
		$this->payloads = $payloads;
		$this->client   = $client;
		$this->breaker  = $breaker;
	}

	/**
	 * Send what is due, for so many seconds at most.
	 *
	 * @param int        $seconds How long.
	 * @param array|null $only    Pairs of entity and id; null for whatever is due.
	 * @param int        $timeout Of one request, in seconds.
	 */
	public function run( int $seconds = 20, ?array $only = null, int $timeout = 10 ): Report {
		$report  = new Report();
		$pairing = Pairing::current();
		if ( null === $pairing || ! $this->breaker->allows() ) {
			$report->error = null === $pairing ? TransportError::NOT_PAIRED : (string) ( $this->breaker->trouble()['kind'] ?? '' );
			return $report;
		}
		$until = microtime( true ) + $seconds;
		do {
			$rows = $this->outbox->claim( Batches::MOST_EVENTS, $only );
			if ( ! $rows ) {
				return $report;
			}
			try {
				$this->deliver( $pairing->store, $rows, $timeout, $report );
				$this->breaker->succeeded();
			} catch ( TransportError $error ) {
				$this->breaker->failed( $error );
				$report->error = $error->kind;
				Log::warning( "Sending stopped ({$error->kind}): {$error->getMessage()}" );
				return $report;
			}
		} while ( null === $only && microtime( true ) < $until && ! Memory::is_full() );
		$report->more = null === $only && $this->outbox->has_due();
		return $report;
	}

	/**
	 * Deliver one claim.
	 *
	 * @param string $store   This shop's name.
	 * @param Row[]  $rows    The claim.
	 * @param int    $timeout Of one request.
	 * @param Report $report  What came of it.
	 * @throws TransportError When the sidecar cannot be reached; no row stays claimed.
	 */
	private function deliver( string $store, array $rows, int $timeout, Report $report ): void {
		$events = $this->read( $store, $rows, $report );
		$size   = static fn( $pair ) => strlen( $pair[1]->json );
		$queue  = Batches::cut( $events, $size );
		while ( $queue ) {
			$batch = array_shift( $queue );
			try {
				$this->post( $batch, $timeout, $report );
			} catch ( TransportError $error ) {
				if ( TransportError::TOO_LARGE === $error->kind && count( $batch ) > 1 ) {
					$halves = array_chunk( $batch, max( 1, (int) ceil( count( $batch ) / 2 ) ) );
					array_unshift( $queue, ...$halves );
					continue;
				}
				if ( self::is_about_events( $error ) ) {
					$this->refuse( $batch, $error, $queue, $report );
					continue;
				}
				$left = array_merge( $batch, ...$queue );
				$this->outbox->release( array_column( $left, 0 ), $error->getMessage() );
				throw $error;
			}
		}
	}

	/**
	 * Read the rows' entities: what there is to send. All others are closed here.
	 *
	 * @param string $store  This shop's name.
	 * @param Row[]  $rows   The claim.
	 * @param Report $report What came of it.
	 * @return array<array{0: Row, 1: Event}>
	 */
	private function read( string $store, array $rows, Report $report ): array {
		$events = array();
		$same   = array();
		$this->payloads->prepare( $rows );
		foreach ( $rows as $row ) {
			try {
				$content = $this->payloads->build( $row );
				if ( null === $content ) {
					$this->outbox->settle( $row );
					++$report->settled;
					continue;
				}
				$row->hash  = $content->hash();
				$row->gone  = $content->is_deletion();
				$may_differ = '' !== $row->tried_hash && $row->tried_hash !== $row->hash;
				if ( $row->hash === $row->sent_hash && ! $may_differ ) {
					$same[] = $row;
					continue;
				}
				if ( $may_differ ) {
					$this->outbox->renew( $row );
				}
				$events[] = array( $row, Event::make( $store, $row->entity, $row->entity_id, $row->seq, $row->updated_at, $content, $row->is_history ) );
			} catch ( \Throwable $error ) {
				$this->outbox->fail( $row, $error->getMessage(), Backoff::seconds( $row->attempts ) );
				Log::failure( "Reading {$row->entity} {$row->entity_id}", $error );
				++$report->failed;
			}
		}
		$this->outbox->acknowledge( $same, false );
		$report->unchanged += count( $same );
		return $events;
	}

	/**
	 * Post a batch and close what was acknowledged.
	 *
	 * @param array  $batch   Pairs of row and event.
	 * @param int    $timeout In seconds.
	 * @param Report $report  What came of it.
	 * @throws TransportError When there is no answer that can be used.
	 */
	private function post( array $batch, int $timeout, Report $report ): void {
		$this->outbox->note_try( array_column( $batch, 0 ) );
		$answer = $this->client->post( '/v1/events', Event::batch( array_column( $batch, 1 ) ), $timeout );
		$said   = new Receipt( $answer->json() );
		$done   = array();
		foreach ( $batch as list( $row, $event ) ) {
			if ( $said->has( $event->id ) ) {
				++$report->sent;
				if ( $row->gone ) {
					$this->outbox->remove( $row );
				} else {
					$done[] = $row;
				}
				continue;
			}
			if ( 'id-reused' === $said->type( $event->id ) ) {
				$this->outbox->renew( $row );
			}
			$this->outbox->fail( $row, $said->sentence( $event->id ), Backoff::seconds( $row->attempts ) );
			Log::warning( "The sidecar refused {$row->entity} {$row->entity_id}: {$said->sentence( $event->id )}" );
			++$report->failed;
		}
		$this->outbox->acknowledge( $done, true, $said->kept_to() );
	}

	/**
	 * A batch was refused as a whole, for what is in it. One bad event must not hold up the others:
	 * each goes by itself.
	 *
	 * @param array          $batch  Pairs of row and event.
	 * @param TransportError $error  Why.
	 * @param array          $queue  Batches to come; changed.
	 * @param Report         $report What came of it.
	 */
	private function refuse( array $batch, TransportError $error, array &$queue, Report $report ): void {
		if ( count( $batch ) > 1 ) {
			array_unshift( $queue, ...array_chunk( $batch, 1 ) );
			return;
		}
		$row = $batch[0][0];
		$this->outbox->fail( $row, $error->getMessage(), Backoff::seconds( $row->attempts ) );
		Log::warning( "The sidecar refused {$row->entity} {$row->entity_id}: {$error->getMessage()}" );
		++$report->failed;
	}

	/**
	 * Whether an error is about what was sent, not about the way there.
	 *
	 * @param TransportError $error What went wrong.
	 */
	private static function is_about_events( TransportError $error ): bool {
		$types = array( 'invalid', 'bad-json', 'body-too-large' );
		return TransportError::TOO_LARGE === $error->kind || ( null !== $error->problem && in_array( $error->problem->type, $types, true ) );
	}
}
