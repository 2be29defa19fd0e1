<?php
/**
 * A persistent object cache for a test shop, kept in files: like those on Redis or Memcached it outlives
 * the request, is shared by all processes, and each process remembers what it has read.
 */

// phpcs:disable
defined( 'ABSPATH' ) || exit;

class WP_Object_Cache {
	private $read = array();
	private $global = array();
	private $passing = array();
	private $site;

	public function __construct() {
		$this->site = is_multisite() ? get_current_blog_id() : 0;
	}
	private function name( $key, $group ) {
		$group = '' === (string) $group ? 'default' : $group;
		return ( isset( $this->global[ $group ] ) ? 'all' : $this->site ) . '-' . $group . '/' . md5( $key );
	}
	private function file( $name ) {
		return CAUSEWAY_SHOP_STATE . '/object-cache/' . preg_replace( '~[^\w/-]~', '_', $name );
	}
	public function get( $key, $group = 'default', $force = false, &$found = null ) {
		$name = $this->name( $key, $group );
		if ( ! isset( $this->read[ $name ] ) || ( $force && ! isset( $this->passing[ $group ] ) ) ) {
			$text = isset( $this->passing[ $group ] ) ? false : @file_get_contents( $this->file( $name ) );
			$kept = false === $text ? false : @unserialize( $text );
			if ( ! is_array( $kept ) || ( $kept[0] && $kept[0] < time() ) ) {
				unset( $this->read[ $name ] );
				$found = false;
				return false;
			}
			$this->read[ $name ] = $kept;
		}
		$found = true;
		$value = $this->read[ $name ][1];
		return is_object( $value ) ? clone $value : $value;
	}
	public function set( $key, $value, $group = 'default', $expire = 0, $new = false ) {
		$name = $this->name( $key, $group );
		$kept = array( $expire ? time() + (int) $expire : 0, is_object( $value ) ? clone $value : $value );
		if ( ! isset( $this->passing[ $group ] ) ) {
			$file = $this->file( $name );
			is_dir( dirname( $file ) ) || @mkdir( dirname( $file ), 0700, true );
			$part = $file . '.' . getmypid();
			file_put_contents( $part, serialize( $kept ) );
			if ( $new && ! @link( $part, $file ) ) {
				$this->get( $key, $group, true, $there );
				$there || rename( $part, $file );
				@unlink( $part );
				return ! $there;
			}
			$new ? unlink( $part ) : rename( $part, $file );
		} elseif ( $new && isset( $this->read[ $name ] ) ) {
			return false;
		}
		$this->read[ $name ] = $kept;
		return true;
	}
	public function delete( $key, $group = 'default' ) {
		$name  = $this->name( $key, $group );
		$there = isset( $this->read[ $name ] );
		unset( $this->read[ $name ] );
		return ( ! isset( $this->passing[ $group ] ) && @unlink( $this->file( $name ) ) ) || $there;
	}
	public function add_to( $key, $by, $group ) {
		$value = $this->get( $key, $group, true, $found );
		return $found && $this->set( $key, max( 0, (int) $value + $by ), $group ) ? max( 0, (int) $value + $by ) : false;
	}
	public function forget( $folder = '*' ) {
		$this->read = array();
		array_map( 'unlink', array_filter( glob( CAUSEWAY_SHOP_STATE . "/object-cache/$folder/*" ) ?: array(), 'is_file' ) );
		return true;
	}
	public function flush_group( $group ) {
		return $this->forget( preg_replace( '~[^\w-]~', '_', dirname( $this->name( '', $group ) ) ) );
	}
	public function flush_runtime() {
		$this->read = array();
		return true;
	}
	public function share( $groups ) {
		$this->global += array_fill_keys( (array) $groups, true );
	}
	public function pass( $groups ) {
		$this->passing += array_fill_keys( (array) $groups, true );
	}
	public function go_to( $site ) {
		$this->site = is_multisite() ? (int) $site : 0;
	}
}

function wp_cache_init() {
	$GLOBALS['wp_object_cache'] = new WP_Object_Cache();
}
function wp_cache_get( $key, $group = '', $force = false, &$found = null ) {
	return $GLOBALS['wp_object_cache']->get( $key, $group, $force, $found );
}
function wp_cache_set( $key, $data, $group = '', $expire = 0 ) {
	return $GLOBALS['wp_object_cache']->set( $key, $data, $group, $expire );
}
function wp_cache_add( $key, $data, $group = '', $expire = 0 ) {
	return ! wp_suspend_cache_addition() && $GLOBALS['wp_object_cache']->set( $key, $data, $group, $expire, true );
}
function wp_cache_replace( $key, $data, $group = '', $expire = 0 ) {
	$GLOBALS['wp_object_cache']->get( $key, $group, true, $found );
	return $found && $GLOBALS['wp_object_cache']->set( $key, $data, $group, $expire );
}
function wp_cache_delete( $key, $group = '' ) {
	return $GLOBALS['wp_object_cache']->delete( $key, $group );
}
function wp_cache_incr( $key, $offset = 1, $group = '' ) {
	return $GLOBALS['wp_object_cache']->add_to( $key, $offset, $group );
}
function wp_cache_decr( $key, $offset = 1, $group = '' ) {
	return $GLOBALS['wp_object_cache']->add_to( $key, -$offset, $group );
}
function wp_cache_flush() {
	return $GLOBALS['wp_object_cache']->forget();
}
function wp_cache_flush_group( $group ) {
	return $GLOBALS['wp_object_cache']->flush_group( $group );
}
function wp_cache_flush_runtime() {
	return $GLOBALS['wp_object_cache']->flush_runtime();
}
function wp_cache_supports( $feature ) {
	return in_array( $feature, array( 'flush_runtime', 'flush_group' ), true );
}
function wp_cache_add_global_groups( $groups ) {
	$GLOBALS['wp_object_cache']->share( $groups );
}
function wp_cache_add_non_persistent_groups( $groups ) {
	$GLOBALS['wp_object_cache']->pass( $groups );
}
function wp_cache_switch_to_blog( $site ) {
	$GLOBALS['wp_object_cache']->go_to( $site );
}
function wp_cache_close() {
	return true;
}
