<?php
/**
 * The settings' buttons.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Health\Condition;
use Causeway\Log;
use Causeway\Pairing;
use Causeway\Services;
use Causeway\Transport\Advice;
use Causeway\Uninstaller;

defined( 'ABSPATH' ) || exit;

/**
 * Each button posts a form of its own that stands outside WooCommerce's, so that it works without
 * JavaScript and saves no settings by the way.
 */
final class Forms {

	public const ID = 'causeway-do';

	private const ACTION  = 'causeway_do';
	private const SECONDS = 10;
	private const SAID    = 'causeway_said_';

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
	 * A button.
	 *
	 * @param string                $does       What it does: a key of the table in act().
	 * @param string                $label      What it says.
	 * @param array<string, string> $attributes Further ones.
	 */
	public static function button( string $does, string $label, array $attributes = array() ): void {
		$more = '';
		foreach ( $attributes as $name => $value ) {
			$more .= sprintf( ' %s="%s"', esc_attr( $name ), esc_attr( $value ) );
		}
		printf( '<button type="submit" class="button" form="%s" name="does" value="%s"%s>%s</button> ', esc_attr( self::ID ), esc_attr( $does ), $more, esc_html( $label ) ); // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped above.
	}

	/**
	 * The form itself, after WooCommerce's.
	 */
	public function print_form(): void {
		global $current_section;
		printf( '<form id="%s" method="post" action="%s">', esc_attr( self::ID ), esc_url( admin_url( 'admin-post.php' ) ) );
		printf( '<input type="hidden" name="action" value="%s"><input type="hidden" name="section" value="%s">', esc_attr( self::ACTION ), esc_attr( (string) $current_section ) );
		wp_nonce_field( self::ACTION, 'causeway_nonce' );
		echo '</form>';
	}

	/**
	 * A button was pressed.
	 */
	public function act(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) ) {
			wp_die( esc_html__( 'You may not change Causeway’s settings.', 'causeway-for-woocommerce' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION, 'causeway_nonce' );
		$table   = array(
			'test'           => 'test',
			'unpair'         => 'unpair',
			'discard_unsent' => 'discard_unsent',
			'keep_unsent'    => 'keep_unsent',
			'send'           => 'send',
			'retry'          => 'retry',
			'pull'           => 'pull',
			'backfill'       => 'start_backfill',
			'backfill_stop'  => 'stop_backfill',
		);
		$does    = sanitize_key( wp_unslash( $_POST['does'] ?? '' ) );
		$section = sanitize_key( wp_unslash( $_POST['section'] ?? '' ) );
		if ( isset( $table[ $does ] ) ) {
			try {
				list( $is_good, $sentence ) = $this->{$table[ $does ]}();
			} catch ( \Throwable $error ) {
				Log::failure( "The button “{$does}”", $error );
				list( $is_good, $sentence ) = array( false, __( 'That did not work; WooCommerce’s log “causeway” says why.', 'causeway-for-woocommerce' ) );
			}
			Condition::forget();
			set_transient( self::SAID . get_current_user_id(), array( $is_good, $sentence ), MINUTE_IN_SECONDS );
		}
		wp_safe_redirect( Screens::settings_url( $section ) );
		exit;
	}

	/**
	 * Hand WooCommerce what the last button said, to be shown with its own messages.
	 */
	public static function repeat_said(): void {
		$name = self::SAID . get_current_user_id();
		$said = get_transient( $name );
		if ( is_array( $said ) && 2 === count( $said ) ) {
			delete_transient( $name );
			$said[0] ? \WC_Admin_Settings::add_message( $said[1] ) : \WC_Admin_Settings::add_error( $said[1] );
		}
	}

	/**
	 * Try the connection.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function test(): array {
		$found = $this->services->connection_test()->run();
		return array( $found['ok'], trim( "{$found['sentence']} {$found['remedy']} {$found['detail']}" ) );
	}

	/**
	 * End the pairing.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function unpair(): array {
		Pairing::forget();
		return array( true, __( 'The shop is no longer paired. What waits to be sent is kept.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Let what is not sent go with the plugin, for an hour.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function discard_unsent(): array {
		Uninstaller::let_unsent_go( true );
		return array( true, __( 'If the plugin is deleted within the next hour, what is not sent is thrown away.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Keep what is not sent.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function keep_unsent(): array {
		Uninstaller::let_unsent_go( false );
		return array( true, __( 'What is not sent is kept when the plugin is deleted.', 'causeway-for-woocommerce' ) );
	}

	/**
	 * Send what is due.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function send(): array {
		$this->services->breaker()->succeeded();
		$report = $this->services->sender()->run( self::SECONDS );
		if ( '' !== $report->error ) {
			return array( false, trim( implode( ' ', Advice::of( $report->error ) ) ) );
		}
		$sent = $report->sent + $report->unchanged + $report->settled;
		/* translators: %s: a number. */
		$text = sprintf( _n( '%s change was sent.', '%s changes were sent.', $sent, 'causeway-for-woocommerce' ), number_format_i18n( $sent ) );
		if ( $report->failed > 0 ) {
			/* translators: %s: a number. */
			$text .= ' ' . sprintf( _n( '%s was refused; the list says why.', '%s were refused; the list says why.', $report->failed, 'causeway-for-woocommerce' ), number_format_i18n( $report->failed ) );
		}
		if ( $report->more ) {
			$text .= ' ' . __( 'More is due, and goes on by itself.', 'causeway-for-woocommerce' );
		}
		return array( 0 === $report->failed, 0 === $sent + $report->failed ? __( 'Nothing was due.', 'causeway-for-woocommerce' ) : $text );
	}

	/**
	 * Try all that waits for a later time.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function retry(): array {
		$this->services->outbox()->retry_all();
		return $this->send();
	}

	/**
	 * Fetch stock and prices.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function pull(): array {
		if ( ! $this->services->catalog()->is_wanted() ) {
			return array( false, __( 'Neither stock nor prices are to be applied.', 'causeway-for-woocommerce' ) );
		}
		$this->services->breaker()->succeeded();
		$lines = $this->services->catalog_puller()->run();
		$error = $this->services->breaker()->trouble();
		if ( $error ) {
			return array( false, trim( implode( ' ', Advice::of( (string) ( $error['kind'] ?? '' ) ) ) ) );
		}
		$this->services->catalog_applier()->run( self::SECONDS );
		/* translators: %s: a number. */
		return array( true, sprintf( _n( '%s line of stock and prices came.', '%s lines of stock and prices came.', $lines, 'causeway-for-woocommerce' ), number_format_i18n( $lines ) ) );
	}

	/**
	 * Begin to queue the shop's history.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function start_backfill(): array {
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- act() has checked it.
		$window = Window::read( sanitize_text_field( wp_unslash( $_POST['from'] ?? '' ) ), sanitize_text_field( wp_unslash( $_POST['to'] ?? '' ) ) );
		// phpcs:enable
		if ( null === $window ) {
			return array( false, __( 'Enter a first and a last day, the first not after the last.', 'causeway-for-woocommerce' ) );
		}
		$total = $this->services->backfill()->start( $window->from, $window->to )['total'];
		/* translators: %s: a number. */
		return array( true, sprintf( _n( '%s order is in these days. What Causeway lacks is sent behind everything new.', '%s orders are in these days. What Causeway lacks is sent behind everything new.', $total, 'causeway-for-woocommerce' ), number_format_i18n( $total ) ) );
	}

	/**
	 * Stop queueing history.
	 *
	 * @return array{0: bool, 1: string}
	 */
	private function stop_backfill(): array {
		$this->services->backfill()->stop();
		return array( true, __( 'Stopped. What was queued is sent all the same.', 'causeway-for-woocommerce' ) );
	}
}
