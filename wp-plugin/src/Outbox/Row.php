<?php
/**
 * A row of the outbox.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * One entity that changed. Versions are kept as text, since they are larger than an integer of a
 * 32-bit PHP; times are Unix seconds.
 */
final class Row {

	/** The row's id.
	 *
	 * @var int
	 */
	public $id;

	/** What changed: `order`, `product`, `customer`, `note`, or `return` (the last asked for at an order).
	 *
	 * @var string
	 */
	public $entity;

	/** Its id.
	 *
	 * @var int
	 */
	public $entity_id;

	/** Its version.
	 *
	 * @var string
	 */
	public $seq;

	/** The version the sidecar has; “0” for none.
	 *
	 * @var string
	 */
	public $sent_seq;

	/** One of Outbox::WAITING, CLAIMED, DONE.
	 *
	 * @var int
	 */
	public $state;

	/** How often this version was tried.
	 *
	 * @var int
	 */
	public $attempts;

	/** When it is due.
	 *
	 * @var int
	 */
	public $available_at;

	/** Since when it waits.
	 *
	 * @var int
	 */
	public $marked_at;

	/** When it last changed.
	 *
	 * @var int
	 */
	public $updated_at;

	/** When it was last acknowledged; 0 for never.
	 *
	 * @var int
	 */
	public $sent_at;

	/** The claim's token.
	 *
	 * @var string
	 */
	public $token;

	/** Hash of what the sidecar acknowledged.
	 *
	 * @var string
	 */
	public $sent_hash;

	/** Hash of what was tried and may have arrived.
	 *
	 * @var string
	 */
	public $tried_hash;

	/** The last error, in a sentence.
	 *
	 * @var string
	 */
	public $last_error;

	/** Whether nobody waits for it: it was asked for as history.
	 *
	 * @var bool
	 */
	public $is_history;

	/** Hash of what is being sent now.
	 *
	 * @var string
	 */
	public $hash = '';

	/** Whether what is being sent now says that it is gone.
	 *
	 * @var bool
	 */
	public $gone = false;

	/**
	 * Read from the database.
	 *
	 * @param \stdClass $raw As the database gives it.
	 */
	public function __construct( \stdClass $raw ) {
		$this->id           = (int) $raw->id;
		$this->entity       = (string) $raw->entity;
		$this->entity_id    = (int) $raw->entity_id;
		$this->seq          = (string) $raw->seq;
		$this->sent_seq     = (string) $raw->sent_seq;
		$this->state        = (int) $raw->state;
		$this->attempts     = (int) $raw->attempts;
		$this->available_at = (int) $raw->available_at;
		$this->marked_at    = (int) $raw->marked_at;
		$this->updated_at   = (int) $raw->updated_at;
		$this->sent_at      = (int) $raw->sent_at;
		$this->token        = (string) $raw->claim_token;
		$this->sent_hash    = (string) $raw->payload_hash;
		$this->tried_hash   = (string) $raw->tried_hash;
		$this->last_error   = (string) $raw->last_error;
		$this->is_history   = Outbox::HISTORY === (int) $raw->lane;
	}

	/**
	 * Whether the sidecar has ever had it.
	 */
	public function was_sent(): bool {
		return '0' !== $this->sent_seq;
	}
}
