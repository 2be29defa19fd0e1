<?php
/**
 * First of three steps, each a process of its own: the database and WordPress in it.
 */

// phpcs:disable
list( , $www, $arguments ) = $argv;
$given = json_decode( $arguments, true );
$shop  = json_decode( file_get_contents( dirname( $www ) . '/shop.json' ), true );

$db = new mysqli( 'localhost', 'root', '', '', 0, $shop['socket'] );
$db->query( 'CREATE DATABASE `' . $shop['database'] . '` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci' );
$db->close();

define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = parse_url( $shop['url'], PHP_URL_HOST );
require $www . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Causeway test shop', 'admin', 'admin@shop.example', false, '', $given['password'] );
