"""A parcel's label, fetched from its connection when somebody wants it; nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from causeway.canonical.codec import decode
from causeway.connectors.base import GivesLabels
from causeway.engine.context import Context
from causeway.errors import CausewayError, ConnectorError
from causeway.flows.state import OrderState, SentParcel
from causeway.ledger import orders

_PDF = b"%PDF-"


class NoLabel(CausewayError):
    """There is no such label: no order, no parcel, or none that its connection gives."""


@dataclass(frozen=True, slots=True)
class Label:
    """`data` as its connection gave it, and what it is."""

    parcel: SentParcel
    data: bytes

    @property
    def is_pdf(self) -> bool:
        return self.data.startswith(_PDF)

    @property
    def media_type(self) -> str:
        """What is no PDF is what a label printer takes, mostly ZPL: text."""
        return "application/pdf" if self.is_pdf else "text/plain; charset=utf-8"

    @property
    def filename(self) -> str:
        """Of letters and digits only, whatever the carrier calls the parcel."""
        named = self.parcel.tracking_number or self.parcel.ref
        safe = "".join(sign for sign in named if sign.isascii() and sign.isalnum()) or "parcel"
        return f"label-{safe[:60]}.{'pdf' if self.is_pdf else 'zpl'}"


def parcels(context: Context, store: str, order_id: str) -> tuple[SentParcel, ...]:
    """The parcels of an order by the shop's id of it. Raises NoLabel for an unknown order."""
    with context.ledger.read() as connection:
        row = orders.get(connection, store, order_id)
    if row is None:
        raise NoLabel(f"order {order_id} of store {store} has not arrived")
    return decode(OrderState, row.state).parcels


def label_of(context: Context, store: str, order_id: str, ref: str) -> Label:
    """The label of the order's parcel `ref`. Raises NoLabel, or what the connection raises."""
    parcel = next((p for p in parcels(context, store, order_id) if p.ref == ref), None)
    if parcel is None or not parcel.label:
        raise NoLabel("this parcel has no label that could be fetched")
    if all(item.name != parcel.connection for item in context.settings.connections):
        raise NoLabel(f"its connection {parcel.connection} is not configured any more")
    connector = context.connector(parcel.connection)
    if not (isinstance(connector, GivesLabels) and connector.capabilities.labels):
        raise NoLabel(f"{parcel.connection} gives no labels")
    return Label(parcel, connector.read_label(parcel.label))


def why_not(error: CausewayError, name: str = "its connection") -> str:
    """The sentence for whoever wanted it."""
    if isinstance(error, ConnectorError):
        return f"The label could not be fetched from {name}: {error.reason}."
    return f"There is no label: {error}."
