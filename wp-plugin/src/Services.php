<?php
/**
 * The one place where everything is put together.
 *
 * @package Causeway
 */

namespace Causeway;

defined( 'ABSPATH' ) || exit;

/**
 * Makes each part when it is first asked for, and hands out the same one after that.
 */
final class Services {

	/**
	 * What has been made so far.
	 *
	 * @var array<string, object>
	 */
	private $made = array();

	/** The plugin's own life. */
	public function plugin(): Plugin {
		return $this->once( __FUNCTION__, static fn() => new Plugin() );
	}

	/** The tables. */
	public function installer(): Installer {
		return $this->once( __FUNCTION__, static fn() => new Installer() );
	}

	/** Who is writing: the shop, or we. */
	public function origin(): Origin {
		return $this->once( __FUNCTION__, static fn() => new Origin() );
	}

	/** What changed in this request. */
	public function marks(): Capture\Marks {
		return $this->once( __FUNCTION__, fn() => new Capture\Marks( $this->outbox(), array( Capture\Orders::class, 'resolve' ) ) );
	}

	/** Watches orders and refunds. */
	public function order_capture(): Capture\Orders {
		return $this->once( __FUNCTION__, fn() => new Capture\Orders( $this->marks() ) );
	}

	/** Watches products and stock. */
	public function product_capture(): Capture\Products {
		return $this->once( __FUNCTION__, fn() => new Capture\Products( $this->marks(), $this->origin() ) );
	}

	/** Watches posts for orders and products. */
	public function post_capture(): Capture\Posts {
		return $this->once( __FUNCTION__, fn() => new Capture\Posts( $this->order_capture(), $this->product_capture() ) );
	}

	/** Watches customers. */
	public function customer_capture(): Capture\Customers {
		return $this->once( __FUNCTION__, fn() => new Capture\Customers( $this->marks() ) );
	}

	/** Watches notes. */
	public function note_capture(): Capture\Notes {
		return $this->once( __FUNCTION__, fn() => new Capture\Notes( $this->marks(), $this->origin() ) );
	}

	/** What waits to be sent. */
	public function outbox(): Outbox\Outbox {
		return $this->once( __FUNCTION__, static fn() => new Outbox\Outbox() );
	}

	/** How much waits, how long, and why. */
	public function outbox_statistics(): Outbox\Statistics {
		return $this->once( __FUNCTION__, static fn() => new Outbox\Statistics() );
	}

	/** Whether the sidecar is worth a try now. */
	public function breaker(): Outbox\Breaker {
		return $this->once( __FUNCTION__, static fn() => new Outbox\Breaker() );
	}

	/** Sends what waits. */
	public function sender(): Outbox\Sender {
		return $this->once( __FUNCTION__, fn() => new Outbox\Sender( $this->outbox(), $this->payloads(), $this->client(), $this->breaker() ) );
	}

	/** Sends an order right after the response. */
	public function after_response(): Outbox\AfterResponse {
		return $this->once( __FUNCTION__, fn() => new Outbox\AfterResponse( $this->marks(), fn() => $this->sender(), fn() => $this->poller() ) );
	}

	/** Makes events of what changed. */
	public function payloads(): Payload\Builder {
		return $this->once( __FUNCTION__, static fn() => new Payload\Builder() );
	}

	/** Speaks to the sidecar. */
	public function client(): Transport\Client {
		return $this->once( __FUNCTION__, static fn() => new Transport\Client() );
	}

	/** Tries the connection and names what is wrong. */
	public function connection_test(): Transport\ConnectionTest {
		return $this->once( __FUNCTION__, fn() => new Transport\ConnectionTest( $this->client(), $this->breaker() ) );
	}

	/** Keeps the scheduled work going. */
	public function scheduler(): Schedule\Scheduler {
		return $this->once( __FUNCTION__, fn() => new Schedule\Scheduler( $this->worker(), $this->heartbeat() ) );
	}

	/** When each job last ran. */
	public function heartbeat(): Schedule\Heartbeat {
		return $this->once( __FUNCTION__, static fn() => new Schedule\Heartbeat() );
	}

	/** Does the scheduled work. */
	public function worker(): Schedule\Worker {
		return $this->once( __FUNCTION__, fn() => new Schedule\Worker( $this, $this->heartbeat() ) );
	}

	/** Fetches what the shop must be told. */
	public function poller(): Feed\Poller {
		return $this->once( __FUNCTION__, fn() => new Feed\Poller( $this->client(), $this->inbox(), $this->feed_applier(), $this->breaker() ) );
	}

	/** What was received and is to be applied once. */
	public function inbox(): Feed\Inbox {
		return $this->once( __FUNCTION__, static fn() => new Feed\Inbox() );
	}

	/** Applies what waits in the inbox. */
	public function feed_applier(): Feed\Applier {
		return $this->once(
			__FUNCTION__,
			fn() => new Feed\Applier(
				$this->inbox(),
				$this->origin(),
				fn() => $this->product_master(),
				array(
					'note'     => $this->note_applier(),
					'status'   => new Feed\Statuses(),
					'shipment' => new Feed\Shipments(
						$this->note_applier(),
						array( new Feed\Shipment\Fulfillments(), new Feed\Shipment\ShipmentTracking(), new Feed\Shipment\OwnTracking() )
					),
					'refund'   => $this->refund_applier(),
				)
			)
		);
	}

	/** Writes notes, each once. */
	public function note_applier(): Feed\Notes {
		return $this->once( __FUNCTION__, static fn() => new Feed\Notes() );
	}

	/** Records refunds, each once. */
	public function refund_applier(): Feed\Refunds {
		return $this->once( __FUNCTION__, static fn() => new Feed\Refunds() );
	}

	/** The shop's own copy of the sidecar's stock and prices. */
	public function catalog(): Catalog\Cache {
		return $this->once( __FUNCTION__, static fn() => new Catalog\Cache() );
	}

	/** Fetches stock and prices. */
	public function catalog_puller(): Catalog\Puller {
		return $this->once( __FUNCTION__, fn() => new Catalog\Puller( $this->client(), $this->catalog(), $this->breaker() ) );
	}

	/** Writes stock and prices into products. */
	public function catalog_applier(): Catalog\Applier {
		return $this->once( __FUNCTION__, fn() => new Catalog\Applier( $this->catalog(), new Catalog\Sales(), $this->origin() ) );
	}

	/** Keeps carts from buying what is no longer there. */
	public function cart_guard(): Catalog\CartGuard {
		return $this->once( __FUNCTION__, fn() => new Catalog\CartGuard( $this->catalog(), new Catalog\Sales() ) );
	}

	/** What checkouts have set aside. */
	public function reservations(): Catalog\Reservations {
		return $this->once( __FUNCTION__, static fn() => new Catalog\Reservations() );
	}

	/** Asks the sidecar, at the moment of the order, whether the goods are still there. */
	public function live_check(): Catalog\LiveCheck {
		return $this->once( __FUNCTION__, fn() => new Catalog\LiveCheck( $this->client(), new Catalog\LiveBreaker( $this->breaker() ), new Catalog\Sales() ) );
	}

	/** Shows and charges prices by quantity and customer group. */
	public function price_tiers(): Catalog\PriceTiers {
		return $this->once( __FUNCTION__, static fn() => new Catalog\PriceTiers() );
	}

	/** Makes and changes products as the back office describes them. */
	public function product_master(): Product\Master {
		return $this->once( __FUNCTION__, fn() => new Product\Master( $this->origin(), new Product\Fields() ) );
	}

	/** Fetches products' pictures. */
	public function product_images(): Product\Images {
		return $this->once( __FUNCTION__, fn() => new Product\Images( $this->origin(), new Product\Download() ) );
	}

	/** Where the sidecar says: look now. */
	public function poke(): Rest\PokeController {
		return $this->once( __FUNCTION__, fn() => new Rest\PokeController( $this->scheduler(), $this->after_response() ) );
	}

	/** Finds what no hook told. */
	public function sweep(): Reconcile\Sweep {
		return $this->once( __FUNCTION__, fn() => new Reconcile\Sweep( $this->outbox() ) );
	}

	/** Compares with what the sidecar has. */
	public function manifest(): Reconcile\Manifest {
		return $this->once( __FUNCTION__, fn() => new Reconcile\Manifest( $this->client(), $this->outbox() ) );
	}

	/** Queues a shop's history. */
	public function backfill(): Reconcile\Backfill {
		return $this->once( __FUNCTION__, fn() => new Reconcile\Backfill( $this->outbox() ) );
	}

	/** The plugin's languages. */
	public function translations(): Admin\Translations {
		return $this->once( __FUNCTION__, static fn() => new Admin\Translations() );
	}

	/** The tab among WooCommerce's settings. */
	public function admin_settings(): Admin\Settings {
		return $this->once( __FUNCTION__, fn() => new Admin\Settings( $this ) );
	}

	/** The settings' buttons. */
	public function admin_forms(): Admin\Forms {
		return $this->once( __FUNCTION__, fn() => new Admin\Forms( $this ) );
	}

	/** The queue, for the owner's eyes. */
	public function admin_queue(): Admin\Queue {
		return $this->once( __FUNCTION__, fn() => new Admin\Queue( $this->outbox_statistics(), $this->breaker(), $this->condition(), $this->backfill(), new Admin\NotApplied( $this->inbox() ) ) );
	}

	/** The admin's script and style. */
	public function admin_assets(): Admin\Assets {
		return $this->once( __FUNCTION__, static fn() => new Admin\Assets() );
	}

	/** What the admin's pages ask for. */
	public function admin_routes(): Admin\Routes {
		return $this->once( __FUNCTION__, fn() => new Admin\Routes( $this ) );
	}

	/** The one notice. */
	public function admin_notice(): Admin\Notice {
		return $this->once( __FUNCTION__, fn() => new Admin\Notice( $this->condition() ) );
	}

	/** What the sidecar knows of an order. */
	public function journeys(): Admin\Journeys {
		return $this->once( __FUNCTION__, fn() => new Admin\Journeys( $this->client() ) );
	}

	/** The panel beside an order. */
	public function order_panel(): Admin\OrderPanel {
		return $this->once( __FUNCTION__, fn() => new Admin\OrderPanel( $this->outbox() ) );
	}

	/** Asks for returns. */
	public function return_requests(): Returns\Requests {
		return $this->once( __FUNCTION__, fn() => new Returns\Requests( $this->outbox() ) );
	}

	/** The form by which a return is asked for. */
	public function return_form(): Admin\ReturnForm {
		return $this->once( __FUNCTION__, fn() => new Admin\ReturnForm( $this->return_requests() ) );
	}

	/** A parcel's label. */
	public function order_label(): Admin\OrderLabel {
		return $this->once( __FUNCTION__, fn() => new Admin\OrderLabel( $this->client() ) );
	}

	/** Causeway in the list of orders. */
	public function order_list(): Admin\OrderList {
		return $this->once( __FUNCTION__, fn() => new Admin\OrderList( $this->outbox() ) );
	}

	/** What a customer's rights mean here. */
	public function privacy(): Admin\Privacy {
		return $this->once( __FUNCTION__, fn() => new Admin\Privacy( $this->outbox() ) );
	}

	/** How the plugin is. */
	public function condition(): Health\Condition {
		return $this->once( __FUNCTION__, fn() => new Health\Condition( $this->outbox_statistics(), $this->breaker(), $this->heartbeat() ) );
	}

	/** The plugin in figures. */
	public function figures(): Health\Figures {
		return $this->once( __FUNCTION__, fn() => new Health\Figures( $this->outbox_statistics(), $this->condition(), $this->inbox() ) );
	}

	/** Causeway in Site Health. */
	public function site_health(): Health\SiteHealth {
		return $this->once( __FUNCTION__, fn() => new Health\SiteHealth( $this->condition(), $this->figures(), $this->connection_test() ) );
	}

	/** Causeway in WooCommerce's System Status. */
	public function system_status(): Health\SystemStatus {
		return $this->once( __FUNCTION__, fn() => new Health\SystemStatus( $this->figures() ) );
	}

	/** The commands. */
	public function cli(): Cli\Register {
		return $this->once( __FUNCTION__, fn() => new Cli\Register( $this ) );
	}

	/**
	 * Whether a service was needed so far.
	 *
	 * @param string $name Its name.
	 */
	public function has( string $name ): bool {
		return isset( $this->made[ $name ] );
	}

	/**
	 * Make it, or take the one made before.
	 *
	 * @param string   $name Its name.
	 * @param callable $make Makes it.
	 * @return mixed
	 */
	private function once( string $name, callable $make ) {
		if ( ! isset( $this->made[ $name ] ) ) {
			$this->made[ $name ] = $make();
		}
		return $this->made[ $name ];
	}
}
