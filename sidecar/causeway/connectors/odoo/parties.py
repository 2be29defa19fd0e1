"""Buyers as Odoo's contacts: found by external id, made once, never written over."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass

from causeway.canonical import Address, Order
from causeway.connectors.buyers import Buyer, buyer_of
from causeway.connectors.odoo.client import KEEP, OdooClient, Row
from causeway.connectors.odoo.directory import Directory
from causeway.connectors.odoo.keys import external_id
from causeway.connectors.odoo.options import OdooOptions
from causeway.connectors.texts import clean
from causeway.errors import RejectedError

MODEL = "res.partner"


@dataclass(frozen=True, slots=True)
class Parties:
    """Ids of the contacts of one order."""

    buyer: int
    invoice: int
    delivery: int


class PartyBook:
    """A contact belongs to Odoo's people once it is there; an order only adds what it lacks."""

    def __init__(self, client: OdooClient, directory: Directory, options: OdooOptions) -> None:
        self._client = client
        self._directory = directory
        self._options = options

    def parties(self, order: Order) -> Parties:
        """All three in one call, whether they were there or not."""
        buyer = buyer_of(order, self._options)
        billing = order.billing or order.shipping
        shipping = order.shipping or billing
        rows = [
            self._contact(buyer, order),
            self._address(buyer, billing, "invoice"),
            self._address(buyer, shipping, "delivery"),
        ]
        try:
            ids = self._load(rows)
        except RejectedError as error:
            # Odoo checks VAT numbers; what it does not accept is kept as plain text.
            if error.code != "invalid" or not buyer.vat_id:
                raise
            rows[0] = {**rows[0], "vat": "", "comment": f"VAT: {buyer.vat_id}"}
            ids = self._load(rows)
        return Parties(*ids)

    def _load(self, rows: list[Row]) -> list[int]:
        try:
            return self._client.load(MODEL, rows, KEEP)
        except RejectedError as error:
            if error.code not in {"invalid", "rejected"}:
                raise  # nothing to do with what the buyer wrote
            raise _unnamed() from None

    def _contact(self, buyer: Buyer, order: Order) -> Row:
        return {
            "id": external_id("party", buyer.code),
            "name": buyer.name,
            "ref": buyer.code,
            "type": "contact",
            "is_company": "1" if order.billing.company else "0",
            "email": buyer.email,
            "phone": buyer.phone,
            "vat": buyer.vat_id,
        }

    def _address(self, buyer: Buyer, address: Address, kind: str) -> Row:
        """An address is known by its content: another one of the same buyer is another contact."""
        content = "\n".join((kind, *astuple(address)))
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        state = self._directory.state(address.country, address.state)
        city = [address.city, address.state if state is None else ""]
        names = [address.company, address.name if address.name != address.company else ""]
        return {
            "id": external_id("address", buyer.code, digest),
            "parent_id/id": external_id("party", buyer.code),
            "type": kind,
            "name": clean(", ".join(filter(None, names))) or buyer.name,
            "ref": buyer.code,
            "street": clean(address.address_1),
            "street2": clean(address.address_2),
            "zip": clean(address.postcode),
            "city": clean(", ".join(filter(None, city))),
            "country_id/.id": self._directory.country(address.country),
            "state_id/.id": state,
            "phone": clean(address.phone),
        }


def _unnamed() -> RejectedError:
    """Odoo's words would repeat what the buyer wrote."""
    return RejectedError(
        "it does not accept the buyer's name or address; correct them in the shop, or allow them "
        "there, and retry",
        code="invalid",
    )
