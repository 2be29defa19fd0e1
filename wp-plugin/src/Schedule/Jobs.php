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
 *
 * Action Scheduler counts an interval from the end of the last run, and a system's cron looks once a
 * minute: what is due after sixty seconds is not due yet at the next look, and runs at every second
 * one. What is to run each minute is therefore due a little earlier.
 */
final class Jobs {

	public const TABLE = array(
		'causeway_send'      => array( 'send', 45 ),
		'causeway_poll'      => array( 'poll', 45 ),
		'causeway_catalog'   => array( 'catalog', 120 ),
		'causeway_reconcile' => array( 'reconcile', 900 ),
		'causeway_sweep'     => array( 'sweep', 86400 ),
		'causeway_purge'     => array( 'purge', 86400 ),
	);
}
