<?php
/**
 * Runs the code of standard input inside WordPress.
 * Arguments: the document root, the values the code finds as variables (JSON), a file for its return value.
 */

// phpcs:disable
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require $argv[1] . '/wp-load.php';
( function ( $code, array $values, $result ) {
	extract( $values );
	$returned = eval( $code );
	file_put_contents( $result, wp_json_encode( $returned ) );
} )( stream_get_contents( STDIN ), json_decode( $argv[2], true ), $argv[3] );
