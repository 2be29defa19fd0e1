"""What a connection cannot do, and what the flows do then: said at set-up, in words. Pure.

Each line tells what is so in a flow: where one changes, its sentence does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from causeway.connectors.base import Role
from causeway.flows.scene import Side


@dataclass(frozen=True, slots=True)
class Lack:
    """A capability that `roles` are asked for. `instead` is what happens without it; where
    `shared`, another connection that has it does the work as well.
    """

    capability: str
    roles: tuple[Role, ...]
    cannot: str
    instead: str
    shared: bool = False


LACKS = (
    Lack("unique_key", ("erp", "fulfilment", "finance"),
         "It does not itself refuse a second document under one key",
         "one delivery under a key is under way at a time, and each looks for it first."),
    Lack("shipments", ("erp", "fulfilment"),
         "It does not say what has left the house",
         "complete such an order in the shop by hand once it is sent.", shared=True),
    Lack("answers", ("fulfilment",),
         "It does not say whether it accepts a request",
         "what it took stays asked for until a parcel leaves or a person looks."),
    Lack("cancel", ("erp",),
         "It cannot cancel what was booked",
         "an order cancelled in the shop after booking becomes a case, to be cancelled there by"
         " hand."),
    Lack("cancel", ("fulfilment",),
         "It cannot be told to stop",
         "a request that is no longer wanted becomes a case: ask the warehouse."),
    Lack("cancel_lines", ("erp",),
         "It cannot take lines off a booked order",
         "goods refunded before they were sent become a case, unless a warehouse connected here"
         " sends them: that is told."),
    Lack("update", ("erp",),
         "It cannot change a booked order",
         "a change in the shop becomes a case, to be made there by hand."),
    Lack("returns", ("erp", "fulfilment"),
         "It takes no announcement of returned goods",
         "enter what arrived with `causeway return receive`.", shared=True),
    Lack("payments", ("erp",),
         "It keeps no payments for us",
         "bookkeepers match the money received by the order's number."),
    Lack("invoices", ("erp",),
         "It does not tell its invoices",
         "they are not in the order's journey; nothing else depends on them."),
    Lack("remote_refunds", ("erp",),
         "It does not tell refunds made there",
         "make refunds in the shop; they are booked here from there."),
    Lack("reverse_refunds", ("erp",),
         "It cannot take a credit back",
         "a refund deleted in the shop becomes a case, to be taken back there by hand."),
    Lack("reads_orders", ("erp",),
         "It does not let us read the sales orders of another connector",
         "`causeway connection shadow --compare` shows what would be sent, not the difference."),
    Lack("journal", ("finance",),
         "It takes no journal entries",
         "nothing is posted there.", shared=True),
    Lack("stock", ("erp", "fulfilment", "pos"),
         "It does not tell its stock",
         "the shop keeps its own figures.", shared=True),
    Lack("prices", ("erp",),
         "It does not tell prices",
         "the shop keeps its own.", shared=True),
    Lack("labels", ("fulfilment",),
         "It gives no labels",
         "the order's journey has the tracking number alone."),
    Lack("webhooks", ("erp", "fulfilment", "finance", "pos"),
         "It does not say by itself that something changed",
         "it is read in turn, every poll_seconds of its settings."),
)  # fmt: skip


def consequences(side: Side, others: Iterable[Side]) -> tuple[str, ...]:
    """A sentence for each thing it is asked for in its roles and cannot do."""
    beside = [other for other in others if other.name != side.name]
    return tuple(
        f"{lack.cannot}: {_instead(lack, beside)}"
        for lack in LACKS
        if set(lack.roles) & set(side.roles) and not getattr(side.can, lack.capability)
    )


def _instead(lack: Lack, beside: Iterable[Side]) -> str:
    able = [other.name for other in beside if getattr(other.can, lack.capability)]
    if lack.shared and able:
        return f"{' and '.join(able)} {'do' if len(able) > 1 else 'does'}."
    return lack.instead
