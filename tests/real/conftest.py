"""A Tryton that really runs, one for each test session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from causeway.connectors.base import ConnectionSettings
from causeway.connectors.tryton.connector import Options, TrytonConnector, build
from tests.real import tryton_server
from tests.real.tryton_books import TrytonBooks
from tests.real.tryton_server import TrytonServer

HERE = Path(__file__).parent
OPTIONS: dict[str, Any] = {
    "database": "erp",
    "web_shop": "Berlin shop",
    "warehouse": "WH",
    "payment_term": "Direct",
    "taxes": {"19": "VAT 19", "7": "VAT 7", "10": "JCT 10", "CA-QC-GST-1": "GST 5",
              "CA-QC-QST-2": "QST 9.975"},
    "products": {"shipping": "SHIPPING", "fee": "FEE", "rounding": "ROUNDING"},
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def tryton(pytestconfig: pytest.Config) -> Iterator[TrytonServer]:
    """Skips, saying what is missing, where the server cannot be built."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    try:
        with tryton_server.running(say) as server:
            yield server
    except tryton_server.CannotBuild as problem:
        pytest.skip(f"no real Tryton to test against: {problem}")


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
        options=Options().load({**OPTIONS, **options}),
    )
