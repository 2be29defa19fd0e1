<?php
/**
 * The one place where a test shop is paired with a sidecar: what the plugin offers for it is used here.
 */

// phpcs:disable
/**
 * Pairs the plugin by a code and says with which sidecar; throws, in words, when the plugin refuses.
 *
 * @param string $code A pairing code, as `causeway store pair` prints it.
 */
function causeway_shop_pair( string $code ): string {
	$pairing = \Causeway\Pairing::store( $code );
	return "{$pairing->store} at {$pairing->url}";
}
