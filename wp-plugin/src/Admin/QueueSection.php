<?php
/**
 * The queue's page.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

defined( 'ABSPATH' ) || exit;

/**
 * What waits, and what can be done about it. There is nothing to save here.
 */
final class QueueSection extends Section {

	/**
	 * The queue, for the owner's eyes.
	 *
	 * @var Queue
	 */
	private $queue;

	/**
	 * Give it its queue.
	 *
	 * @param Queue $queue The queue, for the owner's eyes.
	 */
	public function __construct( Queue $queue ) {
		$this->queue = $queue;
	}

	/** Its title. */
	public function title(): string {
		return __( 'Queue', 'causeway-for-woocommerce' );
	}

	/** Whether there is anything to save. */
	public function has_settings(): bool {
		return false;
	}

	/**
	 * Its fields.
	 *
	 * @return array[]
	 */
	public function fields(): array {
		return array(
			self::heading( 'queue', __( 'Queue', 'causeway-for-woocommerce' ), __( 'Each change waits here until Causeway has acknowledged it. Nothing is ever given up.', 'causeway-for-woocommerce' ) ),
			self::row( __( 'State', 'causeway-for-woocommerce' ), array( $this, 'print_figures' ) ),
			self::row( __( 'By hand', 'causeway-for-woocommerce' ), array( $this, 'print_buttons' ) ),
			self::end( 'queue' ),
			self::heading( 'history', __( 'History', 'causeway-for-woocommerce' ), __( 'Sends orders from before the pairing, in portions, behind everything new. An order that Causeway has is not sent twice.', 'causeway-for-woocommerce' ) ),
			self::row( __( 'Orders created', 'causeway-for-woocommerce' ), array( $this, 'print_history' ) ),
			self::end( 'history' ),
		);
	}

	/** The figures. */
	public function print_figures(): void {
		echo '<div data-causeway-figures>' . $this->queue->figures_html() . '</div>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped there.
	}

	/** The buttons. */
	public function print_buttons(): void {
		Forms::button( 'send', __( 'Send now', 'causeway-for-woocommerce' ) );
		Forms::button( 'retry', __( 'Retry what was refused', 'causeway-for-woocommerce' ) );
	}

	/** The history's form and progress. */
	public function print_history(): void {
		$year = (int) wp_date( 'Y' );
		printf(
			'<div class="causeway-days"><label>%1$s <input type="date" name="from" form="%3$s" value="%4$s"></label> <label>%2$s <input type="date" name="to" form="%3$s" value="%5$s"></label> ',
			esc_html__( 'From', 'causeway-for-woocommerce' ),
			esc_html__( 'to', 'causeway-for-woocommerce' ),
			esc_attr( Forms::ID ),
			esc_attr( ( $year - 1 ) . '-01-01' ),
			esc_attr( (string) wp_date( 'Y-m-d' ) )
		);
		Forms::button( 'backfill', __( 'Send the history', 'causeway-for-woocommerce' ) );
		if ( $this->queue->is_history_active() ) {
			Forms::button( 'backfill_stop', __( 'Stop', 'causeway-for-woocommerce' ) );
		}
		echo '</div><div data-causeway-history>' . $this->queue->history_html() . '</div>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped there.
	}
}
