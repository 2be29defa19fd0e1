"""A delivery as it is planned, leased and left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from causeway.ledger.lanes import ORDERS
from causeway.ledger.states import DeliveryState


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One operation to be done at one connection. `payload` is the canonical JSON it needs."""

    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    payload: str
    lane: int = ORDERS
    shadow: bool = False
    """Whether it is only to be looked at and never sent."""


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery under lease. `attempts` counts those before this one.

    `uncertain` means an earlier attempt may have worked: look up before anything is sent.
    `deaths` counts the workers that ended while they were sending it.
    """

    id: int
    connection: str
    key: str
    store: str
    order_id: str
    operation: str
    payload: str
    fence: int
    attempts: int
    deaths: int
    uncertain: bool
    created_at: datetime
    lane: int = ORDERS


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try went. `detail` is redacted: codes and our own sentences, no payloads."""

    started_at: datetime
    duration_ms: int
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Finish:
    """How a delivery is left after an attempt. `counts` says whether the attempt is used up."""

    delivery: ClaimedDelivery
    attempt: Attempt
    state: DeliveryState
    due_at: datetime | None = None
    reason: str = ""
    counts: bool = True
