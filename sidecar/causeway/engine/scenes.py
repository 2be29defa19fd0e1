"""The scene of a decision: what a flow may look at, gathered from settings and ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from causeway.connectors.base import Capabilities, ConnectionSettings
from causeway.engine.context import Context
from causeway.flows.scene import Scene, Side
from causeway.ledger import connections, mappings
from causeway.ledger.connections import ConnectionRow
from causeway.ledger.tables import stock_levels
from causeway.policy import StorePolicy, Translation


@dataclass(slots=True)
class Scenes:
    """For decisions made in one transaction: what they share is read once."""

    context: Context
    connection: Connection
    _known: dict[str, ConnectionRow] | None = None
    _tables: dict[str, tuple[Translation, ...]] = field(default_factory=dict)

    def of(self, store: str, arrived: datetime | None, skus: tuple[str, ...]) -> Scene:
        """The scene for one order of `store` that arrived then (None: just now) with `skus`."""
        policy = self.context.settings.policy(store)
        if self._known is None:
            self._known = connections.every(self.connection)
        known = self._known
        if store not in self._tables:
            self._tables[store] = _translations(self.connection, store)
        serving = [c for c in self.context.settings.connections if c.serves(store)]
        return Scene(
            policy=policy,
            sides=tuple(self._side(c, known.get(c.name), arrived) for c in serving),
            translations=(*policy.translations, *self._tables[store]),
            stock=_stock(self.connection, policy, skus),
        )

    def _side(
        self, settings: ConnectionSettings, row: ConnectionRow | None, arrived: datetime | None
    ) -> Side:
        shadow = row is not None and (
            bool(row.shadow)
            or (row.live_from is not None and arrived is not None and arrived < row.live_from)
        )
        return Side(settings.name, settings.roles, self._able(settings.name), shadow)

    def _able(self, name: str) -> Capabilities:
        try:
            return self.context.connector(name).capabilities
        except Exception as error:  # noqa: BLE001 - a broken connection must not stop decisions
            self.context.report(error)
            return Capabilities()


def _translations(connection: Connection, store: str) -> tuple[Translation, ...]:
    return tuple(
        Translation(
            row.table_name,  # type: ignore[arg-type]
            row.pattern,
            row.value,
            row.connection,
            row.valid_from,
            row.valid_until,
        )
        for row in mappings.of_store(connection, store)
    )


def _stock(
    connection: Connection, policy: StorePolicy, skus: tuple[str, ...]
) -> dict[tuple[str, str], Decimal]:
    """On hand less reserved by (warehouse, SKU), looked up only where a rule asks for it."""
    if not skus or not any(rule.in_stock for rule in policy.routes):
        return {}
    found: dict[tuple[str, str], Decimal] = {}
    table = stock_levels.c
    query = select(table.warehouse, table.sku, table.on_hand, table.reserved).where(
        table.sku.in_(list(skus))
    )
    for row in connection.execute(query):
        place = (row.warehouse, row.sku)
        found[place] = found.get(place, Decimal(0)) + row.on_hand - row.reserved
    return found
