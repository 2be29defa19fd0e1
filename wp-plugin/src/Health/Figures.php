<?php
/**
 * The plugin in figures, for support.
 *
 * @package Causeway
 */

namespace Causeway\Health;

use Automattic\WooCommerce\Utilities\OrderUtil;
use Causeway\DbError;
use Causeway\Feed\Inbox;
use Causeway\Outbox\AfterResponse;
use Causeway\Options;
use Causeway\Outbox\Statistics;
use Causeway\Pairing;

defined( 'ABSPATH' ) || exit;

/**
 * Names and values for Site Health, System Status and the command line. No secret is among them.
 */
final class Figures {

	/**
	 * How much waits.
	 *
	 * @var Statistics
	 */
	private $statistics;

	/**
	 * How the plugin is.
	 *
	 * @var Condition
	 */
	private $condition;

	/**
	 * What was received.
	 *
	 * @var Inbox
	 */
	private $inbox;

	/**
	 * Give it its parts.
	 *
	 * @param Statistics $statistics How much waits.
	 * @param Condition  $condition  How the plugin is.
	 * @param Inbox      $inbox      What was received.
	 */
	public function __construct( Statistics $statistics, Condition $condition, Inbox $inbox ) {
		$this->statistics = $statistics;
		$this->condition  = $condition;
		$this->inbox      = $inbox;
	}

	/**
	 * All of them.
	 *
	 * @return array<string, array{0: string, 1: string}> Name for programs => name for people, value.
	 */
	public function all(): array {
		return array_merge( $this->about_connection(), $this->about_queue() );
	}

	/**
	 * Version, pairing and server.
	 *
	 * @return array<string, array{0: string, 1: string}>
	 */
	private function about_connection(): array {
		$pairing = Pairing::current();
		$source  = Pairing::is_from_config() ? __( 'wp-config.php', 'causeway-for-woocommerce' ) : __( 'settings', 'causeway-for-woocommerce' );
		return array(
			'version'        => array( __( 'Version', 'causeway-for-woocommerce' ), CAUSEWAY_PLUGIN_VERSION ),
			'sidecar'        => array( __( 'Sidecar', 'causeway-for-woocommerce' ), $pairing ? $pairing->url : __( 'not paired', 'causeway-for-woocommerce' ) ),
			'store'          => array( __( 'Store', 'causeway-for-woocommerce' ), $pairing ? $pairing->store : '–' ),
			'source'         => array( __( 'Pairing from', 'causeway-for-woocommerce' ), $pairing ? $source : '–' ),
			'orders'         => array( __( 'Orders kept in', 'causeway-for-woocommerce' ), OrderUtil::custom_orders_table_usage_is_enabled() ? __( 'tables of their own', 'causeway-for-woocommerce' ) : __( 'posts', 'causeway-for-woocommerce' ) ),
			'after_response' => array( __( 'Sends after the response', 'causeway-for-woocommerce' ), AfterResponse::is_possible() ? __( 'yes', 'causeway-for-woocommerce' ) : __( 'no, the scheduled work sends', 'causeway-for-woocommerce' ) ),
			'stock'          => array( __( 'Applies stock', 'causeway-for-woocommerce' ), self::yes_no( Options::is_on( Options::SYNC_STOCK ) ) ),
			'prices'         => array( __( 'Applies prices', 'causeway-for-woocommerce' ), self::yes_no( Options::is_on( Options::SYNC_PRICES ) ) ),
		);
	}

	/**
	 * What waits, and whether the work goes on.
	 *
	 * @return array<string, array{0: string, 1: string}>
	 */
	private function about_queue(): array {
		try {
			$oldest  = $this->statistics->oldest_age();
			$waiting = (string) array_sum( $this->statistics->waiting() );
			$sent    = self::moment( $this->statistics->last_sent_at() );
			$updates = (string) $this->inbox->waiting();
		} catch ( DbError $error ) {
			return array( 'table' => array( __( 'Table', 'causeway-for-woocommerce' ), __( 'cannot be read', 'causeway-for-woocommerce' ) ) );
		}
		$trouble = $this->condition->last_error();
		return array(
			'waiting'    => array( __( 'Waiting', 'causeway-for-woocommerce' ), $waiting ),
			'oldest'     => array( __( 'Oldest waits for (seconds)', 'causeway-for-woocommerce' ), null === $oldest ? '–' : (string) $oldest ),
			'last_sent'  => array( __( 'Last sent', 'causeway-for-woocommerce' ), $sent ),
			'updates'    => array( __( 'Updates to be applied', 'causeway-for-woocommerce' ), $updates ),
			'last_error' => array( __( 'Last error', 'causeway-for-woocommerce' ), '' === $trouble ? '–' : $trouble ),
			'heartbeat'  => array( __( 'Scheduled work last ran', 'causeway-for-woocommerce' ), self::moment( $this->condition->last_beat() ) ),
		);
	}

	/**
	 * Yes or no.
	 *
	 * @param bool $is_on Which.
	 */
	private static function yes_no( bool $is_on ): string {
		return $is_on ? __( 'yes', 'causeway-for-woocommerce' ) : __( 'no', 'causeway-for-woocommerce' );
	}

	/**
	 * A time in UTC, since support may sit elsewhere.
	 *
	 * @param int $moment In Unix seconds; 0 for never.
	 */
	private static function moment( int $moment ): string {
		return $moment > 0 ? gmdate( 'Y-m-d H:i:s', $moment ) . ' UTC' : '–';
	}
}
