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
		$this->assertCount( 7, $known );
	}

	public function test_what_is_loaded_together_for_a_checkout_is_there(): void {
		$classes = ( new ReflectionClass( Causeway\Plugin::class ) )->getConstant( 'OF_CHECKOUT' );
		$this->assertSame( array_fill( 0, count( $classes ), true ), array_map( 'class_exists', $classes ) );
	}

	public function test_what_captures_and_what_works_by_schedule_is_there_in_every_request(): void {
		foreach ( Hooks::TABLE as $row ) {
			if ( 'meta_changed' === $row[3] ) { // Meta of posts is nobody's order where orders are no posts.
				$this->assertSame( '(orders as posts)', $row[6], $row[1] );
			} elseif ( '_capture' === substr( $row[2], -8 ) || 'worker' === $row[2] ) {
				$this->assertArrayNotHasKey( 6, $row, $row[1] );
			}
		}
	}
}
