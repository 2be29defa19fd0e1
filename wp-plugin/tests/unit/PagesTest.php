<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Catalog\Page as CatalogPage;
use Causeway\Feed\Acknowledgement;
use Causeway\Feed\Page as FeedPage;
use Causeway\Json;
use Causeway\Transport\Address;
use Causeway\Transport\Advice;
use Causeway\Transport\Answer;
use Causeway\Transport\Failure;
use Causeway\Transport\Problem;
use Causeway\Transport\TransportError;
use PHPUnit\Framework\TestCase;

final class PagesTest extends TestCase {

	public function test_reads_every_page_of_the_feed(): void {
		foreach ( Golden::folder( 'feed' ) as $name => $case ) {
			if ( 200 !== $case['answer']['status'] || ! isset( $case['answer']['body']['updates'] ) ) {
				continue;
			}
			$page = FeedPage::read( $case['answer']['body'] );
			$this->assertSame( array_column( $case['answer']['body']['updates'], 'key' ), array_column( $page->updates, 'key' ), $name );
			$this->assertSame( $case['answer']['body']['cursor'], (string) $page->cursor, $name );
			$this->assertSame( $case['answer']['body']['more'], $page->more, $name );
		}
	}

	public function test_acknowledges_as_the_contract_has_it(): void {
		$cases = array(
			'feed/ack.json'         => new Acknowledgement( 5, array() ),
			'feed/ack_refused.json' => new Acknowledgement( 4, array( 4 => 'the order is “cancelled” meanwhile' ) ),
		);
		foreach ( $cases as $name => $said ) {
			$this->assertSame( Golden::read( $name )['request']['body'], Json::decode( $said->json() ), $name );
		}
	}

	public function test_more_refusals_than_fit_are_told_one_acknowledgement_after_another(): void {
		$refused = array_fill( 7, Acknowledgement::MOST_REFUSED + 1, 'no such order' );
		$first   = new Acknowledgement( 900, $refused );
		$told    = Json::decode( $first->json() );
		$this->assertSame( array( true, 106, '106', 100 ), array( $first->more, $first->cursor, $told['cursor'], count( $told['refused'] ) ) );
		$last = new Acknowledgement( 900, array( 107 => 'no such order' ) );
		$this->assertSame( array( false, 900 ), array( $last->more, $last->cursor ) );
	}

	public function test_a_page_that_is_none_is_named_as_such(): void {
		$good = Golden::read( 'feed/updates_all.json' )['answer']['body'];
		foreach ( array( 'cursor' => 5, 'updates' => 'none' ) as $member => $value ) {
			$this->assertRefused( $member, array_merge( $good, array( $member => $value ) ) );
		}
		foreach ( array( 'id' => 'x', 'key' => '', 'kind' => null, 'entity_id' => 55, 'data' => 'x' ) as $member => $value ) {
			$bad                          = $good;
			$bad['updates'][1][ $member ] = $value;
			$this->assertRefused( $member, $bad );
		}
	}

	public function test_reads_every_page_of_the_catalog(): void {
		foreach ( Golden::folder( 'catalog' ) as $name => $case ) {
			if ( 200 !== $case['answer']['status'] ) {
				continue;
			}
			$body = $case['answer']['body'];
			$page = CatalogPage::read( $body );
			foreach ( array( 'sku', 'quantity', 'regular_price', 'sale_price', 'currency' ) as $member ) {
				$this->assertSame( array_column( $body['rows'], $member ), array_map( static fn( $line ) => $line->$member, $page->lines ), "$name $member" );
			}
			$this->assertSame( array( $body['cursor'], $body['more'] ), array( (string) $page->cursor, $page->more ), $name );
		}
	}

	public function test_a_line_without_sense_does_not_hold_up_its_neighbours(): void {
		$body                           = Golden::read( 'catalog/first_page.json' )['answer']['body'];
		$body['rows'][0]['quantity']    = 'many';
		$body['rows'][1]['regular_price'] = '-1.00';
		$page                           = CatalogPage::read( $body );
		$this->assertCount( count( $body['rows'] ) - 2, $page->lines );
		$this->assertCount( 2, $page->faults );
	}

	public function test_names_every_problem_of_the_wire(): void {
		$kinds = array(
			'bad-signature'  => TransportError::SECRET,
			'timestamp-skew' => TransportError::CLOCK,
			'unknown-store'  => TransportError::STORE,
			'body-too-large' => TransportError::TOO_LARGE,
			'not-found'      => TransportError::NOT_FOUND,
			'not-ready'      => TransportError::BUSY,
			'internal'       => TransportError::BUSY,
		);
		foreach ( Golden::folder( 'problems' ) as $name => $case ) {
			$said = $case['answer'];
			if ( 202 === $said['status'] ) {
				continue; // It is said of one event, in a batch that was taken.
			}
			$headers = array_change_key_case( $said['headers'] ?? array() );
			$error   = Failure::of_answer( new Answer( $said['status'], json_encode( $said['body'] ), $headers ) );
			$this->assertSame( $kinds[ $name ] ?? TransportError::REFUSED, $error->kind, $name );
			$this->assertSame( $name, $error->problem->type );
			$this->assertStringContainsString( $said['body']['remedy'], $error->getMessage() );
			$this->assertNotSame( '', Advice::of( $error->kind )[1], $name );
		}
	}

	public function test_names_answers_that_are_somebody_elses(): void {
		$kind = static fn( $status, $type, $body = '' ) => Failure::of_answer( new Answer( $status, $body, array( 'content-type' => $type ) ) )->kind;
		$this->assertSame( TransportError::FIREWALL, $kind( 403, 'text/html; charset=utf-8', '<html>' ) );
		$this->assertSame( TransportError::REDIRECT, $kind( 301, 'text/html' ) );
		$this->assertSame( TransportError::BUSY, $kind( 502, 'text/html' ) );
		$this->assertSame( TransportError::TOO_LARGE, $kind( 413, 'text/html' ) );
		$this->assertSame( TransportError::BUSY, $kind( 429, 'application/json' ) );
	}

	public function test_a_problem_of_nonsense_is_none(): void {
		foreach ( array( '', 'x', '[]', '{"type":1}', '"x"', str_repeat( '[', 100000 ) ) as $text ) {
			$this->assertNull( Problem::read( $text ) );
		}
	}

	public function test_orders_go_in_the_clear_on_private_ways_only(): void {
		foreach ( array( 'https://sidecar.example', 'https://sidecar.example:8443/causeway', 'http://127.0.0.1:8080', 'http://10.1.2.3', 'http://192.168.0.4:80', 'http://[::1]:8080', 'http://sidecar:8080', 'http://causeway.internal' ) as $url ) {
			$this->assertTrue( Address::is_acceptable( $url ), $url );
		}
		foreach ( array( 'http://sidecar.example', 'http://8.8.8.8', 'ftp://10.1.2.3', 'https://', 'https://user:word@sidecar.example', 'https://sidecar.example/?a=b', 'https://sidecar.example/#a', 'nonsense' ) as $url ) {
			$this->assertFalse( Address::is_acceptable( $url ), $url );
		}
	}

	private function assertRefused( string $member, array $body ): void {
		try {
			FeedPage::read( $body );
			$this->fail( "A page with a bad “{$member}” was read." );
		} catch ( UnexpectedValueException $error ) {
			$this->assertStringContainsString( "“{$member}”", $error->getMessage() );
		}
	}
}
