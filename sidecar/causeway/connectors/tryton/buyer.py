"""Who buys, in the texts of Tryton's parties and addresses. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from causeway.canonical import Address, Order
from causeway.connectors.tryton.options import TrytonOptions


@dataclass(frozen=True, slots=True)
class Buyer:
    """The party of a sale, found by `code`. `address` texts are as Tryton stores them."""

    code: str
    name: str
    email: str
    phone: str
    vat_id: str


def buyer_of(order: Order, options: TrytonOptions) -> Buyer:
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


def clean(text: str) -> str:
    """Without control characters (a database refuses some) and without blanks at the ends."""
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable()).strip()


def street_of(address: Address) -> str:
    return "\n".join(line for line in (address.address_1, address.address_2) if line)
