<?php
/**
 * The scheduled jobs, in one table.
 *
 * @package Causeway
 */

namespace Causeway\Schedule;

defined( 'ABSPATH' ) || exit;

/**
 * Each job's hook, the worker's method, and how often it runs, in seconds.
 */
final class Jobs {

	public const TABLE = array(
		'causeway_send'      => array( 'send', 60 ),
		'causeway_poll'      => array( 'poll', 60 ),
		'causeway_catalog'   => array( 'catalog', 120 ),
		'causeway_reconcile' => array( 'reconcile', 900 ),
		'causeway_sweep'     => array( 'sweep', 86400 ),
		'causeway_purge'     => array( 'purge', 86400 ),
	);
}
