<?php
/**
 * What applies a kind of update.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

defined( 'ABSPATH' ) || exit;

/**
 * Applies updates of one kind. Called again with the same update after a crash: it must find its
 * own traces.
 */
interface Handler {

	/**
	 * Apply an update.
	 *
	 * @param Update    $update What is to be done.
	 * @param \WC_Order $order  The order, freshly read.
	 * @return string What was done, in a sentence.
	 * @throws Refusal When it will never be possible; any other exception means: later.
	 */
	public function apply( Update $update, \WC_Order $order ): string;
}
