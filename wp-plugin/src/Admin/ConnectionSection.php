<?php
/**
 * The connection's settings.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\DbError;
use Causeway\Options;
use Causeway\Outbox\Statistics;
use Causeway\Pairing;
use Causeway\Uninstaller;

defined( 'ABSPATH' ) || exit;

/**
 * Which sidecar the shop belongs to, and whether it answers. The code and the secret go in and never
 * come out.
 */
final class ConnectionSection extends Section {

	private const FIELD = 'causeway_pairing_code';

	/**
	 * How much waits.
	 *
	 * @var Statistics
	 */
	private $statistics;

	/**
	 * Give it its figures.
	 *
	 * @param Statistics $statistics How much waits.
	 */
	public function __construct( Statistics $statistics ) {
		$this->statistics = $statistics;
	}

	/** Its title. */
	public function title(): string {
		return __( 'Connection', 'causeway-for-woocommerce' );
	}

	/** Whether there is anything to save. */
	public function has_settings(): bool {
		return true;
	}

	/**
	 * Its fields.
	 *
	 * @return array[]
	 */
	public function fields(): array {
		$fields = array(
			self::heading( 'connection', __( 'Connection', 'causeway-for-woocommerce' ), __( 'The Causeway sidecar takes what happens in this shop to your back office, and brings stock, prices and shipments back.', 'causeway-for-woocommerce' ) ),
			self::row( __( 'Paired with', 'causeway-for-woocommerce' ), array( $this, 'print_pairing' ) ),
			self::row( __( 'Pairing code', 'causeway-for-woocommerce' ), array( $this, 'print_code' ), Pairing::is_from_config() ? '' : self::FIELD ),
		);
		if ( null !== Pairing::current() ) {
			$fields[] = self::row( __( 'Test', 'causeway-for-woocommerce' ), array( $this, 'print_test' ) );
		}
		$fields[] = self::end( 'connection' );
		$fields[] = self::heading( 'removal', __( 'Removal', 'causeway-for-woocommerce' ) );
		$fields[] = self::checkbox(
			Options::REMOVE_DATA,
			__( 'When the plugin is deleted', 'causeway-for-woocommerce' ),
			__( 'Remove Causeway’s tables and settings', 'causeway-for-woocommerce' ),
			__( 'While changes wait to be sent, they are kept all the same.', 'causeway-for-woocommerce' )
		);
		$fields[] = self::row( __( 'Not sent yet', 'causeway-for-woocommerce' ), array( $this, 'print_unsent' ) );
		$fields[] = self::end( 'removal' );
		return $fields;
	}

	/**
	 * Pair with the sidecar whose code was entered. WooCommerce has checked who asks.
	 */
	public function save(): void {
		$code = isset( $_POST[ self::FIELD ] ) ? trim( sanitize_text_field( wp_unslash( $_POST[ self::FIELD ] ) ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Missing
		if ( '' === $code || Pairing::is_from_config() ) {
			return;
		}
		try {
			$pairing = Pairing::store( $code );
		} catch ( \InvalidArgumentException $error ) {
			\WC_Admin_Settings::add_error( html_entity_decode( $error->getMessage(), ENT_QUOTES, 'UTF-8' ) );
			return;
		}
		\Causeway\Health\Condition::forget();
		/* translators: 1: an address, 2: the store's name. */
		\WC_Admin_Settings::add_message( sprintf( __( 'Paired with %1$s as “%2$s”. Test the connection now.', 'causeway-for-woocommerce' ), $pairing->url, $pairing->store ) );
	}

	/**
	 * With whom, since when.
	 */
	public function print_pairing(): void {
		$pairing = Pairing::current();
		if ( null === $pairing ) {
			echo '<p>' . esc_html__( 'Not paired yet. Changes in this shop are collected until it is.', 'causeway-for-woocommerce' ) . '</p>';
			return;
		}
		/* translators: 1: an address, 2: the store's name. */
		$sentence = sprintf( esc_html__( '%1$s as “%2$s”', 'causeway-for-woocommerce' ), '<code>' . esc_html( $pairing->url ) . '</code>', '<strong>' . esc_html( $pairing->store ) . '</strong>' );
		$since    = Pairing::since();
		if ( $since > 0 ) {
			/* translators: %s: date and time. */
			$sentence .= ', ' . sprintf( esc_html__( 'since %s', 'causeway-for-woocommerce' ), Times::html( $since ) );
		}
		echo '<p>' . $sentence . '</p>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped above.
		if ( Pairing::is_from_config() ) {
			return;
		}
		Forms::button( 'unpair', __( 'Unpair', 'causeway-for-woocommerce' ), array( 'data-causeway-confirm' => __( 'Unpair this shop? What waits to be sent is kept, and goes to the sidecar it is paired with next.', 'causeway-for-woocommerce' ) ) );
	}

	/**
	 * The field for a code: always empty.
	 */
	public function print_code(): void {
		if ( Pairing::is_from_config() ) {
			/* translators: %s: the name of a constant. */
			echo '<p>' . sprintf( esc_html__( 'Set by %s in wp-config.php; it can be changed there only.', 'causeway-for-woocommerce' ), '<code>CAUSEWAY_PAIRING_CODE</code>' ) . '</p>';
			return;
		}
		printf(
			'<input type="password" id="%1$s" name="%1$s" value="" class="regular-input" autocomplete="new-password" spellcheck="false" placeholder="causeway1.…" aria-describedby="%1$s-about">',
			esc_attr( self::FIELD )
		);
		$about = null === Pairing::current()
			/* translators: %s: a command. */
			? sprintf( esc_html__( 'Paste the code that %s prints beside the sidecar.', 'causeway-for-woocommerce' ), '<code>causeway store add</code>' )
			: esc_html__( 'To pair anew, for instance with a new secret, paste a new code. The present one is never shown.', 'causeway-for-woocommerce' );
		printf( '<p class="description" id="%s-about">%s</p>', esc_attr( self::FIELD ), $about ); // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped above.
		if ( Pairing::is_secret_from_config() ) {
			/* translators: %s: the name of a constant. */
			echo '<p class="description">' . sprintf( esc_html__( 'The secret is set by %s in wp-config.php.', 'causeway-for-woocommerce' ), '<code>CAUSEWAY_SECRET</code>' ) . '</p>';
		}
	}

	/**
	 * The test's button; its answer is read out when it comes.
	 */
	public function print_test(): void {
		Forms::button( 'test', __( 'Test the connection', 'causeway-for-woocommerce' ), array( 'data-causeway-test' => '' ) );
		echo '<div class="causeway-answer" role="status" aria-live="polite" data-causeway-answer></div>';
	}

	/**
	 * What would be lost with the plugin, and whether it may be.
	 */
	public function print_unsent(): void {
		try {
			$waiting = $this->statistics->waiting();
		} catch ( DbError $error ) {
			echo '<p>' . esc_html__( 'Causeway’s table in the database cannot be read.', 'causeway-for-woocommerce' ) . '</p>';
			return;
		}
		if ( ! $waiting ) {
			echo '<p>' . esc_html__( 'Nothing: Causeway has all that happened in this shop.', 'causeway-for-woocommerce' ) . '</p>';
			return;
		}
		$what  = wp_sprintf( '%l', array_map( array( Words::class, 'counted' ), array_keys( $waiting ), $waiting ) );
		$until = Uninstaller::unsent_may_go_until();
		if ( $until > 0 ) {
			/* translators: 1: as “2 orders and 1 note”, 2: date and time. */
			echo '<p>' . sprintf( esc_html__( '%1$s, which may be thrown away with the plugin until %2$s.', 'causeway-for-woocommerce' ), esc_html( $what ), Times::html( $until ) ) . '</p>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped there.
			Forms::button( 'keep_unsent', __( 'Keep them after all', 'causeway-for-woocommerce' ) );
			return;
		}
		/* translators: %s: as “2 orders and 1 note”. */
		echo '<p>' . esc_html( sprintf( __( '%s. They are kept when the plugin is deleted, and the tables and settings with them.', 'causeway-for-woocommerce' ), $what ) ) . '</p>';
		/* translators: %s: as “2 orders and 1 note”. */
		$ask = sprintf( __( 'If the plugin is deleted within the next hour, these will never reach your back office: %s. May they be thrown away?', 'causeway-for-woocommerce' ), $what );
		Forms::button( 'discard_unsent', __( 'Let them be thrown away', 'causeway-for-woocommerce' ), array( 'data-causeway-confirm' => $ask ) );
	}
}
