"""The neutral language between shops and back offices. Imports nothing of ours."""

from causeway.canonical.catalog import Price, StockLevel, StockMovement
from causeway.canonical.finance import Invoice, JournalEntry, JournalLine, Payment, RemoteRefund
from causeway.canonical.fulfilment import (
    FulfilmentRequest,
    RequestAnswer,
    RequestLine,
    Shipment,
    ShipmentLine,
)
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
from causeway.canonical.product import Attribute, Product
from causeway.canonical.returns import Return, ReturnLine, ReturnReceipt

__all__ = [
    "Address",
    "Attribute",
    "Customer",
    "FulfilmentRequest",
    "Invoice",
    "JournalEntry",
    "JournalLine",
    "Money",
    "Order",
    "OrderLine",
    "Payment",
    "Price",
    "Product",
    "Refund",
    "RefundLine",
    "RemoteRefund",
    "RequestAnswer",
    "RequestLine",
    "Return",
    "ReturnLine",
    "ReturnReceipt",
    "Shipment",
    "ShipmentLine",
    "StockLevel",
    "StockMovement",
    "TaxAmount",
    "TaxRate",
    "exponent",
]
