<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Capture\Marks;
use Causeway\Outbox\Outbox;
use PHPUnit\Framework\TestCase;

final class MarksTest extends TestCase {

	/** @var Database */
	private $database;

	/** @var Marks */
	private $marks;

	protected function setUp(): void {
		$GLOBALS['wpdb'] = $this->database = new Database();
		$this->marks     = new Marks( new Outbox(), static fn( $id ) => $id > 100 ? $id - 100 : $id );
	}

	public function test_an_order_is_written_the_moment_it_is_touched_and_the_stock_it_takes_is_not(): void {
		foreach ( array( 1, 2, 3 ) as $save ) {
			$this->marks->mark_urgent( 7 );
			$this->marks->mark( 'product', 12 );
		}
		$this->assertSame( array( array( 'order 7 in 10' ) ), $this->database->marked() );
	}

	public function test_the_end_writes_all_that_was_touched_in_one_statement(): void {
		$this->marks->mark_urgent( 7 );
		$this->marks->mark( 'product', 12 );
		$this->marks->flush();
		$this->assertSame( array( 'order 7 in 0', 'product 12 in 0' ), $this->database->marked()[1] );
		$this->assertCount( 2, $this->database->asked );
	}

	public function test_a_product_edited_by_itself_is_written_at_once(): void {
		$this->marks->mark( 'product', 12 );
		$this->assertSame( array( array( 'product 12 in 10' ) ), $this->database->marked() );
	}

	public function test_an_order_of_one_batch_holds_up_no_product_of_the_next(): void {
		$this->marks->mark( 'order', 7 );
		$this->marks->flush_now();
		$this->marks->mark( 'product', 12 );
		$this->assertSame( array( 'product 12 in 10' ), $this->database->marked()[2] );
	}

	public function test_what_comes_after_the_end_is_written_at_once_each_time(): void {
		$this->marks->flush();
		$this->marks->mark( 'order', 7 );
		$this->marks->mark( 'order', 7 );
		$this->marks->mark_items( 108 );
		$this->assertSame( array( array( 'order 7 in 0' ), array( 'order 7 in 0' ), array( 'order 8 in 0' ) ), $this->database->marked() );
	}

	public function test_the_end_comes_once(): void {
		$this->marks->mark( 'order', 7 );
		$this->marks->flush();
		$this->marks->flush();
		$this->assertCount( 2, $this->database->asked );
	}

	public function test_items_of_a_refund_are_a_change_of_its_order_and_of_a_known_order_none(): void {
		$this->marks->mark( 'order', 7 );
		$this->marks->mark_items( 7 );
		$this->marks->mark_items( 109 );
		$this->marks->flush();
		$this->assertSame( array( 'order 7 in 0', 'order 9 in 0' ), $this->database->marked()[1] );
	}

	public function test_a_table_that_cannot_be_written_is_asked_twice_and_nothing_is_sent(): void {
		$this->database->fails = 'Lock wait timeout exceeded';
		foreach ( array( 7, 8, 9 ) as $order ) {
			$this->marks->mark_urgent( $order );
		}
		$this->marks->flush();
		$this->assertCount( 2, $this->database->asked );
		$this->assertSame( array(), $this->marks->urgent() );
	}

	public function test_two_that_stand_in_each_others_way_lose_nothing(): void {
		$this->database->fails = 'Deadlock found when trying to get lock; try restarting transaction';
		$this->database->times = 2;
		$this->marks->mark_urgent( 7 );
		$this->assertCount( 3, $this->database->asked );
		$this->assertSame( array( 7 ), $this->marks->urgent() );
	}

	public function test_all_write_rows_in_the_same_order(): void {
		$this->marks->mark( 'order', 20 );
		foreach ( array( 12, 3, 7 ) as $product ) {
			$this->marks->mark( 'product', $product );
		}
		$this->marks->mark( 'order', 5 );
		$this->marks->flush();
		$last = $this->database->marked();
		$this->assertSame( array( 'order 5 in 0', 'order 20 in 0', 'product 3 in 0', 'product 7 in 0', 'product 12 in 0' ), end( $last ) );
	}

	public function test_woocommerce_finds_its_database_as_it_left_it(): void {
		$this->marks->mark( 'order', 7 );
		$this->assertSame( array( 7, 3, '' ), array( $this->database->insert_id, $this->database->rows_affected, $this->database->last_error ) );
	}

	public function test_ids_that_are_none_are_not_written(): void {
		$this->marks->mark( 'order', 0 );
		$this->marks->mark_urgent( -3 );
		$this->assertSame( array(), $this->database->asked );
	}
}
