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
 * POST /v1/manifest: the orders of a window as the shop has them; the sidecar answers which it
 * lacks or holds differently (`wanted`), and those are sent again. A sidecar that does not know the
 * address is asked again a day later.
 */
final class Manifest {

	private const PAGE      = 500;
	private const ASK_AGAIN = DAY_IN_SECONDS;

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
	 * Compare the orders changed in the last so many seconds.
	 *
	 * @param int $window In seconds.
	 * @return int|null How many are sent again; null when the sidecar cannot compare.
	 */
	public function run( int $window ): ?int {
		if ( null === Pairing::current() || ! self::is_supported() ) {
			return null;
		}
		$since  = time() - $window;
		$wanted = 0;
		$after  = 0;
		try {
			do {
				$items = self::items( $since, $after );
				if ( ! $items ) {
					break;
				}
				$wanted += $this->compare( $since, $items );
				$after   = (int) end( $items )['id'];
			} while ( count( $items ) === self::PAGE );
			Options::set( Options::MANIFEST, array( 'complete_at' => time() ) );
		} catch ( TransportError $error ) {
			if ( TransportError::NOT_FOUND === $error->kind || 405 === $error->status ) {
				Options::set( Options::MANIFEST, array( 'unsupported_until' => time() + self::ASK_AGAIN ) );
				return null;
			}
			Log::warning( "Comparing with the sidecar stopped ({$error->kind}): {$error->getMessage()}" );
		}
		return $wanted;
	}

	/**
	 * Whether the sidecar is known to have no such address.
	 */
	public static function is_supported(): bool {
		return time() >= (int) ( Options::record( Options::MANIFEST )['unsupported_until'] ?? 0 );
	}

	/**
	 * One page there and back.
	 *
	 * @param int     $since In Unix seconds.
	 * @param array[] $items The page.
	 * @throws TransportError When the sidecar cannot be reached.
	 */
	private function compare( int $since, array $items ): int {
		$body   = Json::encode(
			array(
				'entity' => 'order',
				'since'  => gmdate( 'Y-m-d\TH:i:s\Z', $since ),
				'items'  => $items,
			)
		);
		$answer = $this->client->post( '/v1/manifest', $body )->json();
		$known  = array_column( $items, 'id' );
		$wanted = array_map( 'intval', array_intersect( is_array( $answer['wanted'] ?? null ) ? $answer['wanted'] : array(), $known ) );
		$this->outbox->resend( 'order', $wanted );
		return count( $wanted );
	}

	/**
	 * A page of orders: id, version as acknowledged, time of change, status, total.
	 *
	 * @param int $since In Unix seconds.
	 * @param int $after Ids past this.
	 * @return array[]
	 */
	private static function items( int $since, int $after ): array {
		global $wpdb;
		$outbox = Db::table( 'outbox' );
		$drafts = implode( ', ', array_fill( 0, count( Capture::DRAFTS ) * 2, '%s' ) );
		$names  = array_merge( Capture::DRAFTS, array_map( static fn( $name ) => "wc-$name", Capture::DRAFTS ) );
		if ( OrderUtil::custom_orders_table_usage_is_enabled() ) {
			$table = OrderUtil::get_table_for_orders();
			$sql   = "SELECT o.id, o.status, o.total_amount AS total, o.date_updated_gmt AS modified, x.sent_seq FROM $table o
				LEFT JOIN $outbox x ON x.entity = 'order' AND x.entity_id = o.id
				WHERE o.type = 'shop_order' AND o.status NOT IN ($drafts) AND o.date_updated_gmt >= %s AND o.id > %d ORDER BY o.id LIMIT %d";
		} else {
			$sql = "SELECT o.ID AS id, o.post_status AS status, m.meta_value AS total, o.post_modified_gmt AS modified, x.sent_seq FROM {$wpdb->posts} o
				LEFT JOIN {$wpdb->postmeta} m ON m.post_id = o.ID AND m.meta_key = '_order_total'
				LEFT JOIN $outbox x ON x.entity = 'order' AND x.entity_id = o.ID
				WHERE o.post_type = 'shop_order' AND o.post_status NOT IN ($drafts) AND o.post_modified_gmt >= %s AND o.ID > %d ORDER BY o.ID LIMIT %d";
		}
		$rows = Db::rows( $sql, array_merge( $names, array( gmdate( 'Y-m-d H:i:s', $since ), $after, self::PAGE ) ) );
		return array_map(
			static fn( $row ) => array(
				'id'       => (string) $row->id,
				'version'  => (int) $row->sent_seq,
				'modified' => str_replace( ' ', 'T', $row->modified ) . 'Z',
				'status'   => preg_replace( '~^wc-~', '', $row->status ),
				'total'    => wc_format_decimal( (string) $row->total, wc_get_price_decimals() ),
			),
			$rows
		);
	}
}
