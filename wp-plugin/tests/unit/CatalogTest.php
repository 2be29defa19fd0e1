<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Catalog\Line;
use Causeway\Catalog\LiveBreaker;
use Causeway\Catalog\Sales;
use Causeway\Catalog\Tiers;
use PHPUnit\Framework\TestCase;

final class CatalogTest extends TestCase {

	private const ROW = array( 'sku' => 'MUG', 'quantity' => '5', 'currency' => 'EUR' );

	public function test_tiers_are_kept_in_one_order_and_read_back(): void {
		$one   = array( 'group' => '', 'min_quantity' => '10', 'regular_price' => '8.00', 'sale_price' => null );
		$other = array( 'group' => 'Händler', 'min_quantity' => '1', 'regular_price' => '7.00', 'sale_price' => '6.50' );
		$this->assertSame( Tiers::read( array( $one, $other ) ), Tiers::read( array( $other, $one ) ) );
		$this->assertSame( array( array( '', '10', '8.00', null ), array( 'Händler', '1', '7.00', '6.50' ) ), Tiers::of( Tiers::read( array( $other, $one ) ) ) );
		$this->assertNull( Tiers::read( null ) );
		$this->assertNull( Tiers::read( array() ) );
	}

	public function test_a_value_that_is_none_has_no_tiers(): void {
		foreach ( array( '', 'x', '{"a":1}', '[1,2]', null, array( 'x' ), '[["a"]]' ) as $value ) {
			$this->assertSame( array(), Tiers::of( $value ) );
		}
	}

	public function test_tiers_without_sense_are_named(): void {
		$good = array( 'group' => '', 'min_quantity' => '10', 'regular_price' => '8.00' );
		foreach ( array( 'group' => 7, 'min_quantity' => 'many', 'regular_price' => null, 'sale_price' => '-1' ) as $member => $value ) {
			try {
				Line::read( array_merge( self::ROW, array( 'price_tiers' => array( array_merge( $good, array( $member => $value ) ) ) ) ) );
				$this->fail( "A tier with a bad “{$member}” was read." );
			} catch ( UnexpectedValueException $error ) {
				$this->assertStringContainsString( "“{$member}”", $error->getMessage() );
			}
		}
		$this->expectException( UnexpectedValueException::class );
		Tiers::read( array_fill( 0, 51, $good ) );
	}

	/**
	 * @dataProvider holding
	 */
	public function test_the_cheapest_of_the_steps_reached_holds( array $groups, float $pieces, ?string $price ): void {
		$tiers = array( array( '', '10', '9.00', null ), array( '', '50', '8.00', null ), array( 'Trade', '1', '8.50', null ), array( 'Trade', '20', '8.20', '7.00' ), array( 'VIP', '1', '1.00', null ) );
		$tier  = Tiers::holding( $tiers, $groups, $pieces );
		$this->assertSame( $price, null === $tier ? null : ( $tier[3] ?? $tier[2] ) );
	}

	public function holding(): array {
		return array(
			'a guest with one'        => array( array(), 1, null ),
			'a guest with ten'        => array( array(), 10, '9.00' ),
			'a guest with 49'         => array( array(), 49.5, '9.00' ),
			'a guest with fifty'      => array( array(), 50, '8.00' ),
			'a dealer with one'       => array( array( 'trade' ), 1, '8.50' ),
			'a dealer with ten'       => array( array( 'trade' ), 10, '8.50' ),
			'a dealer with twenty'    => array( array( 'trade' ), 20, '7.00' ),
			'of two groups the better' => array( array( 'trade', 'vip' ), 20, '1.00' ),
		);
	}

	public function test_days_are_the_shops_own(): void {
		$line = Line::read( array_merge( self::ROW, array( 'sale_from' => '2026-03-29', 'sale_until' => '2026-03-29' ) ) );
		$this->assertSame( 23 * 3600 - 1, (int) $line->sale_until - (int) $line->sale_from ); // The clock goes forward that day.
		foreach ( array( '2026-02-30', '29.3.2026', 7, '2026-03-29T00:00:00Z', '' ) as $bad ) {
			try {
				Line::read( array_merge( self::ROW, array( 'sale_until' => $bad ) ) );
				$this->fail( 'A day that is none was read.' );
			} catch ( UnexpectedValueException $error ) {
				$this->assertStringContainsString( '“sale_until”', $error->getMessage() );
			}
		}
	}

	/**
	 * @dataProvider stocks
	 */
	public function test_what_is_sold_and_not_counted_comes_off( float $figure, float $uncounted, float $held, float $stock ): void {
		$this->assertSame( $stock, Sales::stock_for( $figure, (object) array( 'uncounted' => $uncounted, 'held' => $held ) ) );
	}

	public function stocks(): array {
		return array(
			'nothing on its way'         => array( 10, 0, 0, 10.0 ),
			'three sold'                 => array( 10, 3, 0, 7.0 ),
			'more sold than there is'    => array( 2, 3, 0, 0.0 ),
			'the figure owes already'    => array( -2, 3, 0, -2.0 ),
			'one waits for its payment'  => array( 0, 0, 1, 1.0 ),
			'both'                       => array( 5, 2, 1, 4.0 ),
			'parts of a piece'           => array( 2.5, 0.25, 0, 2.25 ),
		);
	}

	public function test_the_wait_after_silence_doubles_up_to_five_minutes(): void {
		$this->assertSame( array( 15, 30, 60, 120, 240, 300, 300 ), array_map( array( LiveBreaker::class, 'rest' ), range( 1, 7 ) ) );
		$this->assertSame( 300, LiveBreaker::rest( 1000 ) );
		$this->assertSame( 15, LiveBreaker::rest( 0 ) );
	}
}
