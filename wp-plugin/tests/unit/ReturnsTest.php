<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Admin\Words;
use Causeway\Outbox\Outbox;
use Causeway\Payload\Returns;
use Causeway\Returns\Quantities;
use Causeway\Returns\Refused;
use PHPUnit\Framework\TestCase;

final class ReturnsTest extends TestCase {

	private const LEFT = array(
		7 => array( 'name' => 'Mug', 'left' => 2.0 ),
		8 => array( 'name' => 'Cloth by the metre', 'left' => 1.5 ),
	);

	public function test_what_fits_the_order_is_taken_and_empty_fields_are_left_out(): void {
		$this->assertSame( array( 7 => '2' ), Quantities::fitting( array( 7 => '2', 8 => '' ), self::LEFT ) );
		$this->assertSame( array( 7 => '1', 8 => '1.5' ), Quantities::fitting( array( 7 => 1, 8 => ' 1,50 ' ), self::LEFT ) );
		$this->assertSame( array( 8 => '0.25' ), Quantities::fitting( array( 7 => '0', 8 => '0.250' ), self::LEFT ) );
	}

	/**
	 * @dataProvider misfits
	 */
	public function test_what_does_not_fit_is_refused_with_a_sentence( array $wanted, string $why ): void {
		try {
			Quantities::fitting( $wanted, self::LEFT );
			$this->fail( 'It was taken.' );
		} catch ( Refused $refused ) {
			$this->assertStringContainsString( $why, $refused->getMessage() );
		}
	}

	public function misfits(): array {
		return array(
			'more than is left'   => array( array( 7 => '3' ), 'At most 2 of “Mug”' ),
			'a fraction too many' => array( array( 8 => '1.51' ), 'At most 1.5' ),
			'below zero'          => array( array( 7 => '-1' ), 'no number' ),
			'words'               => array( array( 7 => 'all' ), 'no number' ),
			'an exponent'         => array( array( 7 => '1e0' ), 'no number' ),
			'a list'              => array( array( 7 => array( 1 ) ), 'no number' ),
			'a strange line'      => array( array( 7 => '1', 9 => '1' ), 'none of this order' ),
			'nothing'             => array( array(), 'at least one' ),
			'zeros'               => array( array( 7 => '0', 8 => '' ), 'at least one' ),
		);
	}

	public function test_the_event_says_what_the_sidecar_reads(): void {
		$content = Returns::told( 55, array( 'id' => '55-1', 'lines' => array( 7 => '2' ), 'reason' => 'too small' ) );
		$this->assertSame( array( 'return.requested', 'causeway.return/1', false ), array( $content->topic, $content->schema, $content->is_deletion() ) );
		$this->assertSame(
			array(
				'return_id' => '55-1',
				'order_id'  => '55',
				'reason'    => 'too small',
				'lines'     => array( array( 'order_line_id' => '7', 'quantity' => '2' ) ),
			),
			$content->data
		);
	}

	public function test_a_return_goes_with_the_orders(): void {
		$this->assertSame( Outbox::LANES['order'], Outbox::LANES['return'] );
		$this->assertSame( 'Return of order 55', Words::entity( 'return', 55 ) );
	}
}
