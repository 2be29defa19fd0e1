"""The scene of a decision: what a flow may look at, gathered from settings and ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from causeway.connectors.base import Capabilities, ConnectionSettings
from causeway.engine.context import Context
from causeway.flows.mapping import Tables
from causeway.flows.scene import Scene, Side
from causeway.ledger import connections, mapping_versions, mappings
from causeway.ledger.connections import ConnectionRow
from causeway.ledger.mappings import MappingRow
from causeway.ledger.tables import stock_levels
from causeway.policy import StorePolicy, Translation


@dataclass(slots=True)
class Scenes:
    """For decisions made in one transaction: what they share is read once."""

    context: Context
    connection: Connection
    _known: dict[str, ConnectionRow] | None = None
    _tables: dict[str, Tables] = field(default_factory=dict)

    def of(self, store: str, arrived: datetime | None, skus: tuple[str, ...]) -> Scene:
        """The scene for one order of `store` that arrived then (None: just now) with `skus`."""
        policy = self.context.settings.policy(store)
        if self._known is None:
            self._known = connections.every(self.connection)
        known = self._known
        if store not in self._tables:
            self._tables[store] = self._translations(store)
        serving = [c for c in self.context.settings.connections if c.serves(store)]
        return Scene(
            policy=policy,
            sides=tuple(self._side(c, known.get(c.name), arrived) for c in serving),
            translations=self._tables[store],
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

    def _translations(self, store: str) -> Tables:
        """Those of the settings, then the ledger's: read again only after a change of them."""
        mark = mapping_versions.newest(self.connection, store)
        known = self.context.tables.get(store)
        if known is None or known[0] != mark:
            rows = mappings.of_store(self.connection, store)
            settled = self.context.settings.policy(store).translations
            known = (mark, Tables((*settled, *(as_entry(row) for row in rows))))
            self.context.tables[store] = known
        return known[1]

    def _able(self, name: str) -> Capabilities:
        try:
            return self.context.connector(name).capabilities
        except Exception as error:  # noqa: BLE001 - a broken connection must not stop decisions
            self.context.report(error)
            return Capabilities()


def as_entry(row: MappingRow) -> Translation:
    return Translation(
        row.table_name,  # type: ignore[arg-type]
        row.pattern,
        row.value,
        row.connection,
        row.valid_from,
        row.valid_until,
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
