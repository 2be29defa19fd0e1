<?php
/**
 * Loads Causeway's classes by PSR-4.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Maps `Causeway\Outbox\Sender` to `src/Outbox/Sender.php`.
 */
final class Autoloader {

	private const PREFIX = 'Causeway\\';

	/**
	 * Start loading classes from a folder.
	 *
	 * @param string $folder Where the namespace begins, without a slash at its end.
	 */
	public static function register( string $folder ): void {
		spl_autoload_register(
			static function ( string $name ) use ( $folder ): void {
				$file = self::file_of( $folder, $name );
				if ( null !== $file && is_file( $file ) ) {
					require_once $file;
				}
			}
		);
	}

	/**
	 * The file that would hold a class; null for a class that is not ours.
	 *
	 * @param string $folder Where the namespace begins.
	 * @param string $name   The class's full name.
	 */
	public static function file_of( string $folder, string $name ): ?string {
		if ( 0 !== strpos( $name, self::PREFIX ) ) {
			return null;
		}
		$path = str_replace( '\\', '/', substr( $name, strlen( self::PREFIX ) ) );
		return preg_match( '~^[A-Za-z0-9/]+$~', $path ) ? "$folder/$path.php" : null;
	}
}
