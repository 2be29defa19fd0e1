<?php
/**
 * Takes the plugin's traces away, where the owner asked for it.
 *
 * Nothing is removed unless “Remove data” is on in the settings; and while events wait to be sent,
 * nothing is removed unless the owner let them go there within the last hour, or
 * CAUSEWAY_DISCARD_UNSENT is set in wp-config.php.
 *
 * @package Causeway
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/src/Autoloader.php';
Causeway\Autoloader::register( __DIR__ . '/src' );
Causeway\Uninstaller::run();
