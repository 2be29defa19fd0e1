"""Each configured connection with what the ledger knows of it. No token is ever among it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from causeway.connectors.base import ConnectionSettings
from causeway.engine.limits import Circuit, Limits, Standing, in_words
from causeway.ledger import connections, deliveries
from causeway.ledger.connections import ConnectionRow
from causeway.ledger.states import DeliveryState


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """`kind`, `address`, `roles` and `serves` are empty for one that is in the settings no more."""

    name: str
    kind: str
    address: str
    roles: tuple[str, ...]
    serves: tuple[str, ...]
    row: ConnectionRow
    undelivered: int
    parked: int
    oldest: datetime | None
    circuit: Circuit = "closed"
    standing: str = ""
    """What keeps calls from it just now, in words."""

    @property
    def configured(self) -> bool:
        return bool(self.kind)


def connection_views(
    connection: Connection, configured: Sequence[ConnectionSettings], limits: Limits
) -> list[ConnectionView]:
    """Those of the settings in their order, then those only the ledger still knows."""
    rows = connections.every(connection)
    counts = deliveries.counts(connection)
    oldest = deliveries.oldest(connection)
    known = {settings.name: settings for settings in configured}
    others = sorted({*rows, *oldest} - {*known})
    found = []
    for name in [*known, *others]:
        settings = known.get(name)
        stands = limits.standing(name) if settings else Standing()
        at = {state: count for (whose, state), count in counts.items() if whose == name}
        found.append(
            ConnectionView(
                name=name,
                kind=settings.kind if settings else "",
                address=settings.url if settings else "",
                roles=settings.roles if settings else (),
                serves=settings.stores if settings else (),
                row=rows.get(name, ConnectionRow(name)),
                undelivered=sum(at.values()),
                parked=at.get(DeliveryState.PARKED.value, 0),
                oldest=oldest.get(name),
                circuit=stands.circuit,
                standing=in_words(stands),
            )
        )
    return found
