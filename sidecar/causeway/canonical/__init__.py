"""The neutral language between shops and back offices. Imports nothing of ours."""

from causeway.canonical.catalog import Price, StockLevel
from causeway.canonical.fulfilment import FulfilmentRequest, RequestLine, Shipment, ShipmentLine
from causeway.canonical.money import Money, exponent
from causeway.canonical.order import (
    Address,
    Customer,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    TaxAmount,
    TaxRate,
)

__all__ = [
    "Address",
    "Customer",
    "FulfilmentRequest",
    "Money",
    "Order",
    "OrderLine",
    "Price",
    "Refund",
    "RefundLine",
    "RequestLine",
    "Shipment",
    "ShipmentLine",
    "StockLevel",
    "TaxAmount",
    "TaxRate",
    "exponent",
]
