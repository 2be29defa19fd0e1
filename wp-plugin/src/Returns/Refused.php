<?php
/**
 * A return that cannot be asked for.
 *
 * @package Causeway
 */

namespace Causeway\Returns;

defined( 'ABSPATH' ) || exit;

/**
 * Its message says why, in the language of whoever asked.
 */
final class Refused extends \RuntimeException {
}
