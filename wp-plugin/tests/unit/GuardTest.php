<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Guard;
use Causeway\Services;
use PHPUnit\Framework\TestCase;

final class GuardTest extends TestCase {

	public function test_a_filter_that_fails_gives_back_what_it_was_given(): void {
		$guard = new Guard( new Services(), 'origin', 'no_such_method', true );
		$this->assertSame( array( 'kept' ), $guard( array( 'kept' ), 'more' ) );
		$this->assertNull( $guard() );
	}

	public function test_an_action_that_fails_says_nothing(): void {
		$guard = new Guard( new Services(), 'origin', 'no_such_method', false );
		$this->assertNull( $guard( 'given' ) );
	}

	public function test_a_service_that_cannot_be_made_fails_as_quietly(): void {
		$guard = new Guard( new Services(), 'no_such_service', 'run', true );
		$this->assertSame( 'kept', $guard( 'kept' ) );
	}

	public function test_wrong_arguments_of_another_plugin_do_no_harm(): void {
		$guard = new Guard( new Services(), 'origin', 'silence_products', false );
		$this->assertNull( $guard( 'no list' ) );
	}

	public function test_a_filter_that_works_gives_its_answer(): void {
		$guard = new Guard( new Services(), 'origin', 'is_silenced', true );
		$this->assertFalse( $guard( 7 ) );
	}

	public function test_what_needs_a_service_that_nobody_made_does_not_make_one(): void {
		$services = new Services();
		$guard    = new Guard( $services, 'origin', 'is_silenced', true, 'origin' );
		$this->assertSame( 7, $guard( 7 ) );
		$this->assertFalse( $services->has( 'origin' ) );
		$services->origin();
		$this->assertFalse( $guard( 7 ) );
	}
}
