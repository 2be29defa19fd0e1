"""What the suite must be told of a system, beyond what its connector says: hooks to fill in."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from unittest import SkipTest
from uuid import uuid4

from causeway.canonical import FulfilmentRequest, Money, Order, Refund
from causeway.connectors import registry
from causeway.connectors.base import ConnectionSettings, DocumentKind, RemoteDocument
from causeway.connectors.conformance.tools import erp_at, order_key
from causeway.connectors.samples import a_refund, a_request, an_order
from causeway.errors import ConnectorError


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing the system refuses: what is done, the class that is due, words to be in it."""

    name: str
    call: Callable[[], object]
    kind: type[ConnectorError]
    words: str = ""


class SystemHooks:
    """What holds for every kind of connection. All may be overridden."""

    writes: ClassVar[DocumentKind] = "order"
    """A kind of document the connector writes."""
    system: ClassVar[str] = ""
    """The system and its version, for the table; `simulated` says it is not the real one."""
    simulated: ClassVar[bool] = True
    over_http: ClassVar[bool] = True
    """Whether a proxy can stand before it."""
    thorough: ClassVar[bool] = False
    """Whether each request is lost in turn, and not of reads in a row the first alone."""
    knows_goods: ClassVar[bool] = True
    """Whether it refuses goods it has never heard of."""

    def through(self, connection: ConnectionSettings, address: str) -> ConnectionSettings:
        """The same connection by way of a proxy at `address`."""
        return replace(connection, url=address)

    def unreachable(self, connection: ConnectionSettings) -> ConnectionSettings:
        """The same connection at an address where nobody listens."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        return replace(connection, url=f"http://127.0.0.1:{port}")

    def wrong_credentials(self, connection: ConnectionSettings) -> ConnectionSettings:
        return replace(connection, token="not-the-token")

    def documents_under(self, connection: ConnectionSettings, kind: DocumentKind, key: str) -> int:
        """How many documents the system holds under `key`, asked past the connector."""
        raise NotImplementedError(
            "Count what the system itself holds under the key, by its own API or database."
        )

    def refusals(self, connection: ConnectionSettings) -> Sequence[Refusal]:
        """Things this system refuses in words of its own, and what each must become."""
        return ()

    def needs_http(self) -> None:
        if not self.over_http:
            raise SkipTest("this system is not reached over HTTP")


class ErpHooks(SystemHooks):
    """The role `erp`."""

    def total_of(
        self, connection: ConnectionSettings, kind: DocumentKind, document: RemoteDocument
    ) -> Money:
        """What the system itself says the document comes to; a refund's total is positive."""
        raise NotImplementedError("Read the document's total past the connector, as Money.")

    def an_order(self) -> Order:
        """A new order each time, of goods the system knows."""
        return an_order(store=f"store-{uuid4().hex[:8]}")

    def a_refund(self) -> Refund:
        """A refund of part of that order."""
        return a_refund()

    def ship(self, connection: ConnectionSettings, key: str) -> None:
        """Let the goods of the order under `key` leave, by the system's own means."""
        raise SkipTest("this system's goods cannot be made to leave here")

    def booked(self, connection: ConnectionSettings) -> tuple[Order, str]:
        """A new order that stands there, and its key."""
        order = self.an_order()
        key = order_key(order)
        erp_at(connection).book_order(order, key)
        return order, key


class WarehouseHooks(SystemHooks):
    """The role `fulfilment`."""

    writes: ClassVar[DocumentKind] = "request"

    def a_request(self) -> FulfilmentRequest:
        """A new request each time, of goods the system knows."""
        return a_request(store=f"store-{uuid4().hex[:8]}")

    def ship_request(self, connection: ConnectionSettings, key: str) -> None:
        """Let the goods of the request under `key` leave, by the system's own means."""
        raise SkipTest("this system's goods cannot be made to leave here")


def capable(connection: ConnectionSettings, capability: str, protocol: type) -> object:
    """The connector, where it has the capability; else the test is left out, saying which."""
    connector = registry.build(connection)
    if not getattr(connector.capabilities, capability):
        raise SkipTest(f"this connector does not promise {capability.replace('_', ' ')}")
    assert isinstance(connector, protocol), f"it claims {capability} and is no {protocol.__name__}"
    return connector
