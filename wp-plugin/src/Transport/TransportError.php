<?php
/**
 * The sidecar could not be reached, or its answer cannot be used.
 *
 * @package Causeway
 */

namespace Causeway\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * What went wrong, by kind; the message is for the log and for support.
 */
final class TransportError extends \RuntimeException {

	public const NOT_PAIRED  = 'not_paired';
	public const BLOCKED     = 'blocked';
	public const DNS         = 'dns';
	public const CONNECT     = 'connect';
	public const TLS         = 'tls';
	public const TIMEOUT     = 'timeout';
	public const UNREACHABLE = 'unreachable';
	public const REDIRECT    = 'redirect';
	public const FIREWALL    = 'firewall';
	public const UNSIGNED    = 'unsigned';
	public const CLOCK       = 'clock';
	public const SECRET      = 'secret';
	public const STORE       = 'store';
	public const REFUSED     = 'refused';
	public const TOO_LARGE   = 'too_large';
	public const NOT_FOUND   = 'not_found';
	public const BUSY        = 'busy';

	/** One of the constants.
	 *
	 * @var string
	 */
	public $kind;

	/** HTTP status; 0 when there was no answer.
	 *
	 * @var int
	 */
	public $status;

	/** Seconds the sidecar asks to wait; 0 when it does not say.
	 *
	 * @var int
	 */
	public $retry_after;

	/** What the sidecar says, where it does.
	 *
	 * @var Problem|null
	 */
	public $problem;

	/**
	 * Say what went wrong.
	 *
	 * @param string       $kind        One of the constants.
	 * @param string       $detail      For the log.
	 * @param int          $status      HTTP status.
	 * @param Problem|null $problem     What the sidecar says.
	 * @param int          $retry_after Seconds.
	 */
	public function __construct( string $kind, string $detail, int $status = 0, ?Problem $problem = null, int $retry_after = 0 ) {
		parent::__construct( $detail );
		$this->kind        = $kind;
		$this->status      = $status;
		$this->problem     = $problem;
		$this->retry_after = $retry_after;
	}
}
