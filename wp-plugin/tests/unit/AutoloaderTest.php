<?php
/**
 * @package Causeway
 */

// phpcs:disable
use Causeway\Autoloader;
use PHPUnit\Framework\TestCase;

final class AutoloaderTest extends TestCase {

	public function test_maps_a_class_to_its_file(): void {
		$this->assertSame( '/x/Outbox/Sender.php', Autoloader::file_of( '/x', 'Causeway\\Outbox\\Sender' ) );
	}

	public function test_leaves_the_classes_of_others_alone(): void {
		$this->assertNull( Autoloader::file_of( '/x', 'Causewayish\\Sender' ) );
		$this->assertNull( Autoloader::file_of( '/x', 'WC_Order' ) );
	}

	public function test_leads_nowhere_else(): void {
		$this->assertNull( Autoloader::file_of( '/x', 'Causeway\\..\\..\\etc\\passwd' ) );
	}

	public function test_every_file_can_be_read_by_its_name_and_is_guarded(): void {
		$root = dirname( __DIR__, 2 ) . '/src';
		foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $root, FilesystemIterator::SKIP_DOTS ) ) as $file ) {
			$text = file_get_contents( $file->getPathname() );
			$name = substr( $file->getPathname(), strlen( $root ) + 1, -4 );
			$this->assertStringContainsString( "defined( 'ABSPATH' ) || exit;", $text, $name );
			$this->assertMatchesRegularExpression( '~^(final |abstract )?(class|interface|trait) ' . basename( $name ) . '\b~m', $text, $name );
		}
	}

	public function test_every_hook_leads_to_a_method(): void {
		$services = new ReflectionClass( Causeway\Services::class );
		foreach ( Causeway\Hooks::TABLE as list( $kind, $hook, $service, $method ) ) {
			$this->assertContains( $kind, array( 'action', 'filter' ), $hook );
			$this->assertTrue( $services->hasMethod( $service ), "$hook: $service" );
			$type = $services->getMethod( $service )->getReturnType()->getName();
			$this->assertTrue( method_exists( $type, $method ), "$hook: $type::$method" );
		}
	}
}
