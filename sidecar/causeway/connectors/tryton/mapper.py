"""From the canonical order to a sale of Tryton: as `connectors.sales` makes them."""

from __future__ import annotations

from causeway.connectors.sales import (
    Sale,
    SaleLine,
    description_of,
    refund_of,
    rounding_line,
    sale_of,
    turned,
)

__all__ = ["Sale", "SaleLine", "description_of", "refund_of", "rounding_line", "sale_of", "turned"]
