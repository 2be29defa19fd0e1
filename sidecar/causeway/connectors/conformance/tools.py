"""What the tests of several promises use. Plain asserts: whoever runs them brings pytest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import TypeVar
from unittest import SkipTest

from causeway.canonical import FulfilmentRequest, Order
from causeway.connectors import registry
from causeway.connectors.base import (
    BooksOrders,
    ConnectionSettings,
    Connector,
    FulfilsOrders,
    RemoteDocument,
)
from causeway.errors import ConnectorError, RetryableError, UnknownOutcome

T = TypeVar("T")
TRIES = 12
THREADS = 20


def raised(kind: type[BaseException], call: Callable[[], object]) -> None:
    """Assert that `call` raises exactly this kind of error, not one of its relatives."""
    error: Exception | None = None
    try:
        call()
    except Exception as caught:  # noqa: BLE001 - any other kind is what this finds
        error = caught
    assert type(error) is kind, f"{kind.__name__} was due, {error!r} came"


def refused(call: Callable[[], object]) -> ConnectorError:
    """The ConnectorError that `call` raises; a failed assert when it raises none."""
    try:
        done = call()
    except ConnectorError as error:
        return error
    raise AssertionError(f"a refusal was due, {done!r} came")


def persistently(call: Callable[[], T]) -> T:
    """Call again where the outcome allows it, as deliveries do."""
    for _ in range(TRIES - 1):
        try:
            return call()
        except (RetryableError, UnknownOutcome):
            continue
    return call()


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """All lines any logger writes, at the finest level."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, handler = logging.getLogger(), Keep(logging.DEBUG)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def erp_at(connection: ConnectionSettings) -> BooksOrders:
    connector = registry.build(connection)
    assert isinstance(connector, BooksOrders), f"{connection.kind} does not book orders"
    return connector


def warehouse_at(connection: ConnectionSettings) -> FulfilsOrders:
    connector = registry.build(connection)
    assert isinstance(connector, FulfilsOrders), f"{connection.kind} does not fulfil orders"
    return connector


def order_key(order: Order) -> str:
    return f"{order.store}:{order.id}:book"


def request_key(request: FulfilmentRequest) -> str:
    return f"{request.store}:{request.order_id}:request:{request.id}"


def same(found: RemoteDocument | None, made: RemoteDocument) -> None:
    """Both are the same document, however each was come by."""
    assert found is not None, "nothing was found under the key"
    assert (found.id, found.number) == (made.id, made.number)


def at_once(connector: Connector, call: Callable[[], RemoteDocument]) -> None:
    """Twenty threads do the same; all end with the same document, and one hears that it is new.

    It may be none where somebody had to ask again: whoever made it may not have learned of it.
    A system that does not itself refuse a second document cannot be held to this: there the
    ledger lets one delivery under a key be under way at a time.
    """
    if not connector.capabilities.unique_key:
        raise SkipTest("this system does not itself refuse a second document under one key")
    asked = count(1)

    def ask() -> RemoteDocument:
        next(asked)
        return call()

    with ThreadPoolExecutor(THREADS) as pool:
        documents = list(pool.map(lambda _: persistently(ask), range(THREADS)))
    assert len({document.id for document in documents}) == 1
    made, repeated = sum(not document.existed for document in documents), next(asked) > THREADS + 1
    assert made == 1 or (repeated and made == 0), f"{made} of {THREADS} were told that it is new"
