<?php
/**
 * What came of a run.
 *
 * @package Causeway
 */

namespace Causeway\Outbox;

defined( 'ABSPATH' ) || exit;

/**
 * Counts of one run of the sender.
 */
final class Report {

	/** Acknowledged by the sidecar.
	 *
	 * @var int
	 */
	public $sent = 0;

	/** Saved in the shop without a change.
	 *
	 * @var int
	 */
	public $unchanged = 0;

	/** Nothing to tell: drafts, and what is gone and was never sent.
	 *
	 * @var int
	 */
	public $settled = 0;

	/** Refused, or not to be read; tried again later.
	 *
	 * @var int
	 */
	public $failed = 0;

	/** Whether more is due.
	 *
	 * @var bool
	 */
	public $more = false;

	/** Why the run stopped, a kind of TransportError; empty when it did not.
	 *
	 * @var string
	 */
	public $error = '';
}
