"""A shop as the plugin makes it: an outbox that never gives up, sends twice and out of order."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests

from causeway.demo.shop import Shop
from causeway.errors import CausewayError
from causeway.wire.pairing import Pairing
from faults.orders import Order

LINES = 4
BATCH = 5
PAUSE_SECONDS = 0.3
AGAIN = 0.1  # the share of acknowledgements that is "lost on the way", so that all is sent again


@dataclass
class Outbox:
    """Sends what is put into it over LINES connections until the sidecar has acknowledged it.

    `refused` are the ids the sidecar did not take, by what it said.
    """

    pairing: Pairing
    dice: random.Random
    acknowledged: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    failures: int = 0
    _orders: dict[str, Order] = field(default_factory=dict)
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _flying: int = 0
    _open: bool = True
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for number in range(LINES):
            thread = threading.Thread(target=self._send, name=f"shop-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def put(self, orders: Iterable[Order]) -> None:
        """Their events wait to be sent, in an order that chance has changed a little."""
        events: list[dict[str, Any]] = []
        for order in orders:
            self._orders[order.order_id] = order
            events.extend(order.events)
        events.sort(key=lambda e: (int(e["entity_id"]) // 3, self.dice.random()))
        with self._changed:
            self._waiting.extend(events)
            self._changed.notify_all()

    @property
    def accepted(self) -> list[Order]:
        """The orders of which the sidecar has acknowledged every version."""
        return [
            order
            for order in list(self._orders.values())
            if all(event["id"] in self.acknowledged for event in order.events)
        ]

    @property
    def put_in(self) -> int:
        return len(self._orders)

    def drained(self, seconds: float) -> bool:
        """Wait until all is acknowledged or refused; False when it is not in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._flying, timeout=seconds
            )

    def close(self) -> None:
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(30)

    def _send(self) -> None:
        shop = Shop(self.pairing)
        while batch := self._take():
            lost = self._post(shop, batch)
            with self._changed:
                self._flying -= 1
                if lost:
                    self._waiting.extend(batch)
                self._changed.notify_all()
            if lost == "failed":
                time.sleep(PAUSE_SECONDS)

    def _take(self) -> list[dict[str, Any]]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open)
            if not self._open:
                return []
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._flying += 1
            return batch

    def _post(self, shop: Shop, batch: list[dict[str, Any]]) -> str:
        """Empty when the batch is done; `failed` or `again` when it is to be sent again."""
        try:
            answer = shop.post("/v1/events", {"events": batch})
            said = answer.json() if answer.status_code == 202 else None
        except (requests.RequestException, CausewayError, ValueError):
            said = None
        if said is None:
            self.failures += 1
            return "failed"
        with self._changed:
            if self.dice.random() < AGAIN:
                return "again"  # as if the answer had never come
        self.acknowledged.update([*said["accepted"], *said["duplicates"]])
        for item in said["refused"]:
            self.refused[item["id"] or "?"] = str(item["problem"].get("type", ""))
        return ""
