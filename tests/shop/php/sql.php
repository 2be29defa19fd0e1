<?php
/**
 * Runs one statement without WordPress. Arguments: shop.json, {"sql": …, "values": […]}.
 * Prints the rows, or the number of rows changed, as JSON.
 */

// phpcs:disable
mysqli_report( MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT );
$shop  = json_decode( file_get_contents( $argv[1] ), true );
$given = json_decode( $argv[2], true );
try {
	$db = new mysqli( 'localhost', 'root', '', $shop['database'], 0, $shop['socket'] );
	$db->set_charset( 'utf8mb4' );
	$done = $db->prepare( $given['sql'] );
	$done->execute( $given['values'] ? $given['values'] : null );
	$rows = $done->get_result();
	echo json_encode( $rows ? $rows->fetch_all( MYSQLI_ASSOC ) : $done->affected_rows, JSON_THROW_ON_ERROR );
} catch ( mysqli_sql_exception $error ) {
	fwrite( STDERR, $error->getMessage() . "\n" );
	exit( 1 );
}
