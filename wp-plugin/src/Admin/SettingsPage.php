<?php
/**
 * The tab.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * WooCommerce's settings page for our sections. Loaded only where WooCommerce has loaded its own.
 */
final class SettingsPage extends \WC_Settings_Page {

	/**
	 * The sections, by their names in the address.
	 *
	 * @var array<string, Section>
	 */
	private $parts;

	/**
	 * Give it its sections.
	 *
	 * @param array<string, Section> $parts By their names in the address.
	 */
	public function __construct( array $parts ) {
		$this->id    = Screens::TAB;
		$this->label = __( 'Causeway', 'causeway-for-woocommerce' );
		$this->parts = $parts;
		parent::__construct();
	}

	/**
	 * The sections' links, and what the last button said.
	 *
	 * @return void
	 */
	public function output_sections() {
		parent::output_sections();
		Forms::repeat_said();
	}

	/**
	 * The page. A section without settings has nothing to save.
	 *
	 * @return void
	 */
	public function output() {
		global $current_section;
		$part = $this->parts[ (string) $current_section ] ?? null;
		if ( null !== $part && ! $part->has_settings() ) {
			$GLOBALS['hide_save_button'] = true; // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedVariableFound -- how WooCommerce asks for it.
		}
		parent::output();
	}

	/**
	 * Save the section.
	 *
	 * @return void
	 */
	public function save() {
		global $current_section;
		parent::save();
		$part = $this->parts[ (string) $current_section ] ?? null;
		if ( null !== $part ) {
			$part->save();
		}
	}

	/**
	 * The sections' titles.
	 *
	 * @return array<string, string>
	 */
	protected function get_own_sections() {
		return array_map( static fn( Section $part ) => $part->title(), $this->parts );
	}

	/**
	 * A section's fields.
	 *
	 * @param string $section_id Its name in the address.
	 * @return array
	 */
	protected function get_settings_for_section_core( $section_id ) {
		return isset( $this->parts[ $section_id ] ) ? $this->parts[ $section_id ]->fields() : array();
	}
}
