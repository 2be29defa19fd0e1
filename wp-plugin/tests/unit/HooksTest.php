<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Hooks;
use Causeway\Services;
use PHPUnit\Framework\TestCase;

final class HooksTest extends TestCase {

	public function test_every_row_names_a_method_that_takes_what_the_hook_gives(): void {
		foreach ( Hooks::TABLE as $row ) {
			list( $kind, $hook, $service, $name, , $count ) = $row;
			$class  = ( new ReflectionMethod( Services::class, $service ) )->getReturnType()->getName();
			$method = new ReflectionMethod( $class, $name );
			$this->assertTrue( $method->isPublic(), $hook );
			$this->assertLessThanOrEqual( $count, $method->getNumberOfRequiredParameters(), $hook );
			$this->assertContains( $kind, array( 'action', 'filter' ), $hook );
		}
	}

	public function test_every_condition_is_known_or_a_service(): void {
		$known = array_filter( ( new ReflectionClass( Hooks::class ) )->getConstants(), 'is_string' );
		foreach ( Hooks::TABLE as $row ) {
			$condition = $row[6] ?? '';
			if ( '' !== $condition && ! in_array( $condition, $known, true ) ) {
				$this->assertTrue( method_exists( Services::class, $condition ), $condition );
			}
		}
		$this->assertCount( 4, $known );
	}

	public function test_what_captures_and_what_works_by_schedule_is_there_in_every_request(): void {
		foreach ( Hooks::TABLE as $row ) {
			if ( '_capture' === substr( $row[2], -8 ) || 'worker' === $row[2] ) {
				$this->assertArrayNotHasKey( 6, $row, $row[1] );
			}
		}
	}
}
