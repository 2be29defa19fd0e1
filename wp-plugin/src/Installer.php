<?php
/**
 * The plugin's tables.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Makes and changes the tables of the site being visited. On a network each site makes its own
 * when it first needs them.
 */
final class Installer {

	public const TABLES = array( 'outbox', 'inbox', 'catalog' );

	/**
	 * Make the tables when this version's are not there yet. One request does it, others go on.
	 */
	public function upgrade(): void {
		if ( Plugin::TABLES_VERSION === get_option( Options::DB_VERSION ) ) {
			return;
		}
		$lock = DB_NAME . Db::table( 'install' );
		if ( '1' !== Db::value( 'SELECT GET_LOCK(%s, 0)', array( substr( md5( $lock ), 0, 32 ) ) ) ) {
			return;
		}
		try {
			$this->install();
		} finally {
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( substr( md5( $lock ), 0, 32 ) ) );
		}
	}

	/**
	 * Make the tables, or bring them to this version's shape.
	 *
	 * @throws DbError When the database will not have them.
	 */
	public function install(): void {
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta( $this->schema() );
		foreach ( self::TABLES as $name ) {
			Db::value( 'SELECT COUNT(*) FROM (SELECT 1 FROM ' . Db::table( $name ) . ' LIMIT 1) t' );
		}
		Options::plant();
		Options::set( Options::DB_VERSION, Plugin::TABLES_VERSION );
	}

	/**
	 * Have the tables made again at the next request, because one was found missing.
	 */
	public static function ask_for_repair(): void {
		Options::forget( Options::DB_VERSION );
	}

	/**
	 * Our tables go with their site.
	 *
	 * @param string[] $tables What WordPress is about to drop.
	 * @return string[]
	 */
	public function tables_to_drop( array $tables ): array {
		return array_merge( $tables, array_map( array( Db::class, 'table' ), self::TABLES ) );
	}

	/**
	 * Drop the tables of this site.
	 */
	public static function drop(): void {
		foreach ( self::TABLES as $name ) {
			Db::run( 'DROP TABLE IF EXISTS ' . Db::table( $name ) );
		}
	}

	/**
	 * The tables as dbDelta wants to read them: one column a line, two spaces after PRIMARY KEY.
	 *
	 * Times are Unix seconds. States: 0 waiting, 1 claimed, 2 done; in the inbox 3 is refused.
	 */
	private function schema(): string {
		global $wpdb;
		$collate = $wpdb->get_charset_collate();
		$outbox  = Db::table( 'outbox' );
		$inbox   = Db::table( 'inbox' );
		$catalog = Db::table( 'catalog' );
		return "CREATE TABLE $outbox (
id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
entity varchar(20) NOT NULL,
entity_id bigint(20) unsigned NOT NULL,
seq bigint(20) unsigned NOT NULL,
sent_seq bigint(20) unsigned NOT NULL DEFAULT 0,
state tinyint(3) unsigned NOT NULL DEFAULT 0,
lane tinyint(3) unsigned NOT NULL DEFAULT 0,
attempts int(10) unsigned NOT NULL DEFAULT 0,
available_at bigint(20) unsigned NOT NULL,
marked_at bigint(20) unsigned NOT NULL,
updated_at bigint(20) unsigned NOT NULL,
sent_at bigint(20) unsigned NOT NULL DEFAULT 0,
acked_to bigint(20) unsigned NOT NULL DEFAULT 0,
claimed_until bigint(20) unsigned NOT NULL DEFAULT 0,
claim_token char(32) NOT NULL DEFAULT '',
payload_hash char(64) NOT NULL DEFAULT '',
tried_hash char(64) NOT NULL DEFAULT '',
last_error varchar(255) NOT NULL DEFAULT '',
PRIMARY KEY  (id),
UNIQUE KEY entity (entity,entity_id),
KEY due (state,lane,available_at,id),
KEY claim (claim_token),
KEY acked (acked_to)
) $collate;
CREATE TABLE $inbox (
id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
key_hash char(64) NOT NULL,
feed_id bigint(20) unsigned NOT NULL,
kind varchar(20) NOT NULL,
entity varchar(20) NOT NULL,
entity_id bigint(20) unsigned NOT NULL,
name varchar(191) NOT NULL,
data longtext NOT NULL,
state tinyint(3) unsigned NOT NULL DEFAULT 0,
attempts int(10) unsigned NOT NULL DEFAULT 0,
available_at bigint(20) unsigned NOT NULL DEFAULT 0,
claimed_until bigint(20) unsigned NOT NULL DEFAULT 0,
claim_token char(32) NOT NULL DEFAULT '',
received_at bigint(20) unsigned NOT NULL,
applied_at bigint(20) unsigned NOT NULL DEFAULT 0,
result varchar(255) NOT NULL DEFAULT '',
PRIMARY KEY  (id),
UNIQUE KEY key_hash (key_hash),
KEY due (state,available_at),
KEY entity (entity,entity_id,state)
) $collate;
CREATE TABLE $catalog (
id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
sku varchar(100) NOT NULL,
quantity decimal(19,6) DEFAULT NULL,
regular_price varchar(32) DEFAULT NULL,
sale_price varchar(32) DEFAULT NULL,
currency char(3) NOT NULL DEFAULT '',
includes_tax tinyint(1) NOT NULL DEFAULT 0,
as_of bigint(20) unsigned NOT NULL DEFAULT 0,
sale char(3) DEFAULT NULL,
sale_from bigint(20) unsigned DEFAULT NULL,
sale_until bigint(20) unsigned DEFAULT NULL,
tiers text DEFAULT NULL,
said char(32) NOT NULL DEFAULT '',
rev int(10) unsigned NOT NULL DEFAULT 0,
again tinyint(1) NOT NULL DEFAULT 0,
state tinyint(3) unsigned NOT NULL DEFAULT 0,
updated_at bigint(20) unsigned NOT NULL,
applied_at bigint(20) unsigned NOT NULL DEFAULT 0,
result varchar(255) NOT NULL DEFAULT '',
PRIMARY KEY  (id),
UNIQUE KEY sku (sku),
KEY state (state,id),
KEY again (again)
) $collate;";
	}
}
