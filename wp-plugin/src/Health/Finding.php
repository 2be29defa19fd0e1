<?php
/**
 * Something the owner should know.
 *
 * @package Causeway
 */

namespace Causeway\Health;

defined( 'ABSPATH' ) || exit;

/**
 * What is the matter, and what to do. Plain text.
 */
final class Finding {

	/** As `not_paired`: the same trouble has the same name.
	 *
	 * @var string
	 */
	public $kind;

	/** What is the matter.
	 *
	 * @var string
	 */
	public $sentence;

	/** What to do; may be empty.
	 *
	 * @var string
	 */
	public $remedy;

	/** The settings' section that helps: empty for the connection, or `queue`.
	 *
	 * @var string
	 */
	public $section;

	/**
	 * Say it.
	 *
	 * @param string $kind     Its name.
	 * @param string $sentence What is the matter.
	 * @param string $remedy   What to do.
	 * @param string $section  The settings' section that helps.
	 */
	public function __construct( string $kind, string $sentence, string $remedy, string $section ) {
		$this->kind     = $kind;
		$this->sentence = $sentence;
		$this->remedy   = $remedy;
		$this->section  = $section;
	}
}
