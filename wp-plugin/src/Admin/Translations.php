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

	/**
	 * At `init`, and not before.
	 */
	public function load(): void {
		load_plugin_textdomain( 'causeway-for-woocommerce', false, dirname( plugin_basename( CAUSEWAY_PLUGIN_FILE ) ) . '/languages' ); // phpcs:ignore PluginCheck.CodeAnalysis.DiscouragedFunctions.load_plugin_textdomainFound -- ours come with the plugin.
	}
}
