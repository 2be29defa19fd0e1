<?php
/**
 * The plugin's languages.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * Names the folder of our own translations. WordPress reads it when the first string is asked for.
 */
final class Translations {

	private const DOMAIN = 'causeway-for-woocommerce';

	/**
	 * At `init`, and not before.
	 */
	public function load(): void {
		load_plugin_textdomain( 'causeway-for-woocommerce', false, dirname( plugin_basename( CAUSEWAY_PLUGIN_FILE ) ) . '/languages' ); // phpcs:ignore PluginCheck.CodeAnalysis.DiscouragedFunctions.load_plugin_textdomainFound -- ours come with the plugin.
	}

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
