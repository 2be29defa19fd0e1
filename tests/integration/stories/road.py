"""The whole road for a story: a shop, the sidecar, and the sandbox's ERP and warehouses."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

from causeway.canonical.codec import decode
from causeway.connectors.base import ConnectionSettings
from causeway.flows.state import OrderState
from causeway.ledger import orders as order_rows
from causeway.ledger.tables import cases, deliveries, updates
from causeway.sandbox.app import App
from causeway.sandbox.wire import Request
from tests.sandbox_tools import TOKEN
from tests.world import World, fixture_order, order_event

ID = "42001"


def connections(address: str, *warehouses: str) -> tuple[ConnectionSettings, ...]:
    """An ERP that keeps the journal too, and connections to the warehouse under other names."""
    erp = ConnectionSettings(
        "erp", "sandbox_erp", address, ("erp", "finance"), TOKEN, options={"warehouse": "MAIN"}
    )
    others = tuple(
        ConnectionSettings(name, "sandbox_wms", address, ("fulfilment",), TOKEN)
        for name in warehouses or ("wms",)
    )
    return (erp, *others)


@dataclass
class Road:
    """One order on its way. The shop shows versions of it; time passes when the story says so."""

    world: World
    sandbox: App
    order: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    store: str = "berlin"
    id: str = ID

    def checkout(self, name: str = "partial_refund_one_line", **changes: Any) -> None:
        """A buyer orders what the fixture has, unrefunded and in processing."""
        self.order = fixture_order(name)
        self.order["refunds"] = []
        new = {"id": int(self.id), "number": self.id, "status": "processing"}
        self.order["order"].update({**new, "refunds": [], **changes})
        self.shows()

    def shows(self, **changes: Any) -> None:
        """The shop shows the order, changed if so wanted, and all that follows is done."""
        self.order["order"].update(changes)
        self.version += 1
        event = order_event(deepcopy(self.order), self.version)
        answer = self.world.shop(self.store).events([event])
        assert answer.get_json()["accepted"], answer.get_json()
        self.world.drain()

    def refunds(self, number: int, *goods: tuple[int, int], origin: str = "") -> None:
        """The shop refunds so many of its lines, by their place in the order."""
        lines = [self._refund_line(number, place, quantity) for place, quantity in goods]
        amount = -sum(Decimal(x["total"]) + Decimal(x["total_tax"]) for x in lines)
        echo = sha256(origin.encode()).hexdigest()  # as the plugin writes it
        meta = [{"key": "_causeway_key", "value": echo}] if origin else []
        refund = {
            "id": number,
            "amount": str(amount),
            "reason": "",
            "date_created_gmt": "2026-11-21T10:00:00",
            "meta_data": meta,
            "line_items": lines,
        }
        self.order["refunds"].append(refund)
        self.shows()

    def _refund_line(self, number: int, place: int, quantity: int) -> dict[str, Any]:
        line = deepcopy(self.order["order"]["line_items"][place])
        share = -Decimal(quantity) / Decimal(line["quantity"])
        line["meta_data"] = [{"key": "_refunded_item_id", "value": str(line["id"])}]
        taxes = [
            {**tax, "total": str((Decimal(tax["total"] or 0) * share).quantize(Decimal("0.01")))}
            for tax in line["taxes"]
        ]
        total = (Decimal(line["total"]) * share).quantize(Decimal("0.01"))
        tax = sum((Decimal(x["total"]) for x in taxes), Decimal(0))
        line.update(id=number * 100 + place, quantity=-quantity, total=str(total))
        line.update(total_tax=str(tax), taxes=taxes)
        return line

    def hears(self) -> None:
        """The sidecar reads what the systems behind have to say, and acts on it."""
        for connection in self.world.settings.connections:
            self.world.poll(connection.name)
        self.world.drain()

    def plays(self, what: str, **body: Any) -> Any:
        """Somebody in the warehouse or the office does something."""
        return self.ask("POST", f"/sandbox/{what}", body)

    def ask(self, method: str, target: str, body: Any = None) -> Any:
        raw = b"" if body is None else orjson.dumps(body)
        reply = self.sandbox.answer(Request(method, target, TOKEN, raw))
        assert reply.status < 300, reply.body
        return orjson.loads(reply.body)

    def key(self, suffix: str) -> str:
        return f"{self.store}:{self.id}:{suffix}"

    @property
    def state(self) -> OrderState:
        with self.world.context.ledger.read() as connection:
            row = order_rows.get(connection, self.store, self.id)
        assert row is not None
        return decode(OrderState, row.state)

    @property
    def cases(self) -> list[str]:
        """What waits for a person; the sandbox's free gift, whose price of zero does too, aside."""
        found = self.world.rows(cases, state="open")
        return [row.kind for row in found if not row.kind.startswith("held_price")]

    @property
    def done(self) -> list[str]:
        """Everything that was asked of the systems behind and is done, in order."""
        rows = [r for r in self.world.rows(deliveries) if r.operation != "journal"]
        return [r.key.removeprefix(self.key("")) for r in rows if r.state == "done"]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the shop was told of that kind."""
        return [json.loads(row.data) for row in self.world.rows(updates, kind=kind)]

    @property
    def notes(self) -> list[str]:
        return [data["text"] for data in self.told("note")]

    def booked(self) -> dict[str, Any]:
        """The sales order in the ERP's books."""
        found = self.ask("GET", f"/erp/orders?external_ref={self.key('book')}")["orders"]
        assert len(found) == 1
        order: dict[str, Any] = found[0]
        return order

    def nothing_twice(self) -> bool:
        """Neither the ERP nor the warehouse made two documents of one thing."""
        return self.ask("GET", "/sandbox/books")["created_twice"] == []
