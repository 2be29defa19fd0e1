<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Payload\Content;
use Causeway\Payload\Event;
use PHPUnit\Framework\TestCase;

final class EventTest extends TestCase {

	private const VERSION = '1795190195123';

	public function test_has_the_members_of_a_good_envelope(): void {
		$golden = Golden::read( 'envelopes/good_single.json' )['request']['body']['events'][0];
		$event  = json_decode( self::event()->json, true );
		$this->assertEqualsCanonicalizing( array_keys( $golden ), array_keys( $event ) );
		$this->assertSame( (int) self::VERSION, $event['version'] );
		$this->assertSame( '2026-11-20T15:36:35Z', $event['occurred_at'] );
		$this->assertSame( '7', $event['entity_id'] );
	}

	public function test_the_same_content_has_the_same_id_and_other_content_another(): void {
		$this->assertSame( self::event()->id, self::event()->id );
		$this->assertMatchesRegularExpression( '~^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$~', self::event()->id );
		$ids = array(
			self::event()->id,
			self::event( array( 'order' => array( 'id' => 8 ) ) )->id,
			self::event( null, '1795190195124' )->id,
			Event::make( 'other', 'order', 7, self::VERSION, 0, self::content() )->id,
			Event::make( 'shop', 'order', 8, self::VERSION, 0, self::content() )->id,
			Event::make( 'shop', 'order', 7, self::VERSION, 0, new Content( 'order.deleted', 'woocommerce.order/3', self::content()->data ) )->id,
		);
		$this->assertCount( count( $ids ), array_unique( $ids ) );
	}

	public function test_makes_uuids_as_the_standard_does(): void {
		// RFC 9562, appendix A.4.
		$this->assertSame( '2ed6657d-e927-568b-95e1-2665a8aea6a2', Event::uuid5( '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com' ) );
	}

	public function test_the_orders_of_woocommerce_pass_through_unchanged(): void {
		foreach ( Golden::folder( 'woocommerce' ) as $name => $data ) {
			$event = json_decode( Event::batch( array( self::event( $data ) ) ), true )['events'][0];
			$this->assertSame( $data, $event['data'], $name );
		}
	}

	public function test_numbers_are_written_alike_on_every_server(): void {
		$before = ini_set( 'serialize_precision', '17' );
		$json   = self::event( array( 'price' => 14.9 ) )->json;
		ini_set( 'serialize_precision', $before );
		$this->assertStringContainsString( '{"price":14.9}', $json );
	}

	public function test_bytes_that_are_no_text_do_not_stop_an_order(): void {
		$event = json_decode( self::event( array( 'name' => "a\xffb" ) )->json, true );
		$this->assertSame( "a\u{fffd}b", $event['data']['name'] );
	}

	public function test_meta_in_another_order_is_the_same_content(): void {
		$meta  = array( (object) array( 'id' => 3, 'key' => 'a' ), (object) array( 'id' => 4, 'key' => 'b' ), (object) array( 'id' => 20, 'key' => 'c' ) );
		$items = array( array( 'id' => 1, 'meta_data' => array( array( 'id' => 8, 'key' => 'size' ), array( 'id' => 9, 'key' => 'colour' ) ) ) );
		$one   = array( 'order' => array( 'id' => 7, 'meta_data' => $meta, 'line_items' => $items ) );

		$items[0]['meta_data'] = array_reverse( $items[0]['meta_data'] );

		$other = array( 'order' => array( 'id' => 7, 'meta_data' => array_reverse( $meta ), 'line_items' => $items ) );
		$this->assertSame( self::event( $one )->id, self::event( $other )->id );
		$this->assertSame( array( 3, 4, 20 ), array_column( json_decode( self::event( $other )->json, true )['data']['order']['meta_data'], 'id' ) );
	}

	public function test_times_of_saving_and_our_own_traces_are_no_change(): void {
		$one   = array( 'order' => array( 'id' => 7, 'date_modified' => 'a', 'meta_data' => array( array( 'key' => 'po', 'value' => 1 ) ) ) );
		$other = array( 'order' => array( 'id' => 7, 'date_modified' => 'b', 'meta_data' => array( array( 'key' => '_causeway_x', 'value' => 1 ), array( 'key' => 'po', 'value' => 1 ) ) ) );
		$this->assertSame( self::content( $one )->hash(), self::content( $other )->hash() );
		$other['order']['meta_data'][1]['value'] = 2;
		$this->assertNotSame( self::content( $one )->hash(), self::content( $other )->hash() );
	}

	/** What nobody waits for says so, and is the same event for that. */
	public function test_history_says_so_under_the_same_id(): void {
		$new = Event::make( 'shop', 'order', 7, self::VERSION, 0, self::content() );
		$old = Event::make( 'shop', 'order', 7, self::VERSION, 0, self::content(), true );
		$this->assertSame( $new->id, $old->id );
		$this->assertArrayNotHasKey( 'history', json_decode( $new->json, true ) );
		$this->assertTrue( json_decode( $old->json, true )['history'] );
	}

	private static function content( ?array $data = null ): Content {
		return new Content( 'order.updated', 'woocommerce.order/3', $data ?? array( 'order' => array( 'id' => 7 ), 'refunds' => array() ) );
	}

	private static function event( ?array $data = null, string $version = self::VERSION ): Event {
		return Event::make( 'shop', 'order', 7, $version, 1795188995, self::content( $data ) );
	}
}
