<?php
/**
 * Compares with what the sidecar has.
 *
 * @package Causeway
 */

namespace Causeway\Reconcile;

use Automattic\WooCommerce\Utilities\OrderUtil;
use Causeway\Capture\Orders as Capture;
use Causeway\Db;
use Causeway\Json;
use Causeway\Log;
use Causeway\Options;
use Causeway\Outbox\Outbox;
use Causeway\Pairing;
use Causeway\Transport\Client;
use Causeway\Transport\TransportError;

defined( 'ABSPATH' ) || exit;

/**
 * POST /v1/manifest: all orders that changed in a stretch of time, as the shop has them; the sidecar
 * answers which it lacks or holds differently, and those are sent again. It also says up to when it
 * has everything. A sidecar that does not know the address is asked again a day later.
 */
final class Manifest {

	private const PAGE      = 1000;
	private const ASK_AGAIN = DAY_IN_SECONDS;

	/** What changed just now is on its way. */
	private const IN_FLIGHT = 120;

	/** Speaks to the sidecar.
	 *
	 * @var Client
	 */
	private $client;

	/** Where marks go.
	 *
	 * @var Outbox
	 */
	private $outbox;

	/**
	 * Give it its parts.
	 *
	 * @param Client $client Speaks to the sidecar.
	 * @param Outbox $outbox Where marks go.
	 */
	public function __construct( Client $client, Outbox $outbox ) {
		$this->client = $client;
		$this->outbox = $outbox;
	}

	/**
	 * Compare the orders changed in the last so many seconds, and at least since the sidecar was
	 * last known to have everything.
	 *
	 * @param int $window In seconds.
	 * @return int|null How many are sent again; null when the sidecar cannot compare.
	 */
	public function run( int $window ): ?int {
		if ( null === Pairing::current() || ! self::is_supported() ) {
			return null;
		}
		$end   = time() - self::IN_FLIGHT;
		$start = min( $end - $window, self::complete_until() > 0 ? self::complete_until() : $end );
		$again = 0;
		try {
			while ( $start < $end ) {
				list( $until, $whole, $rows ) = self::stretch( $start, $end );
				$again                       += $this->compare( $start, $until, $whole, $rows );
				$start                        = $until;
			}
		} catch ( TransportError $error ) {
			if ( TransportError::NOT_FOUND === $error->kind || 405 === $error->status ) {
				Options::set( Options::MANIFEST, array( 'unsupported_until' => time() + self::ASK_AGAIN ) );
				return null;
			}
			Log::warning( "Comparing with the sidecar stopped ({$error->kind}): {$error->getMessage()}" );
		}
		return $again;
	}

	/**
	 * Whether the sidecar is not known to lack this address.
	 */
	public static function is_supported(): bool {
		return time() >= (int) ( Options::record( Options::MANIFEST )['unsupported_until'] ?? 0 );
	}

	/**
	 * Up to when the sidecar has everything, in Unix seconds; 0 when that was never proved.
	 */
	public static function complete_until(): int {
		return (int) ( Options::record( Options::MANIFEST )['complete_until'] ?? 0 );
	}

	/**
	 * One stretch there and back.
	 *
	 * @param int         $start In Unix seconds.
	 * @param int         $end   In Unix seconds, not included.
	 * @param bool        $whole Whether nothing of the stretch is left out.
	 * @param \stdClass[] $rows  Its orders.
	 * @return int How many are sent again.
	 * @throws TransportError When the sidecar cannot be reached.
	 */
	private function compare( int $start, int $end, bool $whole, array $rows ): int {
		$body   = array(
			'start'  => gmdate( 'Y-m-d\TH:i:s\Z', $start ),
			'end'    => gmdate( 'Y-m-d\TH:i:s\Z', $end ),
			'whole'  => $whole,
			'orders' => array_map( array( __CLASS__, 'item' ), $rows ),
		);
		$answer = $this->client->post( '/v1/manifest', Json::encode( $body ), 20 )->json();
		$lacks  = array_merge( (array) ( $answer['missing'] ?? array() ), (array) ( $answer['differing'] ?? array() ) );
		$until  = is_string( $answer['complete_until'] ?? null ) ? strtotime( $answer['complete_until'] ) : false;
		Options::set( Options::MANIFEST, array( 'complete_until' => false === $until ? self::complete_until() : $until ) );
		$again = array();
		foreach ( $rows as $row ) {
			// What waits is on its way by itself.
			$waits = null !== $row->state && Outbox::DONE !== (int) $row->state;
			if ( ! $waits && in_array( (string) $row->id, $lacks, true ) ) {
				$again[] = (int) $row->id;
			}
		}
		$this->outbox->resend( 'order', $again );
		return count( $again );
	}

	/**
	 * An order as the manifest lists it, with the version that was acknowledged.
	 *
	 * @param \stdClass $row Of stretch().
	 * @return array
	 */
	private static function item( \stdClass $row ): array {
		return array(
			'id'      => (string) $row->id,
			'version' => max( 1, (int) $row->sent_seq ),
			'status'  => preg_replace( '~^wc-~', '', $row->status ),
			'total'   => wc_format_decimal( (string) $row->total, wc_get_price_decimals() ),
		);
	}

	/**
	 * The orders from a time on, as many as fit into a page; where they do not fit, the stretch ends
	 * earlier.
	 *
	 * @param int $start In Unix seconds.
	 * @param int $end   In Unix seconds, not included.
	 * @return array{0: int, 1: bool, 2: \stdClass[]} Where it ends, whether it is whole, the orders.
	 */
	private static function stretch( int $start, int $end ): array {
		$rows = self::rows( $start, $end );
		if ( count( $rows ) < self::PAGE ) {
			return array( $end, true, $rows );
		}
		$last   = (int) strtotime( end( $rows )->modified . ' UTC' );
		$before = array_values( array_filter( $rows, static fn( $row ) => strtotime( $row->modified . ' UTC' ) < $last ) );
		return $before ? array( $last, true, $before ) : array( $last + 1, false, $rows );
	}

	/**
	 * A page of orders in the order of their changes.
	 *
	 * @param int $start In Unix seconds.
	 * @param int $end   In Unix seconds, not included.
	 * @return \stdClass[]
	 */
	private static function rows( int $start, int $end ): array {
		global $wpdb;
		$outbox = Db::table( 'outbox' );
		$drafts = implode( ', ', array_fill( 0, count( Capture::DRAFTS ) * 2, '%s' ) );
		$names  = array_merge( Capture::DRAFTS, array_map( static fn( $name ) => "wc-$name", Capture::DRAFTS ) );
		if ( OrderUtil::custom_orders_table_usage_is_enabled() ) {
			$table = OrderUtil::get_table_for_orders();
			$sql   = "SELECT o.id, o.status, o.total_amount AS total, o.date_updated_gmt AS modified, x.sent_seq, x.state FROM $table o
				LEFT JOIN $outbox x ON x.entity = 'order' AND x.entity_id = o.id
				WHERE o.type = 'shop_order' AND o.status NOT IN ($drafts) AND o.date_updated_gmt >= %s AND o.date_updated_gmt < %s
				ORDER BY o.date_updated_gmt, o.id LIMIT %d";
		} else {
			$sql = "SELECT o.ID AS id, o.post_status AS status, m.meta_value AS total, o.post_modified_gmt AS modified, x.sent_seq, x.state FROM {$wpdb->posts} o
				LEFT JOIN {$wpdb->postmeta} m ON m.post_id = o.ID AND m.meta_key = '_order_total'
				LEFT JOIN $outbox x ON x.entity = 'order' AND x.entity_id = o.ID
				WHERE o.post_type = 'shop_order' AND o.post_status NOT IN ($drafts) AND o.post_modified_gmt >= %s AND o.post_modified_gmt < %s
				ORDER BY o.post_modified_gmt, o.ID LIMIT %d";
		}
		return Db::rows( $sql, array_merge( $names, array( gmdate( 'Y-m-d H:i:s', $start ), gmdate( 'Y-m-d H:i:s', $end ), self::PAGE ) ) );
	}
}
