"""Canonical documents for tests: `an_order(**changes)`, `a_refund(…)`, `a_request(…)`.

They come with the package, so that authors of connectors have them too.
"""

from __future__ import annotations

from causeway.connectors.samples import BUYER, WHEN, a_refund, a_request, an_order, eur

__all__ = ["BUYER", "WHEN", "a_refund", "a_request", "an_order", "eur"]
