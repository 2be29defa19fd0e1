"""The classes a connector's tests inherit: one for each role, each made of its promises."""

from __future__ import annotations

from causeway.connectors.conformance.cancelling import CancelledOrders, CancelledRequests
from causeway.connectors.conformance.checks import ChecksInWords
from causeway.connectors.conformance.goods import UnknownGoods, UnknownGoodsAsked
from causeway.connectors.conformance.lost import OrdersFound, RequestsFound
from causeway.connectors.conformance.once import (
    JournalsOnce,
    OrdersOnce,
    PaymentsOnce,
    RefundsOnce,
    RefundsTakenBack,
    RequestsOnce,
    ReturnsOnce,
)
from causeway.connectors.conformance.privacy import OrdersInPrivate, RequestsInPrivate
from causeway.connectors.conformance.reading import OrdersRead
from causeway.connectors.conformance.references import LongReferences, LongRequestReferences
from causeway.connectors.conformance.refusals import (
    AskingRefused,
    BookingRefused,
    RefusalsInTheirClass,
)
from causeway.connectors.conformance.totals import TotalsToTheMinorUnit


class ConnectorConformance(ChecksInWords, RefusalsInTheirClass):
    """What holds for every kind of connection."""


class ErpConformance(
    ConnectorConformance,
    OrdersOnce,
    RefundsOnce,
    RefundsTakenBack,
    ReturnsOnce,
    PaymentsOnce,
    JournalsOnce,
    OrdersFound,
    OrdersRead,
    UnknownGoods,
    CancelledOrders,
    TotalsToTheMinorUnit,
    BookingRefused,
    OrdersInPrivate,
    LongReferences,
):
    """The role `erp`: orders and refunds, each once, to the minor unit."""


class FulfilmentConformance(
    ConnectorConformance,
    RequestsOnce,
    RequestsFound,
    UnknownGoodsAsked,
    CancelledRequests,
    AskingRefused,
    RequestsInPrivate,
    LongRequestReferences,
):
    """The role `fulfilment`: requests, each once."""
