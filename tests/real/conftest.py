"""Back offices that really run, one of each for a test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.karrio.connector import Options as KarrioOptions
from causeway.connectors.odoo.connector import Options as OdooOptions
from causeway.connectors.tryton.connector import Options, TrytonConnector, build
from tests.real import karrio_server, odoo_server, offices, tryton_server
from tests.real.karrio_books import KarrioBooks
from tests.real.karrio_server import KarrioServer
from tests.real.odoo_books import OdooBooks
from tests.real.odoo_server import OdooServer
from tests.real.office_world import Odoo, Office, Tryton
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer

HERE = Path(__file__).parent
Server = TypeVar("Server")
Say = Callable[[str], None]
OPTIONS = offices.TRYTON
PATIENT = 180.0
"""Seconds for an answer: a busy machine is no fault of theirs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def tryton(say: Say) -> Iterator[TrytonServer]:
    """Skips, saying what is missing, where the server cannot be built."""
    release = tryton_server.NEWEST
    running = tryton_server.running(say, release)
    yield from _office(f"Tryton {release}", running, tryton_server.CannotBuild)


@pytest.fixture(scope="session")
def oldest_tryton(pytestconfig: pytest.Config, say: Say) -> Iterator[TrytonServer]:
    release = tryton_server.OLDEST
    _only_with_all(pytestconfig, f"Tryton {release}")
    running = tryton_server.running(say, release)
    yield from _office(f"Tryton {release}", running, tryton_server.CannotBuild)


def _only_with_all(config: pytest.Config, name: str) -> None:
    """What is large to bring, or long to ask."""
    if not config.getoption("--all"):
        pytest.skip(f"a real {name} is tested with ./scripts/test --all")


def _office(
    name: str, running: AbstractContextManager[Server], cannot: type[Exception]
) -> Iterator[Server]:
    """The office while it runs; where it cannot, that is said and its tests are left out."""
    try:
        with running as server:
            yield server
    except cannot as problem:
        pytest.skip(f"no real {name} to test against: {problem}")


@pytest.fixture
def connection(tryton: TrytonServer) -> ConnectionSettings:
    return settings(tryton)


@pytest.fixture
def erp(connection: ConnectionSettings) -> Iterator[TrytonConnector]:
    connector = build(connection)
    yield connector
    connector.close()


@pytest.fixture
def books(tryton: TrytonServer) -> TrytonBooks:
    return TrytonBooks(tryton)


def settings(server: TrytonServer, token: str = "", **options: Any) -> ConnectionSettings:
    """The connection as a person would configure it; `options` change some of it."""
    return ConnectionSettings(
        name="erp",
        kind="tryton",
        url=server.url,
        roles=("erp",),
        token=token or server.key,
        timeout_seconds=PATIENT,
        options=Options().load({**OPTIONS, **options}),
    )


def rpc_settings(server: TrytonServer, login: str = "clerk", **options: Any) -> ConnectionSettings:
    """The same by JSON-RPC, the only way into a Tryton before 8."""
    return settings(server, server.password, api="jsonrpc", login=login, **options)


@pytest.fixture(scope="session")
def odoo(pytestconfig: pytest.Config, say: Say) -> Iterator[OdooServer]:
    _only_with_all(pytestconfig, "Odoo")
    yield from _office("Odoo", odoo_server.running(say), odoo_server.CannotBuild)


@pytest.fixture(scope="session")
def odoo_books(odoo: OdooServer) -> OdooBooks:
    return OdooBooks(odoo)


def odoo_settings(server: OdooServer, token: str = "", **options: Any) -> ConnectionSettings:
    """The connection as a person would configure it; `options` change some of it."""
    return ConnectionSettings(
        name="erp",
        kind="odoo",
        url=server.url,
        roles=("erp",),
        token=token or server.key,
        timeout_seconds=PATIENT,
        options=OdooOptions().load({**offices.ODOO, **options}),
    )


@pytest.fixture(params=["tryton", "oldest_tryton", "odoo"])
def office(request: pytest.FixtureRequest) -> Office:
    """Each real back office in turn, with a key that may do all a connector does."""
    if request.param == "oldest_tryton":
        oldest: TrytonServer = request.getfixturevalue("oldest_tryton")
        return Tryton(rpc_settings(oldest), TrytonBooks(oldest))
    if request.param == "odoo":
        return Odoo(
            odoo_settings(request.getfixturevalue("odoo")), request.getfixturevalue("odoo_books")
        )
    server: TrytonServer = request.getfixturevalue("tryton")
    return Tryton(settings(server, token=server.full_key), TrytonBooks(server))


@pytest.fixture(scope="session")
def karrio(pytestconfig: pytest.Config, say: Say) -> Iterator[KarrioServer]:
    _only_with_all(pytestconfig, "karrio")
    yield from _office("karrio", karrio_server.running(say), karrio_server.CannotBuild)


@pytest.fixture
def karrio_books(karrio: KarrioServer) -> KarrioBooks:
    return KarrioBooks(karrio)


def karrio_settings(
    server: KarrioServer, token: str = "", secret: str = "", **options: Any
) -> ConnectionSettings:
    """The connection as a person would configure it; `options` change some of it.

    A purchase here takes moments, so that an interrupted one is not waited for long.
    """
    return ConnectionSettings(
        name="parcels",
        kind="karrio",
        url=server.url,
        roles=("fulfilment",),
        token=token or server.key,
        webhook_secret=secret,
        timeout_seconds=PATIENT,
        options=KarrioOptions().load({**offices.KARRIO, "purchase_wait_seconds": 0, **options}),
    )
