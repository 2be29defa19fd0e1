<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\PairingCode;
use PHPUnit\Framework\TestCase;

final class PairingCodeTest extends TestCase {

	public function test_reads_what_the_sidecar_prints(): void {
		foreach ( Golden::read( 'pairing.json' )['good'] as $case ) {
			$code = PairingCode::read( $case['code'] );
			$this->assertSame( array( $case['url'], $case['store'], $case['secret'] ), array( $code->url, $code->store, $code->secret ) );
		}
	}

	public function test_forgives_what_copying_adds(): void {
		foreach ( Golden::read( 'pairing.json' )['also_read'] as $case ) {
			$this->assertSame( $case['store'], PairingCode::read( $case['code'] )->store, $case['about'] );
		}
	}

	public function test_refuses_what_is_not_whole(): void {
		foreach ( Golden::read( 'pairing.json' )['bad'] as $case ) {
			$this->assertNull( PairingCode::read( Golden::text( $case['code'] ) ), $case['about'] );
		}
	}
}
