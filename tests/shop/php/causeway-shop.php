<?php
/**
 * Plugin Name: Causeway test shop
 * Description: Keeps mail and outgoing requests of a test shop, keeps it off the network, and makes faults on demand.
 */

// phpcs:disable
defined( 'ABSPATH' ) || exit;

/** Adds a line of JSON to a file of the shop's state folder. */
function causeway_shop_note( $file, array $line ) {
	$line = array( 'at' => microtime( true ), 'pid' => getmypid() ) + $line;
	file_put_contents( CAUSEWAY_SHOP_STATE . '/' . $file, wp_json_encode( $line ) . "\n", FILE_APPEND | LOCK_EX );
}

/** What is being served: "POST /?wc-ajax=checkout", or "cli". */
function causeway_shop_request() {
	return 'cli' === PHP_SAPI ? 'cli' : $_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI'];
}

// No mail leaves; each is kept.
add_filter(
	'pre_wp_mail',
	function ( $done, $mail ) {
		causeway_shop_note(
			'mail.jsonl',
			array(
				'to'      => $mail['to'],
				'subject' => $mail['subject'],
				'message' => $mail['message'],
				'headers' => $mail['headers'],
				'request' => causeway_shop_request(),
			)
		);
		return true;
	},
	10,
	2
);

// Only this machine is reached; each attempt is kept with its time and the request it was made in.
add_filter(
	'pre_http_request',
	function ( $answer, $arguments, $url ) {
		$host    = trim( (string) wp_parse_url( $url, PHP_URL_HOST ), '[]' );
		$blocked = ! in_array( $host, array( '127.0.0.1', 'localhost', '::1' ), true );
		causeway_shop_note(
			'http.jsonl',
			array(
				'method'      => $arguments['method'],
				'url'         => $url,
				'blocked'     => $blocked,
				'request'     => causeway_shop_request(),
				'in_shutdown' => (bool) did_action( 'shutdown' ),
			)
		);
		return $blocked ? new WP_Error( 'http_request_failed', 'A test shop reaches only its own machine.' ) : $answer;
	},
	1000,
	3
);

// WooCommerce of early 2025 registers patterns without content; what newer WordPress says to that is
// between those two.
add_filter(
	'doing_it_wrong_trigger_error',
	function ( $trigger, $function ) {
		return $trigger && 'WP_Block_Patterns_Registry::register' !== $function;
	},
	10,
	2
);

/** Does what a fault of faults.json says; counts how often it was done. */
function causeway_shop_fault( array $fault ) {
	if ( isset( $fault['request'] ) && ! preg_match( '~' . $fault['request'] . '~', causeway_shop_request() ) ) {
		return;
	}
	$seen = CAUSEWAY_SHOP_STATE . '/fault-' . $fault['id'];
	file_put_contents( $seen, '.', FILE_APPEND | LOCK_EX );
	clearstatcache( true, $seen );
	$count = filesize( $seen );
	if ( $count <= $fault['skip'] || ( $fault['times'] && $count > $fault['skip'] + $fault['times'] ) ) {
		return;
	}
	switch ( $fault['does'] ) {
		case 'throw':
			throw new Exception( 'A fault of the test shop.' );
		case 'error':
			throw new Error( 'A fault of the test shop.' );
		case 'exit':
			exit;
		case 'kill':
			posix_kill( getmypid(), 9 );
			sleep( 1 );
			break;
		case 'memory':
			ini_set( 'memory_limit', '64M' );
			$hoard = str_repeat( 'x', 512 << 20 );
			break;
		case 'sleep':
			usleep( (int) ( 1e6 * $fault['seconds'] ) );
			break;
	}
}

foreach ( is_file( CAUSEWAY_SHOP_STATE . '/faults.json' ) ? json_decode( file_get_contents( CAUSEWAY_SHOP_STATE . '/faults.json' ), true ) : array() as $fault ) {
	add_filter(
		$fault['hook'],
		function ( $value = null ) use ( $fault ) {
			causeway_shop_fault( $fault );
			return $value;
		},
		$fault['priority']
	);
}
unset( $fault );
