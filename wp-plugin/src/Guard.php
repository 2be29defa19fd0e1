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
	 * The service without which there is nothing to do; empty for none.
	 *
	 * @var string
	 */
	private $needed;

	/**
	 * The service, once it was needed: a checkout comes by here a hundred times.
	 *
	 * @var object|null
	 */
	private $target = null;

	/**
	 * Remember what is to be called.
	 *
	 * @param Services $services Where the service comes from.
	 * @param string   $service  The service's name.
	 * @param string   $method   The method to call.
	 * @param bool     $filters  Whether it is a filter.
	 * @param string   $needed   The service without which there is nothing to do; empty for none.
	 */
	public function __construct( Services $services, string $service, string $method, bool $filters, string $needed = '' ) {
		$this->services = $services;
		$this->service  = $service;
		$this->method   = $method;
		$this->filters  = $filters;
		$this->needed   = $needed;
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
			if ( null === $this->target ) {
				if ( '' !== $this->needed && ! $this->services->has( $this->needed ) ) {
					return $fallback;
				}
				$this->target = $this->services->{$this->service}();
			}
			$answer = $this->target->{$this->method}( ...$given );
			return $this->filters ? $answer : null;
		} catch ( \Throwable $error ) {
			Log::failure( $this->service . '.' . $this->method, $error );
			return $fallback;
		}
	}
}
