"""A Tryton that really runs, one for each test session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
OPTIONS = offices.TRYTON
PATIENT = 180.0
"""Seconds for an answer: a busy machine is no fault of theirs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def tryton(pytestconfig: pytest.Config) -> Iterator[TrytonServer]:
    """Skips, saying what is missing, where the server cannot be built."""
    yield from _tryton(pytestconfig, tryton_server.NEWEST)


@pytest.fixture(scope="session")
def oldest_tryton(pytestconfig: pytest.Config) -> Iterator[TrytonServer]:
    """Only with --all."""
    if not pytestconfig.getoption("--all"):
        pytest.skip("a real Tryton 7.0 is tested with ./scripts/test --all")
    yield from _tryton(pytestconfig, tryton_server.OLDEST)


def _tryton(pytestconfig: pytest.Config, release: str) -> Iterator[TrytonServer]:
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    try:
        with tryton_server.running(say, release) as server:
            yield server
    except tryton_server.CannotBuild as problem:
        pytest.skip(f"no real Tryton {release} to test against: {problem}")


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
def odoo(pytestconfig: pytest.Config) -> Iterator[OdooServer]:
    """Only with --all: it is large to bring. Skips, saying what is missing."""
    if not pytestconfig.getoption("--all"):
        pytest.skip("a real Odoo is tested with ./scripts/test --all")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    try:
        with odoo_server.running(say) as server:
            yield server
    except odoo_server.CannotBuild as problem:
        pytest.skip(f"no real Odoo to test against: {problem}")


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
def karrio(pytestconfig: pytest.Config) -> Iterator[KarrioServer]:
    """Only with --all: it is large to bring. Skips, saying what is missing."""
    if not pytestconfig.getoption("--all"):
        pytest.skip("a real karrio is tested with ./scripts/test --all")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    try:
        with karrio_server.running(say) as server:
            yield server
    except karrio_server.CannotBuild as problem:
        pytest.skip(f"no real karrio to test against: {problem}")


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
