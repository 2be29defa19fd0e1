<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Capture\Marks;
use Causeway\Options;
use Causeway\Outbox\AfterResponse;
use Causeway\Outbox\Outbox;
use PHPUnit\Framework\TestCase;

/** As LiteSpeed has it; the command line has neither this nor PHP-FPM's. */
function litespeed_finish_request() {
	AfterResponseTest::$story[] = 'the customer has the answer';
}

final class AfterResponseTest extends TestCase {

	/** @var string[] What happened, in order. */
	public static $story = array();

	/** @var Marks */
	private $marks;

	/** @var AfterResponse */
	private $after;

	protected function setUp(): void {
		self::$story           = array();
		$GLOBALS['wpdb']       = new DatabaseOfStory();
		$GLOBALS['options']    = array( Options::PAIRING => array( 'url' => 'http://127.0.0.1:1', 'store' => 'shop' ) );
		$GLOBALS['doing_cron'] = false;
		$this->marks           = new Marks( new Outbox(), 'intval' );
		$this->after           = new AfterResponse( $this->marks, static fn() => new PartOfStory( 'sent' ), static fn() => new PartOfStory( 'polled' ) );
	}

	protected function tearDown(): void {
		unset( $GLOBALS['options'], $GLOBALS['doing_cron'] );
	}

	public function test_nothing_but_the_early_mark_comes_before_the_customers_answer(): void {
		$this->marks->mark_urgent( 7 );
		$this->end();
		$this->assertSame( array( 'marked', 'the customer has the answer', 'marked', 'sent order 7' ), self::$story );
	}

	public function test_without_an_order_the_customer_is_not_let_go_early(): void {
		$this->marks->mark( 'product', 12 );
		$this->end();
		$this->assertSame( array( 'marked', 'marked' ), self::$story );
	}

	public function test_a_request_that_touched_nothing_does_nothing(): void {
		$this->end();
		$this->assertSame( array(), self::$story );
	}

	public function test_a_poke_is_polled_when_its_answer_is_out(): void {
		$this->after->ask_for_poll();
		$this->end();
		$this->assertSame( array( 'the customer has the answer', 'polled' ), self::$story );
	}

	public function test_many_orders_at_once_are_left_to_the_worker(): void {
		foreach ( range( 1, 11 ) as $order ) {
			$this->marks->mark_urgent( $order );
		}
		self::$story = array();
		$this->end();
		$this->assertSame( array( 'marked' ), self::$story );
	}

	public function test_a_shop_that_is_not_paired_sends_nothing(): void {
		$GLOBALS['options'] = array();
		$this->marks->mark_urgent( 7 );
		$this->end();
		$this->assertSame( array( 'marked', 'marked' ), self::$story );
	}

	public function test_scheduled_work_is_left_to_the_worker(): void {
		$GLOBALS['doing_cron'] = true;
		$this->marks->mark_urgent( 7 );
		$this->end();
		$this->assertSame( array( 'marked', 'marked' ), self::$story );
	}

	public function test_an_order_touched_while_the_shop_shuts_down_is_sent_too(): void {
		$this->after->settle();
		$this->marks->mark_urgent( 7 );
		$this->after->run();
		$this->assertSame( array( 'marked', 'the customer has the answer', 'sent order 7' ), self::$story );
	}

	public function test_a_sender_that_breaks_down_does_no_harm(): void {
		$this->after = new AfterResponse( $this->marks, static function () { throw new Error( 'as the test wants' ); }, 'intval' );
		$this->marks->mark_urgent( 7 );
		$this->end();
		$this->assertSame( array( 'marked', 'the customer has the answer', 'marked' ), self::$story );
	}

	private function end(): void {
		$this->after->settle();
		$this->after->run();
	}
}

final class DatabaseOfStory extends Database {
	public function query( $sql ) {
		AfterResponseTest::$story[] = 'marked';
		return 1;
	}
}

final class PartOfStory {
	private $word;

	public function __construct( string $word ) {
		$this->word = $word;
	}

	public function run( int $seconds, ?array $only = null ): void {
		AfterResponseTest::$story[] = trim( $this->word . ' ' . implode( ', ', array_map( static fn( $pair ) => implode( ' ', $pair ), $only ?? array() ) ) );
	}
}
