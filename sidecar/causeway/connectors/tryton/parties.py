"""Buyers as Tryton's parties: found by code, made once, never written over."""

from __future__ import annotations

from collections.abc import Iterable

from causeway.canonical import Address
from causeway.connectors.texts import clean
from causeway.connectors.tryton.buyer import Buyer, street_of
from causeway.connectors.tryton.client import NOT_TRYTON, Record, TrytonClient
from causeway.connectors.tryton.directory import Directory
from causeway.errors import RejectedError

ADDRESS = "party.address"


class Parties:
    """A party belongs to Tryton's people once it is there; an order only adds what it lacks."""

    def __init__(self, client: TrytonClient, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    def parties(self, buyer: Buyer, billing: Address, shipping: Address) -> tuple[int, int, int]:
        """Ids of the buyer's party and both addresses; made, where there are none."""
        found = self._find(buyer.code)
        if found is None:
            party, invoice = self._made(buyer, billing)
        else:
            party, invoice = found, self.address(found, billing)
        delivery = invoice if shipping == billing else self.address(party, shipping)
        return party, invoice, delivery

    def _made(self, buyer: Buyer, address: Address) -> tuple[int, int]:
        """Tryton checks addresses and numbers; what it does not accept is kept as plain text.

        What another worker, or a request of ours that was believed lost, has made is found.
        """
        for email_type, phone_type in (("email", "phone"), ("other", "other")):
            try:
                return self._create(buyer, address, email_type, phone_type)
            except RejectedError as error:
                refusal = error
            found = self._find(buyer.code)
            if found is not None:
                return found, self.address(found, address)
            if refusal.code == NOT_TRYTON:
                break
        raise refusal

    def address(self, party: int, address: Address) -> int:
        """The party's own copy of exactly this address; an older order's is never changed."""
        values = self._values(address)
        domain = [["party", "=", party], *([name, "=", value] for name, value in values.items())]
        rows = self._client.search(ADDRESS, domain, ("id",), order=[("id", "ASC")], limit=1)
        if rows:
            found: int = rows[0]["id"]
            return found
        created: int = self._client.create(
            ADDRESS, {"party": party, **values}, ("id",), self._context()
        )["id"]
        return created

    def _find(self, code: str) -> int | None:
        domain = [["code", "=", code], ["active", "in", [True, False]]]
        rows = self._client.search("party.party", domain, ("id",), limit=1)
        return rows[0]["id"] if rows else None

    def _create(
        self, buyer: Buyer, address: Address, email_type: str, phone_type: str
    ) -> tuple[int, int]:
        contacts = [(email_type, buyer.email), (phone_type, buyer.phone)]
        values: Record = {
            "code": buyer.code,
            "name": buyer.name,
            "addresses": _created([self._values(address)]),
            "contact_mechanisms": _created(
                {"type": kind, "value": value} for kind, value in contacts if value
            ),
            "identifiers": _created([{"code": buyer.vat_id}] if buyer.vat_id else []),
        }
        fields = ("id", "addresses")
        created = self._client.create("party.party", values, fields, self._context())
        return created["id"], created["addresses"][0]

    def _values(self, address: Address) -> Record:
        subdivision = self._directory.subdivision(address.country, address.state)
        city = address.city
        if address.state and subdivision is None:
            city = ", ".join(part for part in (city, address.state) if part)
        return {
            **self._addressee(address),
            self._street_field(): clean(street_of(address)) or None,
            "postal_code": clean(address.postcode) or None,
            "city": clean(city) or None,
            "country": self._directory.country(address.country),
            "subdivision": subdivision,
        }

    def _addressee(self, address: Address) -> Record:
        """Tryton 7.0 has no place for a person in a company's address."""
        person = clean(address.name if address.company else "")
        firm = clean(address.company or address.name)
        if self._directory.has_field(ADDRESS, "attn"):
            return {"party_name": firm or None, "attn": person or None}
        return {"party_name": ", ".join(filter(None, (firm, person))) or None}

    def _street_field(self) -> str:
        """A street as it was written: since Tryton 7.4 a street may also be kept in its parts."""
        unparted = self._directory.has_field(ADDRESS, "street_unstructured")
        return "street_unstructured" if unparted else "street"

    def _context(self) -> Record:
        return {"company": self._directory.company()}


def _created(values: Iterable[Record]) -> list[list[object]]:
    """Tryton's command that makes records of a one2many, or no command for none."""
    records = list(values)
    return [["create", records]] if records else []
