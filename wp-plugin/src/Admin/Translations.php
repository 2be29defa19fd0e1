<?php
/**
 * The plugin's languages.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Finds the nearest language we have.
 */
final class Translations {

	private const DOMAIN = 'causeway-for-woocommerce';

	/**
	 * Who reads German of another country, or formal German, reads ours: it is formal.
	 *
	 * @param mixed $file   Where WordPress looks for a language.
	 * @param mixed $domain Whose.
	 * @return mixed
	 */
	public function nearest( $file, $domain ) {
		if ( self::DOMAIN !== $domain || ! is_string( $file ) || is_readable( $file ) ) {
			return $file;
		}
		return preg_replace( '~-de_\w+\.mo\z~', '-de_DE.mo', $file );
	}
}
