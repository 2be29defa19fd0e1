<?php
/**
 * Fetches a picture from where the owner allows it.
 *
 * @package Causeway
 */

namespace Causeway\Product;

use Causeway\Feed\Refusal;
use Causeway\Options;
use Causeway\Transport\Address;

defined( 'ABSPATH' ) || exit;

/**
 * Only from hosts that the owner has named, by TLS except in a private network, ten megabytes and
 * fifty megapixels at most, and only what really is a JPEG, PNG, GIF or WebP, whatever it is called.
 */
final class Download {

	public const MOST_BYTES  = 10485760;
	public const MOST_PIXELS = 50000000;

	private const SECONDS   = 10;
	private const REDIRECTS = 3;
	private const TYPES     = array(
		IMAGETYPE_JPEG => 'jpg',
		IMAGETYPE_PNG  => 'png',
		IMAGETYPE_GIF  => 'gif',
		IMAGETYPE_WEBP => 'webp',
	);

	/**
	 * Whether a picture may be fetched from there.
	 *
	 * @param string   $url   Its address.
	 * @param string[] $hosts As hosts() gives them.
	 */
	public static function is_allowed( string $url, array $hosts ): bool {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
			return false;
		}
		$host = strtolower( $parts['host'] );
		$port = isset( $parts['port'] ) ? ':' . $parts['port'] : '';
		$bare = strtolower( $parts['scheme'] ?? '' ) . '://' . $host . $port;
		return Address::is_acceptable( $bare ) && ( in_array( $host . $port, $hosts, true ) || ( '' === $port && self::is_below( $host, $hosts ) ) );
	}

	/**
	 * The hosts the owner has named: one a line, each `host`, `host:port` or `*.host`.
	 *
	 * @return string[] In small letters.
	 */
	public static function hosts(): array {
		$text = Options::get( Options::IMAGE_HOSTS );
		$all  = preg_split( '~[\s,]+~', is_string( $text ) ? strtolower( $text ) : '', -1, PREG_SPLIT_NO_EMPTY );
		return is_array( $all ) ? $all : array();
	}

	/**
	 * Fetch a picture into a file of its own.
	 *
	 * @param string $url Its address.
	 * @return array{tmp_name: string, name: string} As WordPress takes uploads.
	 * @throws Refusal When it will never be taken.
	 * @throws \RuntimeException When it may be had later.
	 */
	public function fetch( string $url ): array {
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$path = wp_tempnam( 'causeway-picture' );
		try {
			$this->load( $url, $path );
			return array(
				'tmp_name' => $path,
				'name'     => self::name( $url ) . '.' . self::type( $path ),
			);
		} catch ( \Throwable $error ) {
			wp_delete_file( $path );
			throw $error;
		}
	}

	/**
	 * Load it. Each address on the way is looked at before it is asked.
	 *
	 * @param string $url  Where it is.
	 * @param string $path Where it goes.
	 * @throws Refusal When it will never be taken.
	 * @throws \RuntimeException When it may be had later.
	 */
	private function load( string $url, string $path ): void {
		for ( $hop = 0; $hop <= self::REDIRECTS; ++$hop ) {
			if ( ! self::is_allowed( $url, self::hosts() ) ) {
				throw new Refusal( 'the settings do not allow pictures from ' . (string) wp_parse_url( $url, PHP_URL_HOST ) ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
			$answer = wp_remote_get(
				$url,
				array(
					'timeout'             => self::SECONDS,
					'redirection'         => 0,
					'stream'              => true,
					'filename'            => $path,
					'limit_response_size' => self::MOST_BYTES + 1,
					'user-agent'          => 'Causeway/' . CAUSEWAY_PLUGIN_VERSION,
				)
			);
			if ( is_wp_error( $answer ) ) {
				throw new \RuntimeException( $answer->get_error_message() ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
			$status = (int) wp_remote_retrieve_response_code( $answer );
			if ( 200 === $status ) {
				return;
			}
			$to = wp_remote_retrieve_header( $answer, 'location' );
			if ( $status < 300 || $status > 399 || ! is_string( $to ) || '' === $to ) {
				$said = "its server answered $status";
				throw in_array( $status, array( 404, 410 ), true ) ? new Refusal( $said ) : new \RuntimeException( $said ); // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped
			}
			$url = \WP_Http::make_absolute_url( $to, $url );
		}
		throw new Refusal( 'its address leads from one to the next' );
	}

	/**
	 * What kind of picture a file is, as the ending of its name.
	 *
	 * @param string $path The file.
	 * @throws Refusal When it is none that is taken.
	 */
	public static function type( string $path ): string {
		if ( filesize( $path ) > self::MOST_BYTES ) {
			throw new Refusal( 'it is larger than ten megabytes' );
		}
		$size = @getimagesize( $path ); // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- anything may be in it.
		if ( ! is_array( $size ) || ! isset( self::TYPES[ $size[2] ] ) ) {
			throw new Refusal( 'it is no JPEG, PNG, GIF or WebP' );
		}
		if ( $size[0] * $size[1] > self::MOST_PIXELS ) {
			throw new Refusal( 'it has more than fifty megapixels' );
		}
		return self::TYPES[ $size[2] ];
	}

	/**
	 * Whether a host lies below one that is named as `*.host`.
	 *
	 * @param string   $host  In small letters.
	 * @param string[] $hosts The named ones.
	 */
	private static function is_below( string $host, array $hosts ): bool {
		foreach ( $hosts as $one ) {
			if ( 0 === strpos( $one, '*.' ) && substr( $host, - strlen( $one ) + 1 ) === substr( $one, 1 ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * A file's name for it, without the ending.
	 *
	 * @param string $url Its address.
	 */
	private static function name( string $url ): string {
		$name = sanitize_file_name( pathinfo( rawurldecode( (string) wp_parse_url( $url, PHP_URL_PATH ) ), PATHINFO_FILENAME ) );
		return '' !== $name ? substr( $name, 0, 80 ) : 'picture';
	}
}
