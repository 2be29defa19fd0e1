<?php
/**
 * Letting go of what was read.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps long runs small and their readings fresh.
 */
final class Memory {

	private const MOST = 0.8;

	/**
	 * Forget what WordPress remembers of this request. Object caches that cannot do that alone are
	 * left as they are: flushing them whole would slow the shop down.
	 */
	public static function release(): void {
		if ( wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
		}
	}

	/**
	 * Whether memory is nearly used up: the next run goes on.
	 */
	public static function is_full(): bool {
		$limit = wp_convert_hr_to_bytes( (string) ini_get( 'memory_limit' ) );
		return $limit > 0 && memory_get_usage( true ) > $limit * self::MOST;
	}
}
