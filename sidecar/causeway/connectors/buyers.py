"""Who buys, as ERPs know buyers: a code that finds them again, and texts. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol

from causeway.canonical import Address, Order
from causeway.connectors.texts import clean


class BuyerOptions(Protocol):
    """What a connection's options say about buyers."""

    @property
    def guests(self) -> Literal["per_email", "per_order"]: ...


@dataclass(frozen=True, slots=True)
class Buyer:
    """The party of a sale, found by `code`."""

    code: str
    name: str
    email: str
    phone: str
    vat_id: str


def buyer_of(order: Order, options: BuyerOptions) -> Buyer:
    """Registered customers by their id; guests by e-mail (hashed) or one for each order."""
    store, customer = order.store.upper(), order.customer
    email = customer.email.strip().lower()
    if customer.id:
        code = f"{store}-C-{customer.id}"
    elif options.guests == "per_email" and email:
        code = f"{store}-G-{hashlib.sha256(email.encode()).hexdigest()[:16]}"
    else:
        code = f"{store}-O-{order.id}"
    address = order.billing
    name = address.company or address.name or order.shipping.name or code
    return Buyer(
        code, clean(name) or code, clean(email), clean(address.phone), clean(customer.vat_id)
    )


def street_of(address: Address) -> str:
    return "\n".join(line for line in (address.address_1, address.address_2) if line)
