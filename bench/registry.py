"""All measures. A new one is a file under `measures` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from bench.measures import booked, flow, intake, rest, shop
from bench.rows import Row

MEASURES: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "intake": ("single signed orders, durable before the answer", intake.singles),
    "intake-batch": ("batches of fifty", intake.batches),
    "intake-beside-work": ("single orders while the whole sidecar works", intake.beside_work),
    "booked": ("from intake to booked in an idle sandbox ERP", booked.measure),
    "flow": ("the decision for an order of 200 lines", flow.measure),
    "rest": ("memory of the whole sidecar at rest, and time to ready", rest.measure),
    "shop": ("all of a real shop, about half an hour; needs PHP and MariaDB", shop.measure),
    **shop.PARTS,
}
ON_REQUEST = frozenset({"shop", *shop.PARTS})
"""Measured only when named."""
