<?php
/**
 * Fetches products' pictures.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Db;
use Causeway\Feed\Refusal;
use Causeway\Json;
use Causeway\Log;
use Causeway\Memory;
use Causeway\Origin;
use Causeway\Schedule\Scheduler;

defined( 'ABSPATH' ) || exit;

/**
 * A product's update only notes which pictures it shall have. A job of its own fetches them, in
 * scheduled work alone, one after the other within its time; an address is fetched once, whichever
 * products show it. A picture that cannot be had keeps no other from being shown.
 */
final class Images {

	public const WANTED = '_causeway_images';
	public const SHOWN  = '_causeway_images_shown';

	private const OF_URL   = '_causeway_image_';
	private const MOST     = 20;
	private const ATTEMPTS = 6;

	/** Silences our own writings.
	 *
	 * @var Origin
	 */
	private $origin;

	/** Fetches one.
	 *
	 * @var Download
	 */
	private $download;

	/**
	 * Give it its parts.
	 *
	 * @param Origin   $origin   Silences our own writings.
	 * @param Download $download Fetches one.
	 */
	public function __construct( Origin $origin, Download $download ) {
		$this->origin   = $origin;
		$this->download = $download;
	}

	/**
	 * Note which pictures a product shall have, unless it has them or they are the shop's own.
	 *
	 * @param \WC_Product $product Saved.
	 * @param Said        $said    What the sidecar says.
	 * @param string[]    $kept    Fields that are left.
	 * @param Fields      $fields  Knows which.
	 */
	public static function want( \WC_Product $product, Said $said, array $kept, Fields $fields ): void {
		if ( ! isset( $said->fields['images'] ) || in_array( 'images', $kept, true ) ) {
			return;
		}
		$id   = $product->get_id();
		$urls = array_slice( array_values( array_unique( $said->fields['images'] ) ), 0, self::MOST );
		if ( get_post_meta( $id, self::SHOWN, true ) === Json::encode( $urls ) && $fields->has_pictures_of_ours( $product ) ) {
			return;
		}
		$wanted = array(
			'urls'     => $urls,
			'attempts' => 0,
			'next'     => 0,
		);
		update_post_meta( $id, self::WANTED, wp_slash( Json::encode( $wanted ) ) );
		Scheduler::soon( 'causeway_images' );
	}

	/**
	 * Fetch what products wait for. Does nothing in a request of somebody who waits.
	 *
	 * @param int $seconds How long at most.
	 * @return bool Whether more is due now.
	 */
	public function run( int $seconds = 20 ): bool {
		global $wpdb;
		if ( ! is_admin() && ! wp_doing_cron() && 'cli' !== PHP_SAPI ) {
			return false;
		}
		$until = microtime( true ) + $seconds;
		foreach ( Db::rows( "SELECT post_id, meta_value FROM {$wpdb->postmeta} WHERE meta_key = %s ORDER BY meta_id LIMIT 200", array( self::WANTED ) ) as $row ) {
			$wanted = Json::decode( $row->meta_value ) ?? array();
			if ( (int) ( $wanted['next'] ?? 0 ) > time() ) {
				continue;
			}
			if ( microtime( true ) >= $until ) {
				return true;
			}
			$this->alone( (int) $row->post_id, $until );
			Memory::release();
		}
		return false;
	}

	/**
	 * One product's pictures, while no other worker fetches any.
	 *
	 * @param int   $id    The product.
	 * @param float $until A time as microtime( true ) gives it.
	 */
	private function alone( int $id, float $until ): void {
		$lock = substr( md5( DB_NAME . Db::table( 'images' ) ), 0, 32 );
		if ( '1' !== Db::value( 'SELECT GET_LOCK(%s, 0)', array( $lock ) ) ) {
			return;
		}
		try {
			wp_cache_delete( $id, 'post_meta' );
			$wanted  = Json::decode( (string) get_post_meta( $id, self::WANTED, true ) );
			$product = wc_get_product( $id );
			if ( $wanted && $product ) {
				$this->fetch_for( $product, $wanted, $until );
			} else {
				delete_post_meta( $id, self::WANTED );
			}
		} catch ( \Throwable $error ) {
			Log::failure( "Fetching the pictures of product $id", $error );
			$this->later( $id, $wanted ?? array() );
		} finally {
			Db::value( 'SELECT RELEASE_LOCK(%s)', array( $lock ) );
		}
	}

	/**
	 * Fetch and show. When time is up the rest goes on with the next run.
	 *
	 * @param \WC_Product $product The product.
	 * @param array       $wanted  `urls`, `attempts`, `next`.
	 * @param float       $until   A time as microtime( true ) gives it.
	 */
	private function fetch_for( \WC_Product $product, array $wanted, float $until ): void {
		$found = array();
		$again = false;
		foreach ( $wanted['urls'] ?? array() as $url ) {
			try {
				$known = $this->known( $url );
				if ( ! $known && microtime( true ) >= $until ) {
					return;
				}
				$found[] = $known ? $known : $this->added( $url, $product );
			} catch ( Refusal $refusal ) {
				Log::warning( "A picture of product {$product->get_id()} was not taken: {$refusal->getMessage()}" );
			} catch ( \RuntimeException $error ) {
				$again = true;
				Log::warning( "A picture of product {$product->get_id()} could not be fetched: {$error->getMessage()}" );
			}
		}
		$this->show( $product, $found, $wanted['urls'] ?? array() );
		$again ? $this->later( $product->get_id(), $wanted ) : delete_post_meta( $product->get_id(), self::WANTED );
	}

	/**
	 * Put pictures on a product: the first is the main one, a variation has no other.
	 *
	 * @param \WC_Product $product The product.
	 * @param int[]       $ids     Attachments.
	 * @param string[]    $urls    All that were wanted.
	 */
	private function show( \WC_Product $product, array $ids, array $urls ): void {
		if ( ! $ids && $urls ) {
			return;
		}
		$this->origin->silence_products( array( $product->get_id(), $product->get_parent_id() ) );
		$product->set_image_id( $ids[0] ?? 0 );
		if ( ! $product->is_type( 'variation' ) ) {
			$product->set_gallery_image_ids( array_slice( $ids, 1 ) );
		}
		$product->save();
		update_post_meta( $product->get_id(), self::SHOWN, wp_slash( Json::encode( $urls ) ) );
		$saved = wc_get_product( $product->get_id() );
		if ( $saved instanceof \WC_Product ) {
			( new Fields() )->note( $saved, array( 'images' ) );
		}
	}

	/**
	 * Come back: after a minute, then after four times as long each time, six times in all.
	 *
	 * @param int   $id     The product.
	 * @param array $wanted `urls`, `attempts`, `next`.
	 */
	private function later( int $id, array $wanted ): void {
		$attempts = (int) ( $wanted['attempts'] ?? 0 ) + 1;
		if ( $attempts >= self::ATTEMPTS ) {
			Log::warning( "The pictures of product $id could not all be had; they are not asked for again." );
			delete_post_meta( $id, self::WANTED );
			return;
		}
		$wanted['attempts'] = $attempts;
		$wanted['next']     = time() + 60 * 4 ** ( $attempts - 1 );
		update_post_meta( $id, self::WANTED, wp_slash( Json::encode( $wanted ) ) );
	}

	/**
	 * The attachment that was made of an address; 0 for none.
	 *
	 * @param string $url The address.
	 */
	private function known( string $url ): int {
		global $wpdb;
		return (int) Db::value( "SELECT m.post_id FROM {$wpdb->postmeta} m JOIN {$wpdb->posts} p ON p.ID = m.post_id AND p.post_type = 'attachment' WHERE m.meta_key = %s LIMIT 1", array( self::OF_URL . md5( $url ) ) );
	}

	/**
	 * Fetch a picture and add it to the shop's media.
	 *
	 * @param string      $url     The address.
	 * @param \WC_Product $product Whose it is first.
	 * @throws Refusal When it will never be taken.
	 * @throws \RuntimeException When it may be had later.
	 */
	private function added( string $url, \WC_Product $product ): int {
		require_once ABSPATH . 'wp-admin/includes/media.php';
		require_once ABSPATH . 'wp-admin/includes/image.php';
		$file = $this->download->fetch( $url );
		$meta = array(
			self::OF_URL . md5( $url ) => '1',
			'_wp_attachment_image_alt' => $product->get_name(),
		);
		$id   = media_handle_sideload( $file, $product->get_id(), $product->get_name(), array( 'meta_input' => $meta ) );
		if ( is_wp_error( $id ) ) {
			wp_delete_file( $file['tmp_name'] );
			throw new Refusal( $id->get_error_message() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
		}
		return $id;
	}
}
