"""The states of events, deliveries and cases, each with the sentence a person reads."""

from __future__ import annotations

from causeway.told import Told


class EventState(Told):
    WAITING = "waiting", "It is stored and will be worked on."
    DONE = "done", "Everything that followed from it is decided."
    SUPERSEDED = "superseded", "A newer version was known already; it is kept as history."
    CASE = "case", "It could not be understood; a case says why."


class DeliveryState(Told):
    WAITING = "waiting", "It will be sent when it is due."
    SENDING = "sending", "A worker is sending it now."
    UNKNOWN = "unknown", "It may have arrived; it will be looked up before anything is sent again."
    DONE = "done", "The other side has it."
    PARKED = "parked", "It was refused or tried for long enough; a case waits for a person."
    CANCELLED = "cancelled", "It is no longer wanted; nothing more is sent for it."
    SHADOW = "shadow", "It was worked out only; nothing is sent while its connection is in shadow."


class CaseState(Told):
    OPEN = "open", "Somebody should look at it."
    RESOLVED = "resolved", "It has been dealt with."


UNFINISHED = (
    DeliveryState.WAITING,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.PARKED,
)
"""States in which a delivery holds back its followers for the same order and connection."""
