"""Who buys, as Tryton's parties: they take buyers as `connectors.buyers` makes them."""

from __future__ import annotations

from causeway.connectors.buyers import Buyer, buyer_of, street_of

__all__ = ["Buyer", "buyer_of", "street_of"]
