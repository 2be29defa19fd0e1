<?php
/**
 * What Causeway may write of a product, field by field.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Options;
use Causeway\Product\Fields;

defined( 'ABSPATH' ) || exit;

/**
 * A small table of fields, each with its choice, and what is read from its form.
 */
final class ProductChoices {

	private const HOST = '~^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?\z~';

	/** The table. */
	public static function print_fields(): void {
		$modes = array(
			Fields::ALWAYS   => __( 'Causeway always writes it', 'causeway-for-woocommerce' ),
			Fields::UNEDITED => __( 'Causeway, until it is changed here', 'causeway-for-woocommerce' ),
			Fields::NEVER    => __( 'The shop alone', 'causeway-for-woocommerce' ),
		);
		echo '<div class="causeway-choices">';
		foreach ( self::labels() as $name => $label ) {
			$id = esc_attr( Options::PRODUCT_FIELDS . "_$name" );
			printf( '<label for="%s">%s</label><select id="%s" name="%s">', $id, esc_html( $label ), $id, esc_attr( Options::PRODUCT_FIELDS . "[$name]" ) ); // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped above.
			foreach ( $modes as $mode => $words ) {
				printf( '<option value="%s"%s>%s</option>', esc_attr( $mode ), selected( Fields::mode( $name ), $mode, false ), esc_html( $words ) );
			}
			echo '</select>';
		}
		echo '</div>';
	}

	/**
	 * Keep what the form says. WooCommerce has checked its nonce.
	 */
	public static function save(): void {
		$given = wc_clean( wp_unslash( $_POST[ Options::PRODUCT_FIELDS ] ?? array() ) ); // phpcs:ignore WordPress.Security.NonceVerification.Missing, WordPress.Security.ValidatedSanitizedInput -- by WooCommerce; wc_clean sanitizes.
		$modes = array();
		foreach ( is_array( $given ) ? $given : array() as $name => $mode ) {
			if ( in_array( $name, Fields::NAMES, true ) && in_array( $mode, array( Fields::ALWAYS, Fields::UNEDITED, Fields::NEVER ), true ) ) {
				$modes[ $name ] = $mode;
			}
		}
		if ( $modes ) {
			Options::set( Options::PRODUCT_FIELDS, $modes );
		}
		self::clean_hosts();
	}

	/**
	 * Keep hosts as hosts: whole addresses are cut to theirs, and what is none is named.
	 */
	private static function clean_hosts(): void {
		$hosts = array();
		$given = preg_split( '~[\s,]+~', strtolower( (string) Options::get( Options::IMAGE_HOSTS ) ), -1, PREG_SPLIT_NO_EMPTY );
		foreach ( is_array( $given ) ? $given : array() as $one ) {
			$host = (string) preg_replace( '~^[a-z]+://|[/?#].*$~', '', $one );
			if ( preg_match( self::HOST, $host ) ) {
				$hosts[] = $host;
			} else {
				/* translators: %s: what was entered. */
				\WC_Admin_Settings::add_error( sprintf( __( '“%s” is not a host. Enter one such as cdn.example.com.', 'causeway-for-woocommerce' ), $one ) );
			}
		}
		Options::set( Options::IMAGE_HOSTS, implode( "\n", array_unique( $hosts ) ) );
	}

	/**
	 * The fields' names.
	 *
	 * @return array<string, string>
	 */
	private static function labels(): array {
		return array(
			'name'              => __( 'Name', 'causeway-for-woocommerce' ),
			'description'       => __( 'Description', 'causeway-for-woocommerce' ),
			'short_description' => __( 'Short description', 'causeway-for-woocommerce' ),
			'images'            => __( 'Pictures', 'causeway-for-woocommerce' ),
			'categories'        => __( 'Categories', 'causeway-for-woocommerce' ),
			'attributes'        => __( 'Attributes', 'causeway-for-woocommerce' ),
			'weight_kg'         => __( 'Weight', 'causeway-for-woocommerce' ),
			'tax_class'         => __( 'Tax class', 'causeway-for-woocommerce' ),
			'active'            => __( 'Published or hidden', 'causeway-for-woocommerce' ),
		);
	}
}
