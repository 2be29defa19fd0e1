<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Feed\Refusal;
use Causeway\Feed\Update;
use Causeway\Product\Download;
use Causeway\Product\Fields;
use Causeway\Product\Said;
use PHPUnit\Framework\TestCase;

final class ProductTest extends TestCase {

	protected function tearDown(): void {
		unset( $GLOBALS['options'] );
	}

	private static function update( array $data, string $id = '0', string $key = 'k' ): Update {
		return Update::read( array( 'id' => '1', 'key' => $key, 'kind' => 'product', 'entity' => 'product', 'entity_id' => $id, 'data' => $data ) );
	}

	public function test_updates_of_products_that_are_not_there_do_not_wait_for_each_other(): void {
		$one = self::update( array( 'sku' => 'A' ) );
		$this->assertNotSame( $one->entity_id, self::update( array( 'sku' => 'B' ) )->entity_id );
		$this->assertSame( $one->entity_id, self::update( array( 'sku' => 'A' ), '0', 'other' )->entity_id );
		$this->assertSame( 0, Said::read( $one )->product_id );
		$this->assertSame( 7, Said::read( self::update( array( 'sku' => 'A' ), '7' ) )->product_id );
	}

	public function test_what_is_said_is_checked_and_what_is_not_known_left_out(): void {
		$said = Said::read( self::update( array( 'sku' => 'A', 'fields' => array( 'name' => 'N', 'secret' => 'x', 'description' => null, 'weight_kg' => '1.25' ) ) ) );
		$this->assertSame( array( 'name' => 'N', 'weight_kg' => '1.25' ), $said->fields );
		foreach ( array(
			'name'       => 7,
			'weight_kg'  => '-1',
			'images'     => 'https://x.example/a.png',
			'categories' => array( array() ),
			'attributes' => array( array( 'name' => '', 'values' => array() ) ),
			'active'     => 'yes',
		) as $name => $bad ) {
			try {
				Said::read( self::update( array( 'sku' => 'A', 'fields' => array( $name => $bad ) ) ) );
				$this->fail( "A bad “{$name}” was read." );
			} catch ( Refusal $refusal ) {
				$this->assertStringContainsString( "“{$name}”", $refusal->getMessage() );
			}
		}
	}

	public function test_reads_what_the_sidecar_says_of_products(): void {
		foreach ( Golden::read( 'products.json' )['updates'] as $case ) {
			$said = Said::read( self::update( $case['data'], '' === $case['product_id'] ? '0' : $case['product_id'] ) );
			$this->assertSame( $case['data']['fields'], $said->fields );
			$this->assertSame( array( $case['data']['sku'], (string) $case['data']['gtin'], (string) $case['data']['parent_sku'] ), array( $said->sku, $said->gtin, $said->parent_sku ) );
			$this->assertSame( (int) $case['product_id'], $said->product_id );
		}
	}

	public function test_only_a_product_with_attributes_that_vary_has_variations(): void {
		$attributes = array( array( 'name' => 'Size', 'values' => array( 'S' ), 'varies' => true ) );
		$this->assertTrue( Said::read( self::update( array( 'sku' => 'A', 'fields' => array( 'attributes' => $attributes ) ) ) )->varies() );
		$this->assertFalse( Said::read( self::update( array( 'sku' => 'A-S', 'parent_sku' => 'A', 'fields' => array( 'attributes' => $attributes ) ) ) )->varies() );
		$this->assertFalse( Said::read( self::update( array( 'sku' => 'A' ) ) )->varies() );
	}

	public function test_pictures_come_from_named_hosts_only(): void {
		$hosts = array( 'cdn.example.com', '*.pim.example', '10.0.0.5:8080', '127.0.0.1' );
		foreach ( array( 'https://cdn.example.com/a.png?v=1#x', 'https://CDN.example.com/a', 'https://a.pim.example/x', 'https://a.b.pim.example/x', 'http://10.0.0.5:8080/x', 'http://127.0.0.1/x' ) as $url ) {
			$this->assertTrue( Download::is_allowed( $url, $hosts ), $url );
		}
		foreach ( array( 'http://cdn.example.com/a.png', 'https://pim.example/x', 'https://evilpim.example/x', 'https://cdn.example.com:444/x', 'https://cdn.example.com@evil.example/x', 'https://user:word@cdn.example.com/x', 'file:///etc/passwd', '//cdn.example.com/x', 'ftp://cdn.example.com/x', 'https://evil.example/?cdn.example.com', 'http://10.0.0.5/x', 'https://cdn.example.com.evil.example/x', '' ) as $url ) {
			$this->assertFalse( Download::is_allowed( $url, $hosts ), $url );
		}
		$this->assertFalse( Download::is_allowed( 'https://cdn.example.com/a.png', array() ) );
	}

	public function test_hosts_are_read_one_a_line(): void {
		$GLOBALS['options']['causeway_image_hosts'] = "CDN.example.com\r\n *.pim.example, x:81 \n";
		$this->assertSame( array( 'cdn.example.com', '*.pim.example', 'x:81' ), Download::hosts() );
		$GLOBALS['options']['causeway_image_hosts'] = array( 'x' );
		$this->assertSame( array(), Download::hosts() );
	}

	public function test_only_what_is_a_picture_is_taken_for_one(): void {
		$path = tempnam( sys_get_temp_dir(), 'picture' );
		$gif  = base64_decode( 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7' );
		file_put_contents( $path, $gif );
		$this->assertSame( 'gif', Download::type( $path ) );
		$huge = $gif;
		$huge = substr_replace( $huge, pack( 'vv', 60000, 60000 ), 6, 4 );
		foreach ( array( 'megapixels' => $huge, 'no JPEG' => '<svg xmlns="http://www.w3.org/2000/svg"/>', 'megabytes' => $gif . str_repeat( "\0", Download::MOST_BYTES ) ) as $words => $bytes ) {
			file_put_contents( $path, $bytes );
			clearstatcache();
			try {
				Download::type( $path );
				$this->fail( "It was taken: $words" );
			} catch ( Refusal $refusal ) {
				$this->assertStringContainsString( $words, $refusal->getMessage() );
			}
		}
		unlink( $path );
	}

	public function test_a_field_nobody_decided_about_is_causeways(): void {
		$GLOBALS['options']['causeway_product_fields'] = array( 'name' => 'never', 'description' => 'unedited', 'images' => 'nonsense' );
		$this->assertSame( array( Fields::NEVER, Fields::UNEDITED, Fields::ALWAYS, Fields::ALWAYS ), array_map( array( Fields::class, 'mode' ), array( 'name', 'description', 'images', 'weight_kg' ) ) );
	}
}
