"""Promise: nothing personal is logged or said in errors, neither when all goes well nor when not.

Errors count: their texts are kept with the attempt and shown on the operations page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import uuid4

from causeway.canonical import Address, Customer
from causeway.connectors.base import ConnectionSettings
from causeway.connectors.conformance.hooks import ErpHooks, WarehouseHooks
from causeway.connectors.conformance.promises import PRIVATE, promise
from causeway.connectors.conformance.tools import (
    erp_at,
    everything_logged,
    order_key,
    request_key,
    warehouse_at,
)
from causeway.connectors.samples import BUYER
from causeway.errors import CausewayError


class OrdersInPrivate(ErpHooks):
    @promise(PRIVATE)
    def test_nothing_personal_is_logged_or_said_in_errors(
        self, connection: ConnectionSettings
    ) -> None:
        secret, person = _somebody()
        good = replace(
            self.an_order(), billing=person, shipping=person, customer_note=secret,
            customer=Customer(id="", email=f"{secret}@example.org"),
        )  # fmt: skip
        bad = replace(good, id="7", lines=(replace(good.lines[0], sku="NO-SUCH-SKU-7"),))
        worse = replace(good, id="8", billing=replace(person, country="ZZ"))
        erp = erp_at(connection)
        _says_nothing(
            secret, [partial(erp.book_order, o, order_key(o)) for o in (good, bad, worse)]
        )


class RequestsInPrivate(WarehouseHooks):
    @promise(PRIVATE)
    def test_nothing_personal_is_logged_or_said_in_errors(
        self, connection: ConnectionSettings
    ) -> None:
        secret, person = _somebody()
        good = replace(self.a_request(), recipient=person, note=secret)
        bad = replace(good, order_id="7", lines=(replace(good.lines[0], sku="NO-SUCH-SKU-7"),))
        worse = replace(good, order_id="8", recipient=replace(person, country="ZZ"))
        warehouse = warehouse_at(connection)
        _says_nothing(
            secret,
            [partial(warehouse.request_fulfilment, r, request_key(r)) for r in (good, bad, worse)],
        )


def _somebody() -> tuple[str, Address]:
    """A word found nowhere else, and a person made of it."""
    secret = f"zaphod{uuid4().hex[:10]}"
    return secret, replace(BUYER, first_name=secret, last_name=secret, address_1=f"{secret} str. 1")


def _says_nothing(secret: str, calls: list[Callable[[], object]]) -> None:
    with everything_logged() as lines:
        for call in calls:
            try:
                call()
            except CausewayError as error:
                lines.append(str(error))
    assert not [line for line in lines if secret in line.lower()]
