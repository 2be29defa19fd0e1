<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Outbox\Backoff;
use Causeway\Outbox\Batches;
use Causeway\Outbox\Receipt;
use PHPUnit\Framework\TestCase;

final class OutboxTest extends TestCase {

	public function test_waits_double_up_to_an_hour_and_never_end(): void {
		$plain = array_map( static fn( $attempt ) => Backoff::seconds( $attempt, 3600, 0.5 ), array( 1, 2, 3, 9, 10, 1000, PHP_INT_MAX ) );
		$this->assertSame( array( 10, 20, 40, 2560, 3600, 3600, 3600 ), $plain );
	}

	public function test_chance_moves_a_wait_by_a_fifth_at_most(): void {
		$this->assertSame( array( 32, 48 ), array( Backoff::seconds( 3, 3600, 0.0 ), Backoff::seconds( 3, 3600, 1.0 ) ) );
		$this->assertSame( 3600, Backoff::seconds( 20, 3600, 1.0 ) );
	}

	public function test_batches_keep_order_count_and_size(): void {
		$items   = array_map( static fn( $n ) => str_repeat( 'x', $n ), array( 10, 10, 500, 10, 10, 10, 10 ) );
		$batches = Batches::cut( $items, 'strlen', 3, 100 );
		$this->assertSame( array( 2, 1, 3, 1 ), array_map( 'count', $batches ) );
		$this->assertSame( $items, array_merge( ...$batches ) );
		$this->assertSame( array(), Batches::cut( array(), 'strlen' ) );
	}

	public function test_reads_what_the_sidecar_says_to_a_batch(): void {
		foreach ( array( 'good_batch', 'same_event_twice', 'one_bad_among_good', 'same_id_other_content' ) as $name ) {
			$body    = Golden::read( "envelopes/$name.json" )['answer']['body'];
			$receipt = new Receipt( $body );
			$refused = array_column( $body['refused'], 'id' );
			foreach ( array_diff( array_merge( $body['accepted'], $body['duplicates'] ), $refused ) as $id ) {
				$this->assertTrue( $receipt->has( $id ), $name );
			}
			foreach ( $body['refused'] as $item ) {
				$this->assertSame( $item['problem']['type'], 'urn:causeway:problem:' . $receipt->type( $item['id'] ), $name );
				$this->assertStringContainsString( $item['problem']['detail'], $receipt->sentence( $item['id'] ) );
			}
		}
	}

	public function test_an_answer_of_nonsense_acknowledges_nothing(): void {
		foreach ( array( array(), array( 'accepted' => 'all' ), array( 'accepted' => array( 1, null, array() ), 'refused' => array( 'x', array( 'id' => 4 ) ) ) ) as $body ) {
			$receipt = new Receipt( $body );
			$this->assertFalse( $receipt->has( '1' ) );
			$this->assertSame( '', $receipt->type( '4' ) );
		}
	}
}
