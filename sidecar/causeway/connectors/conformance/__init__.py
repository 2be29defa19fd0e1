"""What every connector must show against a running system, as classes its tests inherit.

A test module makes a fixture `connection` (ConnectionSettings of a system that runs), inherits the
class of each role, and fills in the hooks that look into the system's own books:

    class TestMyErp(ErpConformance):
        def total_of(self, connection, kind, document): ...
        def documents_under(self, connection, kind, key): ...

One module a promise; `hooks` has all there is to fill in. No import of a test framework: whoever
runs it brings pytest.
"""

from __future__ import annotations

from causeway.connectors.conformance.feeds import (
    FeedConformance,
    PriceConformance,
    ShipmentConformance,
    StockConformance,
)
from causeway.connectors.conformance.hooks import Refusal
from causeway.connectors.conformance.promises import (
    CENTS,
    CHECKED,
    CLASSES,
    CURSOR,
    FOUND,
    HALF,
    HINTS,
    LATE,
    LENGTH,
    ONCE,
    PRIVATE,
    PROMISES,
    UNKNOWN,
    promise,
)
from causeway.connectors.conformance.roles import (
    ConnectorConformance,
    ErpConformance,
    FulfilmentConformance,
)
from causeway.connectors.conformance.tools import everything_logged, persistently, raised, refused
from causeway.connectors.conformance.webhooks import WebhookConformance

__all__ = [
    "CENTS",
    "CHECKED",
    "CLASSES",
    "CURSOR",
    "FOUND",
    "HALF",
    "HINTS",
    "LATE",
    "LENGTH",
    "ONCE",
    "PRIVATE",
    "PROMISES",
    "UNKNOWN",
    "ConnectorConformance",
    "ErpConformance",
    "FeedConformance",
    "FulfilmentConformance",
    "PriceConformance",
    "Refusal",
    "ShipmentConformance",
    "StockConformance",
    "WebhookConformance",
    "everything_logged",
    "persistently",
    "promise",
    "raised",
    "refused",
]
