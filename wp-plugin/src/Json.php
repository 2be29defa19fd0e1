<?php
/**
 * JSON as it goes over the wire.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Encodes the same value to the same text on every server.
 */
final class Json {

	private const FLAGS = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION;

	/**
	 * The text of a value. Bytes that are no UTF-8 become the replacement character.
	 *
	 * @param mixed $value What to write.
	 * @throws \RuntimeException When it cannot be written: nested too deeply, or no number.
	 */
	public static function encode( $value ): string {
		// Some servers set 17 here, which writes 14.9 as 14.900000000000000355.
		$precision = ini_set( 'serialize_precision', '-1' ); // phpcs:ignore WordPress.PHP.IniSet.Risky, Squiz.PHP.DiscouragedFunctions.Discouraged
		try {
			$text = json_encode( $value, self::FLAGS, 250 ); // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode
		} finally {
			if ( false !== $precision ) {
				ini_set( 'serialize_precision', $precision ); // phpcs:ignore WordPress.PHP.IniSet.Risky, Squiz.PHP.DiscouragedFunctions.Discouraged
			}
		}
		if ( false === $text ) {
			throw new \RuntimeException( 'it cannot be written as JSON: ' . json_last_error_msg() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $text;
	}

	/**
	 * The object a text holds; null when it is no JSON object or list.
	 *
	 * @param string $text JSON.
	 * @return array|null
	 */
	public static function decode( string $text ): ?array {
		$value = json_decode( $text, true, 64 );
		return is_array( $value ) ? $value : null;
	}
}
