<?php
/**
 * One section of the tab.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * A page of settings, in the shape WooCommerce reads.
 */
abstract class Section {

	/** Its title. */
	abstract public function title(): string;

	/**
	 * Its fields.
	 *
	 * @return array[] As WC_Admin_Settings reads them.
	 */
	abstract public function fields(): array;

	/** Whether there is anything to save. */
	public function has_settings(): bool {
		return true;
	}

	/**
	 * Save what WooCommerce does not save by itself.
	 */
	public function save(): void {
	}

	/**
	 * A heading.
	 *
	 * @param string $name  Its name.
	 * @param string $title What it says.
	 * @param string $about A sentence about it.
	 */
	protected static function heading( string $name, string $title, string $about = '' ): array {
		return array(
			'type'  => 'title',
			'id'    => "causeway_$name",
			'title' => $title,
			'desc'  => $about,
		);
	}

	/**
	 * The end of what a heading began.
	 *
	 * @param string $name The heading's name.
	 */
	protected static function end( string $name ): array {
		return array(
			'type' => 'sectionend',
			'id'   => "causeway_$name",
		);
	}

	/**
	 * A row whose cell we print ourselves. It has no id, so WooCommerce saves nothing for it.
	 *
	 * @param string   $title What it is.
	 * @param callable $cell  Prints the cell.
	 * @param string   $input The id of the input it labels.
	 */
	protected static function row( string $title, callable $cell, string $input = '' ): array {
		return array(
			'type'  => 'causeway',
			'title' => $title,
			'cell'  => $cell,
			'for'   => $input,
		);
	}

	/**
	 * A checkbox.
	 *
	 * @param string $option One of the constants of Options.
	 * @param string $title  The row's name.
	 * @param string $label  What is on when it is checked.
	 * @param string $about  A sentence about it.
	 * @param string $group  `start`, `` or `end` of several in one row; empty for one alone.
	 */
	protected static function checkbox( string $option, string $title, string $label, string $about = '', string $group = '' ): array {
		$field = array(
			'type'    => 'checkbox',
			'id'      => $option,
			'title'   => $title,
			'desc'    => $label,
			'default' => \Causeway\Options::DEFAULTS[ $option ],
		);
		if ( '' !== $about ) {
			$field['desc_tip'] = $about;
		}
		if ( '' !== $group ) {
			$field['checkboxgroup'] = 'middle' === $group ? '' : $group;
		}
		return $field;
	}
}
