<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Transport\SignatureError;
use Causeway\Transport\Signer;
use PHPUnit\Framework\TestCase;

final class SignerTest extends TestCase {

	public function good(): iterable {
		foreach ( Golden::read( 'signatures.json' )['good'] as $case ) {
			yield $case['about'] => array( $case );
		}
	}

	public function bad(): iterable {
		foreach ( Golden::read( 'signatures.json' )['bad'] as $case ) {
			yield $case['about'] => array( $case );
		}
	}

	/** @dataProvider good */
	public function test_makes_the_very_signatures_the_sidecar_makes( array $case ): void {
		$headers = ( new Signer( $case['secrets'] ) )->headers( Golden::text( $case['id'] ), $case['timestamp'], self::payload( $case ) );
		$this->assertSame( $case['signature'], $headers[ Signer::SIGNATURE ] );
	}

	/** @dataProvider good */
	public function test_believes_what_is_signed( array $case ): void {
		$golden  = Golden::read( 'signatures.json' );
		$headers = array(
			Signer::ID        => Golden::text( $case['id'] ),
			Signer::TIMESTAMP => (string) $case['timestamp'],
			Signer::SIGNATURE => $case['signature'],
		);
		foreach ( $case['secrets'] as $secret ) {
			$id = ( new Signer( array( $secret ) ) )->verify( $headers, self::payload( $case ), $golden['now'], $golden['tolerance_seconds'] );
			$this->assertSame( Golden::text( $case['id'] ), $id );
		}
	}

	/** @dataProvider bad */
	public function test_refuses_all_else_and_says_why( array $case ): void {
		$golden  = Golden::read( 'signatures.json' );
		$headers = array_map( array( Golden::class, 'text' ), $case['headers'] );
		try {
			( new Signer( $case['secrets'] ) )->verify( $headers, self::payload( $case ), $golden['now'], $golden['tolerance_seconds'] );
			$this->fail( 'It was believed.' );
		} catch ( SignatureError $error ) {
			$this->assertSame( array( $case['reason'], $case['header'] ), array( $error->reason, $error->header ) );
		}
	}

	public function test_a_header_that_came_twice_is_refused(): void {
		$this->expectException( SignatureError::class );
		( new Signer( array() ) )->verify( array( Signer::ID => array( 'a', 'b' ) ), '', 0 );
	}

	public function test_without_a_secret_nothing_is_believed(): void {
		$headers = array( Signer::ID => 'a', Signer::TIMESTAMP => '1', Signer::SIGNATURE => 'v1,' );
		$this->expectException( SignatureError::class );
		( new Signer( array() ) )->verify( $headers, '', 1 );
	}

	private static function payload( array $case ): string {
		return isset( $case['payload_base64'] ) ? base64_decode( $case['payload_base64'] ) : Golden::text( $case['payload'] );
	}
}
