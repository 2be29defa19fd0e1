<?php
/**
 * An update that will never be applied.
 *
 * @package Causeway
 */

namespace Causeway\Feed;

defined( 'ABSPATH' ) || exit;

/**
 * The message says why, in a sentence for the shop's people.
 */
final class Refusal extends \RuntimeException {
}
