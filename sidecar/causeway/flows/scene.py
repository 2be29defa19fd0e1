"""What a decision may look at besides the order: data, handed in, so that flows stay pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from causeway.canonical import Money
from causeway.connectors.base import Capabilities, Role
from causeway.policy import StorePolicy, Translation


@dataclass(frozen=True, slots=True)
class Side:
    """A connection as flows see it. A `shadow` one is computed for and sent nothing."""

    name: str
    roles: tuple[Role, ...]
    can: Capabilities = field(default_factory=Capabilities)
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A store's policy, the connections behind it in the order of the settings, and stock.

    `stock` is on hand less reserved by (warehouse, SKU), given only where a rule asks for it;
    `totals` what other orders come to, by number, where a return is exchanged for one.
    """

    policy: StorePolicy = field(default_factory=StorePolicy)
    sides: tuple[Side, ...] = ()
    translations: tuple[Translation, ...] = ()
    stock: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    totals: Mapping[str, Money] = field(default_factory=dict)

    def side(self, name: str) -> Side | None:
        return next((side for side in self.sides if side.name == name), None)

    def plays(self, role: Role) -> tuple[Side, ...]:
        """Who plays `role` for the store."""
        return tuple(side for side in self.sides if role in side.roles)

    def can(self, name: str) -> Capabilities:
        """What the connection can do; nothing for one that is gone from the settings."""
        side = self.side(name)
        return side.can if side else Capabilities()
