<?php
/**
 * Why a message is not believed.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * Names the reason (`missing`, `malformed`, `mismatch`, `skew`) and the header to mend.
 */
final class SignatureError extends \RuntimeException {

	/** One of the four.
	 *
	 * @var string
	 */
	public $reason;

	/** The header to mend.
	 *
	 * @var string
	 */
	public $header;

	/** For `skew`: seconds their clock is ahead of ours.
	 *
	 * @var int
	 */
	public $ahead;

	/**
	 * Say why.
	 *
	 * @param string $reason One of the four.
	 * @param string $header The header to mend.
	 * @param int    $ahead  Seconds their clock is ahead of ours.
	 */
	public function __construct( string $reason, string $header, int $ahead = 0 ) {
		parent::__construct( "$header: $reason" );
		$this->reason = $reason;
		$this->header = $header;
		$this->ahead  = $ahead;
	}
}
