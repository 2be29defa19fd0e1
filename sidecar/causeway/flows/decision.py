"""What a flow answers: the new state and everything that must happen because of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from causeway.connectors.base import Role
from causeway.flows.state import OrderState


@dataclass(frozen=True, slots=True)
class Ask:
    """Something to be done by `connection`, or by the first that plays `role` for the store.

    With `suffix` it makes the delivery's key: `berlin:1042:` and `book`, or `refund:79`.
    """

    role: Role
    operation: str
    suffix: str
    payload: Any
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """An update for the store. `ref` makes its key; `data` is what the shop applies."""

    kind: str
    ref: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A case to open: `kind` names its sort and, with `ref`, itself among the order's cases."""

    kind: str
    title: str
    detail: str
    remedy: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A word that a required table does not have; one case names all orders that wait for it."""

    table: str
    word: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """A document of another connector that stands under our key from now on."""

    connection: str
    suffix: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone that was reached."""

    name: str
    at: datetime
    ref: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """State after, deliveries, updates, cases opened and settled, milestones.

    `superseded` says the fact was older than what is known and changed nothing.
    """

    state: OrderState | None
    asks: tuple[Ask, ...] = ()
    tells: tuple[Tell, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    settled: tuple[str, ...] = ()
    """Cases that are over, as `kind` or `kind:ref`."""
    steps: tuple[Step, ...] = ()
    superseded: bool = False
    skus: tuple[str, ...] = field(default=())
    """The SKUs whose availability changes by it."""
    missing: tuple[Missing, ...] = ()
    adopted: tuple[Adoption, ...] = ()
    wake_at: datetime | None = None
    """When the order must be looked at again though nothing happened."""

    def then(self, more: Decision) -> Decision:
        """One made of this decision and another made after it, on its state."""
        return replace(
            more,
            asks=self.asks + more.asks,
            tells=self.tells + more.tells,
            troubles=self.troubles + more.troubles,
            settled=self.settled + more.settled,
            steps=self.steps + more.steps,
            skus=tuple(sorted({*self.skus, *more.skus})),
            missing=self.missing + more.missing,
            adopted=self.adopted + more.adopted,
            wake_at=more.wake_at or self.wake_at,
        )
