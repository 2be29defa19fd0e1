"""A real shop, its plugin, and a sidecar in the test's hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.acceptance.counterpart import Counterpart
from tests.shop.shop import Shop

SERVICES = "\\Causeway\\Plugin::services()"
# Action Scheduler starts a run of its own only while this lock is free.
_LOCK = "'action_scheduler_lock_async-request-runner'"
SCHEDULER_ASLEEP = (
    f"update_option( {_LOCK}, uniqid( '', true ) . '|' . ( time() + DAY_IN_SECONDS ), false );"
)
SCHEDULER_AWAKE = f"delete_option( {_LOCK} );"


@dataclass(frozen=True, slots=True)
class Road:
    shop: Shop
    sidecar: Counterpart

    def pair(self) -> None:
        """Nobody sends or polls from here on but the test: pages of the admin would start it too."""
        self.shop.php(SCHEDULER_ASLEEP)
        self.shop.value("return Causeway\\Pairing::store( $pairing )->url;",
                        pairing=self.sidecar.code)  # fmt: skip

    def send(self) -> dict[str, Any]:
        """One run of the sender: sent, unchanged, settled, failed, more, error."""
        found: dict[str, Any] = self.shop.value(f"return {SERVICES}->sender()->run();")
        return found

    def poll(self) -> int:
        """Fetch, apply and acknowledge; how many updates came to their end."""
        return int(self.shop.value(f"return {SERVICES}->poller()->run();"))

    def call(self, call: str, **values: Any) -> Any:
        """Something of the plugin's: road.call("sweep()->recent()")."""
        return self.shop.value(f"return {SERVICES}->{call};", **values)

    def row(self, entity: str, entity_id: int) -> dict[str, Any] | None:
        """The outbox's row of an entity."""
        found = self.shop.sql(
            "SELECT * FROM wp_causeway_outbox WHERE entity = ? AND entity_id = ?", entity, entity_id
        )
        return dict(found[0]) if found else None

    def waiting(self) -> set[tuple[str, int]]:
        """What is not acknowledged."""
        rows = self.shop.sql("SELECT entity, entity_id FROM wp_causeway_outbox WHERE state < 2")
        return {(row["entity"], row["entity_id"]) for row in rows}

    def statuses(self, order: int) -> list[str]:
        """What the sidecar was told of an order, in order."""
        return [event["data"]["order"].get("status", event["topic"])
                for event in self.sidecar.of("order", order)]  # fmt: skip

    def latest(self, order: int) -> dict[str, Any]:
        """The order and its refunds as the sidecar was told last."""
        found: dict[str, Any] = self.sidecar.of("order", order)[-1]["data"]
        return found

    def inbox(self, order: int) -> list[tuple[str, int, str]]:
        rows = self.shop.sql(
            "SELECT kind, state, result FROM wp_causeway_inbox WHERE entity_id = ?"
            " ORDER BY feed_id",
            order,
        )
        return [(row["kind"], row["state"], row["result"]) for row in rows]

    def notes(self, order: int) -> list[str]:
        rows = self.shop.sql(
            "SELECT comment_content FROM wp_comments WHERE comment_post_ID = ?"
            " ORDER BY comment_ID", order,
        )  # fmt: skip
        return [row["comment_content"] for row in rows]

    def new_order(self, sku: str = "MUG-01", quantity: int = 1, status: str = "processing") -> int:
        """An order made by a program, as importers and gateways do."""
        return int(self.shop.value(
            "$o = wc_create_order(); $o->add_product( wc_get_product( $id ), $quantity );"
            "$o->set_address( array( 'first_name' => 'Erika', 'country' => 'DE',"
            "'city' => 'Berlin',"
            "'postcode' => '10115', 'address_1' => 'Hauptstr. 1', 'email' => 'e@example.org' ) );"
            "$o->calculate_totals(); $o->update_status( $status ); return $o->get_id();",
            id=self.shop.product(sku)["id"], quantity=quantity, status=status,
        ))  # fmt: skip
