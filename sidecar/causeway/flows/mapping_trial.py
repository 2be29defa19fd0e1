"""What other tables would have made of an order: the difference, word by word. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from causeway.canonical import Order
from causeway.flows.mapping import Tables, Translator, missing
from causeway.flows.routing import booking_side, goods_route
from causeway.flows.scene import Scene
from causeway.flows.state import OrderState


@dataclass(frozen=True, slots=True)
class Difference:
    """One word that `connection` would be told otherwise. `where` is its place in the order."""

    connection: str
    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one order. `needs` are words required and lacking, as table and word."""

    number: str
    differences: tuple[Difference, ...]
    needed: tuple[tuple[str, str], ...]
    needs: tuple[tuple[str, str], ...]

    @property
    def freed(self) -> bool:
        """It waits, or would have waited, and does not any more."""
        return bool(self.needed) and not self.needs

    @property
    def caught(self) -> bool:
        """It would have to wait for a word that it had."""
        return bool(set(self.needs) - set(self.needed))


def tried(state: OrderState, scene: Scene, tables: Tables, at: datetime) -> Trial:
    """The order by the scene's tables and by `tables` instead, both as of `at`."""
    other = replace(scene, translations=tables)
    erp = state.erp or booking_side(state.order, scene)
    differences = [
        Difference(connection, where, before, after)
        for connection in dict.fromkeys((erp, *_receivers(state, scene)))
        if connection
        for (where, before), (_, after) in zip(
            _words(state, Translator(scene, connection, at)),
            _words(state, Translator(other, connection, at)),
            strict=True,
        )
        if before != after
    ]
    lack, would_lack = (
        tuple((x.table, x.word) for x in missing(state.order, s, erp, at)) for s in (scene, other)
    )
    return Trial(state.order.number, tuple(differences), lack, would_lack)


def _receivers(state: OrderState, scene: Scene) -> Iterator[str]:
    """Who else is told of the order: its warehouses, or those it would go to, and the books."""
    parts = [part.connection for part in state.fulfilments if part.connection]
    if not parts and state.order.needs_shipping:
        wanted = {line.id: line.quantity for line in state.order.product_lines}
        parts = [place[0] for place in goods_route(state.order, wanted, scene).places]
    yield from parts
    yield from (side.name for side in scene.plays("finance") if side.can.journal)


def _words(state: OrderState, words: Translator) -> Iterator[tuple[str, str]]:
    """Each word that is translated, with its place, always in the same order."""
    order: Order = words.order(state.order)
    yield "payment", order.payment_method
    yield "customer", order.customer.id
    for shown, line in zip(state.order.lines, order.lines, strict=True):
        place = f"line {line.id} ({shown.name[:40]})"
        if line.kind == "product":
            yield f"{place} SKU", line.sku
        if line.kind == "shipping":
            yield f"{place} shipping", line.code
    for shown_rate, rate in zip(state.order.tax_rates, order.tax_rates, strict=True):
        yield f"tax {shown_rate.code or shown_rate.id}", rate.code
    for part in state.fulfilments:
        if part.connection == words.connection:
            yield f"request {part.id} warehouse", words.word("warehouse", part.warehouse)
