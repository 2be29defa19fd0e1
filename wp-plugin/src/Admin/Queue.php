<?php
/**
 * The queue, for the owner's eyes.
 *
 * @package Causeway
 */

namespace Causeway\Admin;

use Causeway\Health\Condition;
use Causeway\Outbox\Breaker;
use Causeway\Outbox\Statistics;
use Causeway\Reconcile\Backfill;

defined( 'ABSPATH' ) || exit;

/**
 * What waits, how long, why, and when it is tried again: as HTML that the page refreshes.
 */
final class Queue {

	private const MOST = 10;

	/**
	 * How much waits.
	 *
	 * @var Statistics
	 */
	private $statistics;

	/**
	 * Whether the sidecar is worth a try.
	 *
	 * @var Breaker
	 */
	private $breaker;

	/**
	 * How the plugin is.
	 *
	 * @var Condition
	 */
	private $condition;

	/**
	 * Queues history.
	 *
	 * @var Backfill
	 */
	private $backfill;

	/**
	 * What the shop has not applied.
	 *
	 * @var NotApplied
	 */
	private $not_applied;

	/**
	 * Give it its parts.
	 *
	 * @param Statistics $statistics  How much waits.
	 * @param Breaker    $breaker     Whether the sidecar is worth a try.
	 * @param Condition  $condition   How the plugin is.
	 * @param Backfill   $backfill    Queues history.
	 * @param NotApplied $not_applied What the shop has not applied.
	 */
	public function __construct( Statistics $statistics, Breaker $breaker, Condition $condition, Backfill $backfill, NotApplied $not_applied ) {
		$this->statistics  = $statistics;
		$this->breaker     = $breaker;
		$this->condition   = $condition;
		$this->backfill    = $backfill;
		$this->not_applied = $not_applied;
	}

	/**
	 * The figures.
	 *
	 * @return string HTML.
	 */
	public function figures_html(): string {
		$findings = $this->condition->findings();
		$html     = '';
		foreach ( $findings as $finding ) {
			$html .= sprintf( '<div class="notice notice-warning inline"><p><strong>%s</strong> %s</p></div>', esc_html( $finding->sentence ), esc_html( 'late' === $finding->kind ? '' : $finding->remedy ) ); // The figures below say why it is late.
		}
		if ( $findings && 'no_table' === $findings[0]->kind ) {
			return $html;
		}
		$html .= '<dl class="causeway-figures">';
		foreach ( $this->figures() as $label => $value ) {
			$html .= sprintf( '<div><dt>%s</dt><dd>%s</dd></div>', esc_html( $label ), $value );
		}
		return $html . '</dl>' . $this->refused_html() . $this->not_applied->html();
	}

	/**
	 * How far the history is.
	 *
	 * @return string HTML; empty when none was ever started.
	 */
	public function history_html(): string {
		$is = $this->backfill->progress();
		if ( $is['from'] <= 0 ) {
			return '';
		}
		$days = esc_html( wp_date( get_option( 'date_format' ), $is['from'] ) . ' – ' . wp_date( get_option( 'date_format' ), $is['to'] ) );
		/* translators: 1: orders looked at, 2: orders in all, 3: orders queued, 4: orders that wait. */
		$text = sprintf( esc_html__( '%1$s of %2$s orders looked at, %3$s queued, %4$s still wait', 'causeway-for-woocommerce' ), number_format_i18n( $is['seen'] ), number_format_i18n( $is['total'] ), number_format_i18n( $is['queued'] ), number_format_i18n( $is['waiting'] ) );
		$word = $is['active'] ? esc_html__( 'Running', 'causeway-for-woocommerce' ) : ( $is['waiting'] > 0 ? esc_html__( 'Sending', 'causeway-for-woocommerce' ) : esc_html__( 'Ended', 'causeway-for-woocommerce' ) );
		return sprintf(
			'<p><strong>%s</strong> (%s)</p><p><progress max="%d" value="%d" aria-label="%s"></progress> %s</p>',
			$word,
			$days,
			max( 1, $is['total'] ),
			max( 0, min( $is['seen'] - min( $is['waiting'], $is['queued'] ), $is['total'] ) ) + ( 0 === $is['total'] ? 1 : 0 ),
			esc_attr__( 'Progress of the history', 'causeway-for-woocommerce' ),
			$text
		);
	}

	/**
	 * Whether history is being queued.
	 */
	public function is_history_active(): bool {
		return $this->backfill->progress()['active'];
	}

	/**
	 * Each figure's name and its value.
	 *
	 * @return array<string, string> Values are HTML.
	 */
	private function figures(): array {
		$waiting = array();
		foreach ( $this->statistics->waiting() as $entity => $count ) {
			$waiting[] = Words::counted( $entity, $count );
		}
		$oldest = $this->statistics->oldest_age();
		$error  = $this->condition->last_error();
		return array(
			__( 'Waiting', 'causeway-for-woocommerce' )    => $waiting ? esc_html( wp_sprintf( '%l', $waiting ) ) : esc_html__( 'Nothing', 'causeway-for-woocommerce' ),
			__( 'Oldest', 'causeway-for-woocommerce' )     => null === $oldest ? '–' : Times::html( time() - $oldest, true ),
			__( 'Last sent', 'causeway-for-woocommerce' )  => Times::html( $this->statistics->last_sent_at(), true ),
			__( 'Last error', 'causeway-for-woocommerce' ) => '' === $error ? esc_html__( 'None', 'causeway-for-woocommerce' ) : esc_html( $error ),
			__( 'Next try', 'causeway-for-woocommerce' )   => $this->next_try( (bool) $waiting ),
			__( 'Scheduled work last ran', 'causeway-for-woocommerce' ) => Times::html( $this->condition->last_beat(), true ),
		);
	}

	/**
	 * When what waits is tried next.
	 *
	 * @param bool $is_waiting Whether anything does.
	 * @return string HTML.
	 */
	private function next_try( bool $is_waiting ): string {
		$until = $this->breaker->until();
		if ( $until > time() ) {
			return Times::html( $until, true );
		}
		return $is_waiting ? esc_html__( 'With the next run, within a minute', 'causeway-for-woocommerce' ) : '–';
	}

	/**
	 * What was refused, and why.
	 *
	 * @return string HTML.
	 */
	private function refused_html(): string {
		$html = '';
		foreach ( $this->statistics->failing( self::MOST ) as $row ) {
			if ( $row->attempts < 1 ) {
				continue; // Held up by the sidecar's absence, which is told above.
			}
			$name = Words::entity( $row->entity, $row->entity_id );
			$link = in_array( $row->entity, array( 'order', 'return' ), true ) ? sprintf( '<a href="%s">%s</a>', esc_url( \Automattic\WooCommerce\Utilities\OrderUtil::get_order_admin_edit_url( $row->entity_id ) ), esc_html( $name ) ) : esc_html( $name );
			/* translators: %s: how soon, as “in 5 minutes”. */
			$next  = sprintf( esc_html__( 'Next try: %s', 'causeway-for-woocommerce' ), Times::html( $row->available_at, true ) );
			$html .= sprintf( '<li><strong>%s</strong> %s <span>%s</span></li>', $link, esc_html( $row->last_error ), $next );
		}
		if ( '' === $html ) {
			return '';
		}
		return '<h3>' . esc_html__( 'Refused; tried again by themselves', 'causeway-for-woocommerce' ) . '</h3><ul class="causeway-refused">' . $html . '</ul>';
	}
}
