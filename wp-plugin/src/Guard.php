<?php
/**
 * What stands between WooCommerce and a failure of ours.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * One hooked call. An exception thrown in a save hook would leave the order without its lines, so
 * none gets past here: it is logged, and a filter's value goes on unchanged.
 */
final class Guard {

	/**
	 * Where the service comes from.
	 *
	 * @var Services
	 */
	private $services;

	/**
	 * The service's name.
	 *
	 * @var string
	 */
	private $service;

	/**
	 * The method to call.
	 *
	 * @var string
	 */
	private $method;

	/**
	 * Whether a value must be given back.
	 *
	 * @var bool
	 */
	private $filters;

	/**
	 * Remember what is to be called.
	 *
	 * @param Services $services Where the service comes from.
	 * @param string   $service  The service's name.
	 * @param string   $method   The method to call.
	 * @param bool     $filters  Whether it is a filter.
	 */
	public function __construct( Services $services, string $service, string $method, bool $filters ) {
		$this->services = $services;
		$this->service  = $service;
		$this->method   = $method;
		$this->filters  = $filters;
	}

	/**
	 * Call it. Never throws.
	 *
	 * @param mixed ...$given What the hook hands over.
	 * @return mixed The filter's value, or null.
	 */
	public function __invoke( ...$given ) {
		$fallback = $this->filters && $given ? $given[0] : null;
		try {
			$answer = $this->services->{$this->service}()->{$this->method}( ...$given );
			return $this->filters ? $answer : null;
		} catch ( \Throwable $error ) {
			Log::failure( $this->service . '.' . $this->method, $error );
			return $fallback;
		}
	}
}
