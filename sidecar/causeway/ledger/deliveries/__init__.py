"""Deliveries: planned once under a key, done one after another for each order and connection."""

from causeway.ledger.deliveries.due import due_at, stores_of
from causeway.ledger.deliveries.leases import claim, extend, finish, finish_all, give_back
from causeway.ledger.deliveries.planning import drop_shadow, go_live, plan
from causeway.ledger.deliveries.records import Attempt, ClaimedDelivery, Finish, PlannedDelivery
from causeway.ledger.deliveries.upkeep import counts, mend_clock, oldest, retry_now

__all__ = [
    "Attempt",
    "ClaimedDelivery",
    "Finish",
    "PlannedDelivery",
    "claim",
    "counts",
    "drop_shadow",
    "due_at",
    "extend",
    "finish",
    "finish_all",
    "give_back",
    "go_live",
    "mend_clock",
    "oldest",
    "plan",
    "retry_now",
    "stores_of",
]
