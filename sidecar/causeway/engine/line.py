"""One connection as a drain sees it: its calls under way, and what is claimed for the next ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from causeway.engine.limits import Bounds, Settlement
from causeway.ledger.deliveries import ClaimedDelivery
from causeway.ledger.lanes import BULK

# Bulk leaves this share of a connection's calls to the orders.
BULK_SHARE = 0.75


@dataclass(slots=True)
class Line:
    """Only the thread that runs the drain changes it; `stores` belong to whoever claims.

    A line flows when it got all the slots it last asked for. Then some deliveries are claimed
    before their slots are: a call that ends is followed by the next one at once, not after the
    ledger's commit.
    """

    name: str
    bounds: Bounds
    flying: dict[str, ClaimedDelivery] = field(default_factory=dict)
    """The calls under way, by slot."""
    ready: deque[tuple[ClaimedDelivery, float]] = field(default_factory=deque)
    """Claimed, with the time (monotonic) before the claim; their calls have not begun."""
    slots: list[str] = field(default_factory=list)
    """Taken for what is being claimed."""
    settled: list[Settlement] = field(default_factory=list)
    """What came of slots and was not told to the limits yet."""
    returned: list[ClaimedDelivery] = field(default_factory=list)
    """Claimed, and to be given back as it was."""
    flowing: bool = False
    closed: bool = False
    """Nothing is begun: the drain ends, or a call was refused in a way that stops the line."""
    more: bool = False
    """The last claim found as many as it asked for."""
    rest_until: float = 0.0
    held_back: bool = False
    """Something is due that its rate or the calls of other workers hold back for a moment."""
    looked_at: float = -1e9
    stores: list[str] = field(default_factory=list)
    stores_at: float = -1e9
    turn: int = 0

    @property
    def free(self) -> int:
        return self.bounds.concurrency - len(self.flying) - len(self.slots)

    @property
    def ahead(self) -> int:
        """How many may be ready before their slots: all calls may end during one transaction."""
        return self.bounds.concurrency

    @property
    def busy(self) -> bool:
        return bool(self.flying or self.ready or self.slots or self.returned)

    @property
    def has_suspect(self) -> bool:
        """Whether one of its deliveries has seen a worker die: it must not take others with it."""
        waiting = (delivery for delivery, _ in self.ready)
        return any(d.deaths for d in (*self.flying.values(), *waiting))

    def hand_back(self) -> None:
        """Begin none of what is ready."""
        self.returned += [delivery for delivery, _ in self.ready]
        self.ready.clear()
        self.flowing = False

    def drop_slots(self) -> None:
        """Slots that nothing was found for go back."""
        self.settled += [Settlement(slot, "unused") for slot in self.slots]
        self.slots = []


def bounds_of(bounds: Bounds, lanes: Sequence[int]) -> Bounds:
    """Those of a drain of bulk alone leave room for orders."""
    if list(lanes) != [BULK]:
        return bounds
    return replace(bounds, concurrency=max(1, int(bounds.concurrency * BULK_SHARE)))
