"""Between Causeway and a real back office stands a proxy that cuts, delays, doubles and lies.
Afterwards their own books hold each order once, complete.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from causeway.canonical import Order
from causeway.connectors import registry
from causeway.connectors.base import BooksOrders
from causeway.connectors.faulty import FAULTS, Fault, faulty
from causeway.connectors.samples import a_refund, an_order
from causeway.errors import ConnectorError, CredentialsError, RejectedError
from tests.real.office_world import Office

ORDERS, TRIES = 8, 60
STRANGERS = {"not_odoo", "not_tryton"}  # a page that is not theirs parks; a person retries


def insist(call: Callable[[], object]) -> None:
    """As the schedule and a person together would."""
    for _ in range(TRIES):
        try:
            call()
        except RejectedError as error:
            if error.code not in STRANGERS:
                raise
        except CredentialsError:
            raise
        except ConnectorError:
            continue
        else:
            return
    raise AssertionError(f"not done after {TRIES} tries")


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_line_does_each_order_is_booked_once_and_whole(
    office: Office, seed: int
) -> None:
    dice = random.Random(seed)

    def plan(number: int, method: str, path: str) -> Fault | None:
        return dice.choice(FAULTS) if dice.random() < 0.25 else None

    orders = [an_order(store=f"store-{uuid4().hex[:8]}") for _ in range(ORDERS)]
    with faulty(office.connection.url, plan) as proxy:
        erp = registry.build(replace(office.connection, url=proxy.url))
        assert isinstance(erp, BooksOrders)

        def both(order: Order) -> None:
            key = f"{order.store}:{order.id}"
            insist(lambda: erp.book_order(order, f"{key}:book"))
            insist(lambda: erp.book_refund(order, a_refund(), f"{key}:refund:79"))

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(both, orders))
        assert len(set(proxy.happened)) > 3
    for order in orders:
        key = f"{order.store}:{order.id}"
        assert office.count(f"{key}:book") == 1
        assert office.total(f"{key}:book") == order.total.amount
        assert office.confirmed(f"{key}:book")
        assert office.refunded(f"{key}:refund:79") == a_refund().total.amount
