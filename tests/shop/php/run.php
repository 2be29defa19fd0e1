<?php
/**
 * Runs the code of standard input inside WordPress.
 * Arguments: the document root, the values the code finds as variables (JSON), a file for its return value.
 */

// phpcs:disable
// With its port: a network of sites is found by it.
$_SERVER['HTTP_HOST'] = substr( json_decode( file_get_contents( dirname( $argv[1] ) . '/shop.json' ), true )['url'], strlen( 'http://' ) );
define( 'WP_DISABLE_FATAL_ERROR_HANDLER', true ); // its page of HTML would hide what happened
register_shutdown_function(
	function () {
		$last = error_get_last();
		if ( $last && $last['type'] & ( E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR ) ) {
			fwrite( STDERR, "{$last['message']} in {$last['file']}:{$last['line']}\n" );
		}
	}
);
try {
	require $argv[1] . '/wp-load.php';
	// No name of ours can stand in the way of a value's.
	$causeway_shop_returned = ( function () {
		extract( func_get_arg( 1 ) );
		return eval( func_get_arg( 0 ) );
	} )( stream_get_contents( STDIN ), json_decode( $argv[2], true ) );
	file_put_contents( $argv[3], wp_json_encode( $causeway_shop_returned ) );
} catch ( Throwable $error ) {
	fwrite( STDERR, get_class( $error ) . ": {$error->getMessage()} in {$error->getFile()}:{$error->getLine()}\n" );
	exit( 1 );
}
