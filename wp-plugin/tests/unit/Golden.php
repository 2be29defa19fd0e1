<?php
/**
 * The golden files that both sides of the wire read.
 *
 * @package Causeway
 */

// phpcs:disable

/**
 * Reads `tests/contract/` of the repository.
 */
final class Golden {

	/**
	 * A file's JSON.
	 *
	 * @param string $name As `feed/updates_all.json`.
	 */
	public static function read( string $name ): array {
		$path = dirname( __DIR__, 3 ) . "/tests/contract/$name";
		return json_decode( (string) file_get_contents( $path ), true, 512, JSON_THROW_ON_ERROR );
	}

	/**
	 * All files of a folder, by name.
	 *
	 * @param string $folder As `envelopes`.
	 */
	public static function folder( string $folder ): array {
		$found = array();
		foreach ( glob( dirname( __DIR__, 3 ) . "/tests/contract/$folder/*.json" ) as $path ) {
			$found[ basename( $path, '.json' ) ] = json_decode( (string) file_get_contents( $path ), true, 512, JSON_THROW_ON_ERROR );
		}
		return $found;
	}

	/**
	 * A text, or one that is too long to be read and is written short.
	 *
	 * @param mixed $value As the files have it.
	 */
	public static function text( $value ): string {
		return is_array( $value ) ? ( $value['prefix'] ?? '' ) . str_repeat( $value['repeat'], $value['times'] ) : (string) $value;
	}
}
