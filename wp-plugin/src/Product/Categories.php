<?php
/**
 * Finds and makes categories.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Db;

defined( 'ABSPATH' ) || exit;

/**
 * Categories come as paths from the top, `Home > Kitchen`. What is missing is made, by one worker
 * at a time, so that none is made twice.
 */
final class Categories {

	private const TAXONOMY = 'product_cat';
	private const DEEPEST  = 8;

	/**
	 * The ids of these paths' last categories.
	 *
	 * @param string[] $paths Paths.
	 * @return int[]
	 */
	public static function ids( array $paths ): array {
		$ids = array();
		foreach ( $paths as $path ) {
			$names = array_values( array_filter( array_map( 'sanitize_text_field', explode( '>', $path ) ), 'strlen' ) );
			$id    = 0;
			foreach ( array_slice( $names, 0, self::DEEPEST ) as $name ) {
				$id = self::id( $name, $id );
			}
			if ( $id ) {
				$ids[] = $id;
			}
		}
		return array_values( array_unique( $ids ) );
	}

	/**
	 * A category below another, made when it is missing.
	 *
	 * @param string $name  Its name.
	 * @param int    $above The other; 0 for the top.
	 * @throws \RuntimeException When WordPress will not have it.
	 */
	private static function id( string $name, int $above ): int {
		$found = term_exists( $name, self::TAXONOMY, $above );
		if ( ! $found ) {
			$lock = substr( md5( DB_NAME . Db::table( self::TAXONOMY ) ), 0, 32 );
			Db::value( 'SELECT GET_LOCK(%s, 10)', array( $lock ) );
			try {
				wp_cache_delete( 'last_changed', 'terms' );
				$found = term_exists( $name, self::TAXONOMY, $above );
				$found = $found ? $found : wp_insert_term( wp_slash( $name ), self::TAXONOMY, array( 'parent' => $above ) );
			} finally {
				Db::value( 'SELECT RELEASE_LOCK(%s)', array( $lock ) );
			}
		}
		if ( is_wp_error( $found ) ) {
			throw new \RuntimeException( "category “{$name}”: " . $found->get_error_message() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return (int) $found['term_id'];
	}
}
