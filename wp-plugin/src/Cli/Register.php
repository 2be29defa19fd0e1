<?php
/**
 * Makes the commands known.
 *
 * @package Causeway
 */

namespace Causeway\Cli;

use Causeway\Services;

defined( 'ABSPATH' ) || exit;

/**
 * Adds `wp causeway` where WP-CLI runs.
 */
final class Register {

	/**
	 * Where the parts come from.
	 *
	 * @var Services
	 */
	private $services;

	/**
	 * Give it its parts.
	 *
	 * @param Services $services Where the parts come from.
	 */
	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/**
	 * Add the command.
	 */
	public function add(): void {
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			\WP_CLI::add_command( 'causeway', new Command( $this->services ) );
		}
	}
}
