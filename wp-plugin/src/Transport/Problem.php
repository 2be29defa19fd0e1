<?php
/**
 * Problems as RFC 9457 has them.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

use Causeway\Json;

defined( 'ABSPATH' ) || exit;

/**
 * What the sidecar found wrong: a type that stays, the detail, the remedy, the field.
 */
final class Problem {

	private const URN     = 'urn:causeway:problem:';
	private const LONGEST = 500;

	/** As `bad-signature`; empty when it is none of Causeway's.
	 *
	 * @var string
	 */
	public $type;

	/** What is wrong.
	 *
	 * @var string
	 */
	public $detail;

	/** What to do.
	 *
	 * @var string
	 */
	public $remedy;

	/** Which field.
	 *
	 * @var string
	 */
	public $field;

	/**
	 * Take over what is there.
	 *
	 * @param array $raw The decoded document.
	 */
	public function __construct( array $raw ) {
		$type         = self::text( $raw, 'type' );
		$this->type   = 0 === strpos( $type, self::URN ) ? substr( $type, strlen( self::URN ) ) : '';
		$this->detail = self::text( $raw, 'detail' );
		$this->remedy = self::text( $raw, 'remedy' );
		$this->field  = self::text( $raw, 'field' );
	}

	/**
	 * Read a body; null when it is no problem document.
	 *
	 * @param string $body The answer's.
	 */
	public static function read( string $body ): ?self {
		$raw = strlen( $body ) <= 1048576 ? Json::decode( $body ) : null;
		return isset( $raw['type'], $raw['detail'] ) ? new self( $raw ) : null;
	}

	/**
	 * Detail and remedy, as one line.
	 */
	public function sentence(): string {
		return trim( "$this->detail $this->remedy" );
	}

	/**
	 * A member that is text.
	 *
	 * @param array  $raw  The document.
	 * @param string $name The member.
	 */
	private static function text( array $raw, string $name ): string {
		$value = $raw[ $name ] ?? '';
		return is_string( $value ) ? substr( $value, 0, self::LONGEST ) : '';
	}
}
