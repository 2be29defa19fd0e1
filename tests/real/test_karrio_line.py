"""Between Causeway and a real karrio stands a proxy that cuts, delays, doubles and lies. Afterwards
karrio's own database holds each order once, with one label.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from causeway.canonical import FulfilmentRequest
from causeway.connectors.faulty import FAULTS, Fault, faulty
from causeway.connectors.karrio.connector import build
from causeway.connectors.samples import a_request
from causeway.errors import ConnectorError, CredentialsError, RejectedError
from tests.real.conftest import karrio_settings
from tests.real.karrio_books import KarrioBooks
from tests.real.karrio_server import KarrioServer

ORDERS, TRIES = 10, 80
STRANGERS = {"not_karrio"}  # a page that is not theirs parks; a person retries


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_line_does_each_order_is_sent_once_with_one_label(
    karrio: KarrioServer, karrio_books: KarrioBooks, seed: int
) -> None:
    dice = random.Random(seed)

    def plan(number: int, method: str, path: str) -> Fault | None:
        return dice.choice(FAULTS) if dice.random() < 0.25 else None

    requests = [a_request(store=f"store-{uuid4().hex[:8]}") for _ in range(ORDERS)]
    settings = karrio_settings(karrio)
    with faulty(karrio.url, plan) as proxy:

        def insist(request: FulfilmentRequest) -> None:
            """As the schedule and a person together would; a new process each time."""
            for _ in range(TRIES):
                connector = build(replace(settings, url=proxy.url))
                try:
                    connector.request_fulfilment(request, key_of(request))
                except CredentialsError:
                    raise
                except RejectedError as error:
                    if error.code not in STRANGERS:
                        raise
                except ConnectorError:
                    time.sleep(0.05)
                else:
                    return
                finally:
                    connector.close()
            raise AssertionError(f"not done after {TRIES} tries")

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(insist, requests))
        assert len(set(proxy.happened)) > 3
    for request in requests:
        key = key_of(request)
        assert len(karrio_books.orders(key)) == 1
        assert karrio_books.order(key)["status"] == "fulfilled"
        assert len(karrio_books.labels(key)) == 1
        assert karrio_books.purchases(key) == 1


def key_of(request: FulfilmentRequest) -> str:
    return f"{request.store}:{request.order_id}:request:{request.id}"
