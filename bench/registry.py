"""All measures. A new one is a file under `measures` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from bench.measures import backoffice, booked, catalog, delivery, flat, flow, intake, rest, shop
from bench.rows import Row

MEASURES: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "intake": ("single signed orders, durable before the answer", intake.singles),
    "intake-batch": ("batches of fifty", intake.batches),
    "intake-beside-work": ("single orders while the whole sidecar works", intake.beside_work),
    "booked": ("from intake to booked in an idle sandbox ERP", booked.measure),
    "flow": ("the decision for an order of 200 lines", flow.measure),
    "catalog": ("stock for 200,000 SKUs: taken, read, polled, asked for", catalog.measure),
    **catalog.PARTS,
    "delivery": ("deliveries to an ERP, slow and fast, on both ledgers", delivery.rates),
    "delivery-backlog": ("10,000 orders wait, fresh ones beside them", delivery.backlog),
    "delivery-recovery": ("a worker killed, Redis emptied", delivery.recovery),
    "delivery-flat": ("what an order costs with 100,000 in the ledger", flat.flat),
    "delivery-flat-million": ("the same with 1,000,000; minutes", flat.flat_million),
    "rest": ("memory of the whole sidecar at rest, and time to ready", rest.measure),
    "backoffice": ("all of these: real Tryton and Odoo, orders and stock", backoffice.measure),
    **backoffice.PARTS,
    "shop": ("all of a real shop, about half an hour; needs PHP and MariaDB", shop.measure),
    **shop.PARTS,
}
ON_REQUEST = frozenset({
    "catalog", *catalog.PARTS, "delivery-flat-million", "shop", *shop.PARTS, *backoffice.PARTS,
})  # fmt: skip
"""Measured only when named."""
